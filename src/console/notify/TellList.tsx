import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { asked } from '../api/asked.ts';
import { dateTime } from '../ui/format.ts';
import css from './notify.module.css';
import { Proof } from './Proof.tsx';
import { useChannelName } from './useSetup.ts';

const REFRESH_MS = 5_000;

/** Who was told of an alert, when, and with which proof; nothing where telling people is not set up. */
export function TellList({ alert }: { readonly alert: string }) {
  const { t } = useTranslation();
  const channelName = useChannelName();
  const { data } = useQuery({
    ...asked('GET /alerts/{id}/told', { path: { id: alert } }),
    refetchInterval: REFRESH_MS,
  });
  if (data === undefined || data.items.length === 0) return null;
  return (
    <section className="panel block" data-testid="told">
      <h2>{t('notify.told')}</h2>
      <ul className={css.told}>
        {data.items.map((told) => (
          <li key={told.id}>
            <time className="soft">{dateTime(told.at)}</time>
            <span>
              <strong>{told.person?.name ?? t('notify.group')}</strong>{' '}
              <span className="soft">
                {channelName(told.channel)} · {t(`notify.reason.${told.reason}`)}
                {told.step !== null && ` · ${t('notify.step', { step: told.step + 1 })}`}
              </span>
              <br />
              <Proof told={told} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
