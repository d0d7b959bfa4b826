import { useTranslation } from 'react-i18next';
import { Link } from 'react-router-dom';
import { useMay } from '../session/context.tsx';
import { pathTo } from '../ui/paths.ts';

/** Where brokers of others, ports for line protocols and platforms are connected, for who may. */
export function SourcesLink() {
  const { t } = useTranslation();
  return useMay('engineer') ? <Link to={pathTo('sources')}>{t('sources.setUp')}</Link> : null;
}
