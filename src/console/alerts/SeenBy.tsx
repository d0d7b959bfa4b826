import { useTranslation } from 'react-i18next';
import type { AlertWithLog } from '../../wire/alerts.ts';
import { dateTime, formatSpan } from '../ui/format.ts';
import css from './alert-page.module.css';

/** Confirmations are kept by the second; what is sooner was at once. */
const LEAST_TOLD_MS = 1_000;

/** On whose screens the alert has been, and how soon after it came. */
export function SeenBy({ seenBy, raisedAt }: { seenBy: AlertWithLog['seenBy']; raisedAt: number }) {
  const { t } = useTranslation();
  return (
    <section className="panel block">
      <h2>{t('alert.seenBy')}</h2>
      {seenBy.length === 0 && <p className="soft">{t('alert.seenByNobody')}</p>}
      <ul className={css.seenBy} data-testid="seen-by">
        {seenBy.map(({ user, at }) => (
          <li key={user}>
            <time>{dateTime(at)}</time>
            <span>
              {user.replace(/^token:/, '')}{' '}
              {at >= raisedAt + LEAST_TOLD_MS && (
                <span className="soft">{t('alert.seenAfter', { time: formatSpan(at - raisedAt, t) })}</span>
              )}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
