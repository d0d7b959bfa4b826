import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { asked } from '../api/asked.ts';
import { dateTime } from '../ui/format.ts';
import { shownText } from './hex.ts';
import type { Quarantined } from './types.ts';

/** Before the newest one. */
const SHOWN = 5;

/** What an unknown device has sent before its newest message: one alone may be the odd one. */
export function EarlierMessages({ newest: { id, device, reason } }: { readonly newest: Quarantined }) {
  const { t } = useTranslation();
  const { data } = useQuery(asked('GET /quarantine', { query: { device, reason, limit: SHOWN + 1 } }));
  const earlier = (data?.items ?? []).filter((item) => item.id !== id).slice(0, SHOWN);
  if (earlier.length === 0) return null;
  return (
    <details data-testid="earlier-messages">
      <summary>{t('trial.earlier', { count: earlier.length })}</summary>
      <ul>
        {earlier.map((item) => (
          <li key={item.id}>
            <time className="soft">{dateTime(item.receivedAt)}</time> <code>{shownText(item)}</code>
          </li>
        ))}
      </ul>
    </details>
  );
}
