import Button from 'antd/es/button';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router-dom';
import { Empty } from '../ui/Empty.tsx';
import { pathTo } from '../ui/paths.ts';

const WALL_RETRY_MS = 15_000;

/** A page that broke leaves the rest standing: the bar, the connection and the sound go on. */
export function PageError() {
  const { t } = useTranslation();
  return (
    <div className="empty">
      <strong>{t('app.failed')}</strong>
      <span>{t('app.failedDetail')}</span>
      <Button onClick={() => location.reload()}>{t('app.reload')}</Button>
    </div>
  );
}

export function NotFound() {
  const { t } = useTranslation();
  return (
    <div className="empty">
      <Empty title={t('app.notFound')} />
      <Link to={pathTo('duty')}>{t('app.notFoundBack')}</Link>
    </div>
  );
}

/** Nobody stands at the wall to press anything, so it tries again by itself. */
export function WallError() {
  useEffect(() => {
    const timer = setTimeout(() => location.reload(), WALL_RETRY_MS);
    return () => clearTimeout(timer);
  }, []);
  return <PageError />;
}
