import Button from 'antd/es/button';
import { useTranslation } from 'react-i18next';
import { useErrorText } from '../api/useErrorText.ts';

/** Says that nothing could be fetched, and why, where the data would have been. */
export function QueryError({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  return (
    <div className="empty" role="alert">
      <strong>{t('error.title')}</strong>
      <span>{errorText(error)}</span>
      <Button onClick={onRetry}>{t('login.retry')}</Button>
    </div>
  );
}
