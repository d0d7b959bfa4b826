import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { asked } from '../api/asked.ts';
import { useServerNow } from '../live/clock.ts';
import { dateTime } from '../ui/format.ts';
import css from './notify.module.css';
import { RehearsalBox } from './RehearsalBox.tsx';
import { useRotaName } from './useSetup.ts';

const REFRESH_MS = 60_000;

/** Who is on duty now, of every rota. */
export function OnDutyPanel() {
  const { t } = useTranslation();
  const nowMs = useServerNow();
  const rotaName = useRotaName();
  const { data } = useQuery({ ...asked('GET /notify/duties'), refetchInterval: REFRESH_MS });
  const present = data?.items.filter(({ from, to }) => from <= nowMs && nowMs < to) ?? [];
  return (
    <section className="panel block" data-testid="on-duty">
      <h2>{t('notify.onDuty')}</h2>
      {data !== undefined && present.length === 0 && <p className="soft">{t('notify.nobodyOnDuty')}</p>}
      <ul className={css.rows}>
        {present.map(({ rota, shift, to, primary, backup }) => (
          <li key={`${rota} ${shift}`}>
            <span className="soft">{rotaName(rota)}</span>
            <strong>{primary?.name ?? t('notify.nobodyOnDuty')}</strong>
            {backup !== null && <span>{t('notify.backup', { name: backup.name })}</span>}
            <span className="soft">{t('notify.until', { time: dateTime(to) })}</span>
          </li>
        ))}
      </ul>
      {present.length > 0 && <RehearsalBox />}
    </section>
  );
}
