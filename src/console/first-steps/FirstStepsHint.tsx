import { useTranslation } from 'react-i18next';
import { Link } from 'react-router-dom';
import { usePointsQuery } from '../api/queries.ts';
import { useMay } from '../session/context.tsx';
import { pathTo } from '../ui/paths.ts';
import css from './first-steps.module.css';

/** Where a site has no point yet, those who can change that are led to where it begins. */
export function FirstStepsHint() {
  const { t } = useTranslation();
  const may = useMay('engineer');
  const { data } = usePointsQuery();
  if (!may || data === undefined || data.length > 0) return null;
  return (
    <p className={css.firstStepsHint}>
      {t('firstSteps.hint')} <Link to={pathTo('firstSteps')}>{t('firstSteps.hintLink')}</Link>
    </p>
  );
}
