import { useEffect, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router-dom';
import { useAlertView } from '../live/context.tsx';
import { classes } from '../ui/classes.ts';
import { LevelShape } from '../ui/LevelMark.tsx';
import { countLevels, LEVELS_DOWN } from '../ui/order.ts';
import { pathTo } from '../ui/paths.ts';
import css from './shell.module.css';

/** Open alerts by level on every page, and in the title of the tab. A level without any is drawn pale. */
export function OpenCounts() {
  const { t } = useTranslation();
  const { alerts } = useAlertView();
  const counts = useMemo(() => countLevels(alerts), [alerts]);
  const unacknowledged = LEVELS_DOWN.reduce((sum, level) => sum + counts[level].unacknowledged, 0);

  useEffect(() => {
    const worst = LEVELS_DOWN.find((level) => counts[level].unacknowledged > 0);
    const badge = worst === undefined ? '' : `(${unacknowledged}) ${t(`level.${worst}`)} · `;
    document.title = `${badge}${t('app.full')}`;
  }, [counts, unacknowledged, t]);

  return (
    <Link to={pathTo('duty')} className={css.openCounts} aria-label={t('alert.open')}>
      {LEVELS_DOWN.map((level) => {
        const { open, unacknowledged: unseen } = counts[level];
        return (
          <span key={level} className={classes(open === 0 && css.none)} title={t(`level.long.${level}`)}>
            <LevelShape level={level} size={14} hollow={unseen === 0} />
            <span className="unseen">{t(`level.${level}`)}</span>
            {open}
          </span>
        );
      })}
    </Link>
  );
}
