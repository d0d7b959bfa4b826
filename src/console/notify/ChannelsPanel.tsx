import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Answer } from '../../wire/calls.ts';
import { asked } from '../api/asked.ts';
import { Empty } from '../ui/Empty.tsx';
import { dateTime, formatSpan } from '../ui/format.ts';
import { QueryError } from '../ui/QueryError.tsx';
import { ChannelTest } from './channels/ChannelTest.tsx';
import css from './notify.module.css';
import { type ShownSetup, useChannelName, useSetup } from './useSetup.ts';

const REFRESH_MS = 5_000;
/** A clock that is further off makes every signed channel refuse (NOTIFY: 60 s). */
const CLOCK_OFF_MS = 60_000;

type Entry = ShownSetup['setup']['channels'][number];
type Standing = Answer<'GET /notify/channels'>['items'][number];

/** The channels that are set up, how each fares, and a test of it. */
export function ChannelsPanel() {
  const { t } = useTranslation();
  const { setup, error, retry } = useSetup();
  const { data } = useQuery({ ...asked('GET /notify/channels'), refetchInterval: REFRESH_MS });
  const channels = setup?.setup.channels ?? [];
  if (error !== null && setup === undefined) return <QueryError error={error} onRetry={retry} />;
  return (
    <section className="panel block" data-testid="channels">
      <h2>{t('notify.channels')}</h2>
      {setup !== undefined && channels.length === 0 && (
        <Empty title={t('notify.noChannels')} detail={t('notify.noChannelsDetail')} />
      )}
      <ul className={css.rows}>
        {channels.map((entry) => (
          <Channel
            key={entry.id}
            entry={entry}
            standing={data?.items.find(({ id }) => id === entry.id)}
            missing={setup?.missingSecrets.flatMap(({ channel, name }) => (channel === entry.id ? name : [])) ?? []}
          />
        ))}
      </ul>
    </section>
  );
}

interface ChannelProps {
  readonly entry: Entry;
  readonly standing: Standing | undefined;
  readonly missing: readonly string[];
}

function Channel({ entry, standing, missing }: ChannelProps) {
  const { t } = useTranslation();
  const channelName = useChannelName();
  const [testedOffsetMs, setTestedOffsetMs] = useState<number | null>(null);
  const offsetMs = testedOffsetMs ?? standing?.clockOffsetMs ?? null;
  return (
    <li>
      <strong>{channelName(entry.id)}</strong>
      <span className="soft">{t(`notify.kind.${entry.kind}`)}</span>
      <State entry={entry} standing={standing} missing={missing} />
      {standing !== undefined && standing.waiting > 0 && (
        <span>
          {t('notify.waiting')} {standing.waiting}
        </span>
      )}
      <span className="soft">
        {t('notify.lastAccepted')}{' '}
        {standing === undefined || standing.lastAcceptedAt === null
          ? t('notify.never')
          : dateTime(standing.lastAcceptedAt)}
      </span>
      {offsetMs !== null && Math.abs(offsetMs) >= CLOCK_OFF_MS && (
        <strong className={css.bad}>
          {t('notify.clock')} {formatSpan(Math.abs(offsetMs), t)}
        </strong>
      )}
      <ChannelTest channel={entry.id} onTested={({ clockOffsetMs }) => setTestedOffsetMs(clockOffsetMs)} />
    </li>
  );
}

function State({ entry, standing, missing }: ChannelProps) {
  const { t } = useTranslation();
  if (entry.off) return <span className="faint">{t('notify.off')}</span>;
  if (missing.length > 0) {
    return <strong className={css.bad}>{t('notify.lacks', { names: missing.join(', ') })}</strong>;
  }
  if (standing?.failingSince == null) return <span>{t('notify.ok')}</span>;
  return (
    <strong className={css.bad}>
      {t('notify.failing')} {standing.failure !== null && <span className={css.words}>{standing.failure}</span>}
    </strong>
  );
}
