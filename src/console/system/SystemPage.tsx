import { useQuery } from '@tanstack/react-query';
import Button from 'antd/es/button';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Health } from '../../wire/system.ts';
import { asked } from '../api/asked.ts';
import { call } from '../api/client.ts';
import { SourcesLink } from '../devices/SourcesLink.tsx';
import { useServerNow } from '../live/clock.ts';
import { useAlertView, useLive, useTrust, useWatch } from '../live/context.tsx';
import { classes } from '../ui/classes.ts';
import { codeWords } from '../ui/code-words.ts';
import { dateTime, formatNumber, formatSpan } from '../ui/format.ts';
import { QueryError } from '../ui/QueryError.tsx';
import { Figures } from './Figures.tsx';
import { figureText } from './figures.ts';
import { SourcePanel } from './SourcePanel.tsx';
import { StatusWord } from './StatusWord.tsx';
import css from './system.module.css';

const REFRESH_MS = 5_000;
/** Readings per second are counted over this, ms. */
const RATE_OVER_MS = 5_000;

type Status = Health['status'];
type Check = Health['checks'][string];
const BAD_FIRST: Readonly<Record<Status, number>> = { failing: 0, degraded: 1, ok: 2 };

export default function SystemPage() {
  const { t } = useTranslation();
  const nowMs = useServerNow();
  const health = useQuery({
    ...asked('GET /health'),
    // A failing server answers with 503 and the very report one wants to read.
    queryFn: ({ signal }) => call('GET /health', { signal, alsoGood: 503 }),
    refetchInterval: REFRESH_MS,
  });
  const system = useQuery({
    ...asked('GET /system'),
    refetchInterval: REFRESH_MS,
  });
  const version = useQuery({
    ...asked('GET /version'),
    refetchInterval: 60_000,
  });
  if (health.data === undefined) {
    return health.error === null ? (
      <p className="empty">{t('app.loading')}</p>
    ) : (
      <QueryError error={health.error} onRetry={() => void health.refetch()} />
    );
  }
  const { status, checks } = health.data;
  const sources = system.data?.sources ?? [];
  const entries = Object.entries(checks).sort(([, a], [, b]) => BAD_FIRST[a.status] - BAD_FIRST[b.status]);
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t('nav.system')}</h1>
        <StatusWord status={status} />
        <span className="soft push">
          {version.data !== undefined && `Brink ${version.data.version} · Node ${version.data.node} · `}
          {t('trust.clock')} {dateTime(nowMs)}
        </span>
        <SourcesLink />
        <Button onClick={() => void health.refetch()}>{t('action.refresh')}</Button>
      </div>
      {health.error !== null && (
        <p className="badge">{t('system.old', { time: formatSpan(nowMs - health.dataUpdatedAt, t) })}</p>
      )}
      <div className={css.checks}>
        <RatesPanel />
        <ScreenPanel />
        {entries.map(([name, check]) => (
          <CheckPanel key={name} name={name} check={check} />
        ))}
        {sources.map((source) => (
          <SourcePanel key={`${source.kind} ${source.name}`} source={source} />
        ))}
      </div>
    </div>
  );
}

/** How much comes in and goes out. A message rate of one in minutes is still told apart from none. */
function RatesPanel() {
  const { t } = useTranslation();
  const nowMs = useServerNow();
  const { data } = useQuery({
    ...asked('GET /system'),
    refetchInterval: REFRESH_MS,
  });
  if (data === undefined) return null;
  const { rates, connections, devices, points, sinceStart } = data;
  const figures: readonly [name: string, value: string][] = [
    [t('system.figure.messagesPerSecond'), formatNumber(rates.messagesPerSecond)],
    [t('system.figure.readingsPerSecond'), formatNumber(rates.readingsPerSecond)],
    [t('system.rate.refused'), formatNumber(rates.refusedPerSecond)],
    [t('system.rate.alerts'), String(rates.alertsLastHour)],
    [t('system.rate.devices'), `${devices.online} / ${devices.total}`],
    [t('system.rate.clocks'), String(devices.clockSkewed)],
    [t('system.rate.unlimited'), `${points.withoutLimits} / ${points.total}`],
    [t('system.rate.mqtt'), String(connections.mqtt)],
    [t('system.rate.consoles'), String(connections.live)],
    [t('system.rate.readings'), sinceStart.readings.toLocaleString('en-US')],
    [t('system.rate.refusedTotal'), `${sinceStart.refused} / ${sinceStart.connectionsRefused}`],
    [t('system.rate.repaired'), String(sinceStart.repaired)],
    [t('system.figure.uptimeMs'), formatSpan(nowMs - data.startedAt, t)],
  ];
  return (
    <section className={`panel block ${css.check}`} data-testid="check">
      <header>
        <h2>{t('system.rate.title')}</h2>
        <span className="soft">{t('system.rate.over')}</span>
      </header>
      <Figures figures={figures} />
    </section>
  );
}

/** What this very screen receives: the other end of the chain. */
function ScreenPanel() {
  const { t } = useTranslation();
  const live = useLive();
  const { phase, staleSinceMs, clockOffsetMs } = useTrust();
  const { seq, alerts } = useAlertView();
  const [perSecond, setPerSecond] = useState<number | null>(null);
  useWatch('*');
  useEffect(() => {
    let count = 0;
    const stop = live.onReadings((readings) => {
      count += readings.length;
    });
    const timer = setInterval(() => {
      setPerSecond(count / (RATE_OVER_MS / 1_000));
      count = 0;
    }, RATE_OVER_MS);
    return () => {
      stop();
      clearInterval(timer);
    };
  }, [live]);
  const figures: [string, string][] = [
    [t('trust.title'), t(`trust.${staleSinceMs !== null ? 'stale' : phase === 'signed-out' ? 'stopped' : phase}`)],
    [t('system.screen.readings'), perSecond === null ? '–' : formatNumber(perSecond)],
    [t('system.screen.seq'), seq === null ? '–' : String(seq)],
    [t('alert.open'), String(alerts.length)],
    [t('system.screen.offset'), clockOffsetMs === null ? '–' : `${Math.round(clockOffsetMs)} ms`],
  ];
  return (
    <section className={`panel block ${css.check}`} data-testid="check">
      <header>
        <h2>{t('system.screen.title')}</h2>
        <StatusWord status={phase === 'live' && staleSinceMs === null ? 'ok' : 'degraded'} />
      </header>
      <Figures figures={figures} />
    </section>
  );
}

function CheckPanel({ name, check }: { name: string; check: Check }) {
  const { t } = useTranslation();
  const { status, detail, ...figures } = check;
  return (
    <section
      className={classes(
        'panel',
        'block',
        css.check,
        status === 'degraded' && css.checkDegraded,
        status === 'failing' && css.checkFailing,
      )}
      data-testid="check"
    >
      <header>
        <h2>{codeWords(t, 'system.check', name)}</h2>
        <StatusWord status={status} />
      </header>
      {detail !== undefined && <p>{detail}</p>}
      <Figures
        figures={Object.entries(figures).map(([key, value]) => [
          codeWords(t, 'system.figure', key),
          figureText(key, value, t),
        ])}
      />
    </section>
  );
}
