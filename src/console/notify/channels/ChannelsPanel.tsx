import { useQuery } from '@tanstack/react-query';
import Button from 'antd/es/button';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ChannelEntry } from '../../../model/notify/channel.ts';
import type { Answer } from '../../../wire/calls.ts';
import { asked } from '../../api/asked.ts';
import { useMay } from '../../session/context.tsx';
import { classes } from '../../ui/classes.ts';
import { Empty } from '../../ui/Empty.tsx';
import { dateTime, formatSpan } from '../../ui/format.ts';
import { QueryError } from '../../ui/QueryError.tsx';
import css from '../notify.module.css';
import { useChannelName, useSetup } from '../useSetup.ts';
import { ChannelForm } from './ChannelForm.tsx';
import { ChannelTest } from './ChannelTest.tsx';
import { labelOf } from './channel-fields.ts';

const REFRESH_MS = 5_000;
/** A clock that is further off makes every signed channel refuse (NOTIFY: 60 s). */
const CLOCK_OFF_MS = 60_000;

type Standing = Answer<'GET /notify/channels'>['items'][number];

/** The channels that are set up, how each fares, and a test of it; `isForChange`: with what it takes to change them. */
export function ChannelsPanel({ isForChange = false }: { readonly isForChange?: boolean }) {
  const { t } = useTranslation();
  const mayChange = useMay('engineer');
  const { setup, error, retry } = useSetup();
  const { data } = useQuery({ ...asked('GET /notify/channels'), refetchInterval: REFRESH_MS });
  /** Null: a new one. */
  const [edited, setEdited] = useState<ChannelEntry | null>();
  const channels = setup?.setup.channels ?? [];
  if (error !== null && setup === undefined) return <QueryError error={error} onRetry={retry} />;
  return (
    <section className="panel block" data-testid="channels">
      <div className={`page-head ${css.panelHead}`}>
        <h2>{t('notify.channels')}</h2>
        <span className="push" />
        {isForChange && (
          <Button type="primary" disabled={!mayChange} onClick={() => setEdited(null)}>
            {t('setup.channels.add')}
          </Button>
        )}
      </div>
      {setup !== undefined && channels.length === 0 && (
        <Empty title={t('notify.noChannels')} detail={t('notify.noChannelsDetail')} />
      )}
      <ul className={isForChange ? css.cards : css.rows}>
        {channels.map((entry) => (
          <Channel
            key={entry.id}
            entry={entry}
            standing={data?.items.find(({ id }) => id === entry.id)}
            missing={setup?.missingSecrets.flatMap(({ channel, name }) => (channel === entry.id ? name : [])) ?? []}
            onEdit={isForChange && mayChange ? () => setEdited(entry) : null}
          />
        ))}
      </ul>
      {edited !== undefined && <ChannelForm channel={edited} onClose={() => setEdited(undefined)} />}
    </section>
  );
}

interface ChannelProps {
  readonly entry: ChannelEntry;
  readonly standing: Standing | undefined;
  /** Secrets that nobody has given. */
  readonly missing: readonly string[];
  /** Null: it is only looked at. */
  readonly onEdit: (() => void) | null;
}

function Channel({ entry, standing, missing, onEdit }: ChannelProps) {
  const { t } = useTranslation();
  const channelName = useChannelName();
  const name = channelName(entry.id);
  const [testedOffsetMs, setTestedOffsetMs] = useState<number | null>(null);
  const offsetMs = testedOffsetMs ?? standing?.clockOffsetMs ?? null;
  const { waiting = 0, lastAcceptedAt = null, blockedUntil = null, budget = [], callback = null } = standing ?? {};
  return (
    <li data-testid="channel">
      <strong>{name}</strong>
      <span className="soft">{t(`notify.kind.${entry.kind}`)}</span>
      <State entry={entry} standing={standing} missing={missing} />
      {waiting > 0 && (
        <span>
          {t('notify.waiting')} {waiting}
        </span>
      )}
      <span className="soft">
        {t('notify.lastAccepted')} {lastAcceptedAt === null ? t('notify.never') : dateTime(lastAcceptedAt)}
      </span>
      {blockedUntil !== null && (
        <strong className={css.bad}>{t('setup.channels.blocked', { time: dateTime(blockedUntil) })}</strong>
      )}
      {offsetMs !== null && (Math.abs(offsetMs) >= CLOCK_OFF_MS || onEdit !== null) && (
        <span className={classes(Math.abs(offsetMs) >= CLOCK_OFF_MS && css.bad)}>
          {t('notify.clock')} {formatSpan(Math.abs(offsetMs), t)}
        </span>
      )}
      {onEdit !== null &&
        budget.map(({ count, perMs, keptForRed }) => (
          <span key={perMs} className="soft">
            {t('setup.channels.budget', { count, per: formatSpan(perMs, t), kept: keptForRed })}
          </span>
        ))}
      {onEdit !== null && callback !== null && (
        <span className="soft">
          {t('setup.channels.callback')} <code>/api/v1{callback}</code>
        </span>
      )}
      <span className="row-buttons">
        {onEdit !== null && (
          <Button size="small" aria-label={`${t('setup.edit')} ${name}`} onClick={onEdit}>
            {t('setup.edit')}
          </Button>
        )}
        <ChannelTest channel={entry.id} onTested={({ clockOffsetMs }) => setTestedOffsetMs(clockOffsetMs)} />
      </span>
    </li>
  );
}

function State({ entry, standing, missing }: Omit<ChannelProps, 'onEdit'>) {
  const { t } = useTranslation();
  if (entry.off) return <span className="faint">{t('notify.off')}</span>;
  if (missing.length > 0) {
    const names = missing.map((name) => t(`setup.channels.field.${labelOf(entry.kind, name)}`));
    return <strong className={css.bad}>{t('notify.lacks', { names: names.join(t('setup.listed')) })}</strong>;
  }
  if (standing?.failingSince == null) return <span>{t('notify.ok')}</span>;
  return (
    <strong className={css.bad}>
      {t('notify.failing')} {standing.failure !== null && <span className={css.words}>{standing.failure}</span>}
    </strong>
  );
}
