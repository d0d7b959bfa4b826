import { useTranslation } from 'react-i18next';
import { Link } from 'react-router-dom';
import { AlertMarks } from '../alerts/AlertMarks.tsx';
import { useNames } from '../api/queries.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { useServerNow } from '../live/clock.ts';
import { useAlertView } from '../live/context.tsx';
import { nearTime } from '../ui/format.ts';
import { LevelTag } from '../ui/LevelMark.tsx';
import { pathTo } from '../ui/paths.ts';
import css from './duty.module.css';

/** Alerts that have cleared while somebody is still on them, or has to report: below the open ones, so that none is forgotten. */
export function RespondingList() {
  const { t } = useTranslation();
  const { responding } = useAlertView();
  const names = useNames();
  const nameText = useNameText();
  const nowMs = useServerNow();
  if (responding.length === 0) return null;
  return (
    <section className={css.responding} data-testid="responding" aria-label={t('respond.after')}>
      <h2>
        {t('respond.after')} <span className="soft">{responding.length}</span>
      </h2>
      <ul>
        {responding.map((alert) => (
          <li key={alert.id}>
            <LevelTag level={alert.peak.level} hollow />
            <Link to={pathTo('alert', { id: alert.id })} className="cut">
              {nameText(names.point(alert.point))}
            </Link>
            <AlertMarks alert={alert} withLabel={false} />
            <time className="soft">{nearTime(alert.raisedAt, nowMs)}</time>
          </li>
        ))}
      </ul>
    </section>
  );
}
