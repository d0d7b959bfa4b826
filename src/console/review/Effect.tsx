import { useQuery } from '@tanstack/react-query';
import Segmented from 'antd/es/segmented';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Lesson, PreviewTotals, ThresholdPreview } from '../../model/preview.ts';
import { previewedPoint, totalsOf } from '../../model/preview-totals.ts';
import type { ThresholdDocument } from '../../model/threshold.ts';
import { call } from '../api/client.ts';
import { formatNumber, formatSpan } from '../ui/format.ts';
import { LevelShape } from '../ui/LevelMark.tsx';
import { LEVELS_DOWN } from '../ui/order.ts';
import { QueryError } from '../ui/QueryError.tsx';
import { DataNote } from './DataNote.tsx';
import { Lessons } from './Lessons.tsx';
import css from './review.module.css';

const DAYS = [7, 30, 90] as const;

export interface EffectItem {
  readonly point: string;
  readonly document: ThresholdDocument;
}

interface Effect {
  readonly totals: PreviewTotals;
  readonly readings: number;
  readonly failures: number;
  /** From first breach to alert, median, ms; only of a single point. */
  readonly delays: readonly [number | null, number | null];
  /** Rule tests kept of the point; only of a single point. */
  readonly lessons: readonly Lesson[];
  /** Only of a single point. */
  readonly only: ThresholdPreview | null;
}

const ASK_EVERY_MS = 1_000;

const pause = (signal: AbortSignal) =>
  new Promise<void>((resolve, reject) => {
    const timer = setTimeout(resolve, ASK_EVERY_MS);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    });
  });

/** One point is asked for at once; several are a job, which is called off when nobody waits for it any more. */
async function effectOf(
  items: readonly EffectItem[],
  days: number,
  signal: AbortSignal,
  onProgress: (share: number) => void,
): Promise<Effect> {
  const [only] = items;
  if (items.length === 1 && only !== undefined) {
    const path = { id: only.point };
    const preview = await call('POST /points/{id}/thresholds/preview', {
      path,
      body: { ...only.document, days },
      signal,
    });
    const one = previewedPoint(preview);
    const delays = [one.present.delay?.median ?? null, one.proposed.delay?.median ?? null] as const;
    const { data, lessons } = preview;
    return { totals: totalsOf([one]), readings: data.readings, failures: 0, delays, lessons, only: preview };
  }
  let job = await call('POST /thresholds/preview', { body: { items, days }, signal });
  const path = { job: job.id };
  try {
    while (job.state === 'running') {
      onProgress(job.share);
      await pause(signal);
      job = await call('GET /thresholds/preview/{job}', { path, signal });
    }
  } catch (error) {
    if (signal.aborted) void call('DELETE /thresholds/preview/{job}', { path }).catch(() => {});
    throw error;
  }
  const readings = job.items.reduce((sum, { data }) => sum + data.readings, 0);
  const failures = job.failures.length;
  return { totals: job.totals, readings, failures, delays: [null, null], lessons: [], only: null };
}

/** What proposed documents would have done with the last days, beside what the present ones did. */
export function EffectNumbers({ items }: { items: readonly EffectItem[] }) {
  const { t } = useTranslation();
  const [days, setDays] = useState<number>(30);
  const [share, setShare] = useState(0);
  const query = useQuery({
    queryKey: ['effect', days, items],
    queryFn: ({ signal }) => effectOf(items, days, signal, setShare),
    staleTime: 60_000,
    retry: false,
  });
  return (
    <section className={css.effect} data-testid="effect">
      <div className="page-head">
        <h3>{t('effect.title')}</h3>
        <span className="push" />
        <Segmented
          size="small"
          value={days}
          onChange={setDays}
          options={DAYS.map((value) => ({ value, label: t('effect.days', { count: value }) }))}
        />
      </div>
      {query.error !== null ? (
        <QueryError error={query.error} onRetry={() => void query.refetch()} />
      ) : query.data === undefined ? (
        <p className="faint" aria-live="polite">
          {t('effect.judging', { share: Math.round(share * 100) })}
        </p>
      ) : (
        <>
          <EffectTable effect={query.data} />
          <Lessons lessons={query.data.lessons} />
        </>
      )}
    </section>
  );
}

function EffectTable({ effect }: { effect: Effect }) {
  const { t } = useTranslation();
  const { totals, readings, failures, delays, only } = effect;
  const sides = [totals.present, totals.proposed] as const;
  const span = (ms: number | null) => (ms === null ? '–' : ms === 0 ? '0' : formatSpan(ms, t));
  const rows: [string, (side: (typeof sides)[number]) => string][] = [
    [t('effect.alerts'), ({ alerts }) => String(alerts)],
    [t('effect.perDay'), ({ alertsPerDay }) => formatNumber(alertsPerDay)],
    [t('effect.timeInAlarm'), ({ timeInAlarm }) => span(timeInAlarm)],
    [t('effect.longest'), ({ longest }) => span(longest)],
    [t('effect.chattering'), ({ chatteringEpisodes }) => String(chatteringEpisodes)],
  ];
  const comparison = [
    totals.lost > 0 ? t('effect.lost', { count: totals.lost }) : '',
    totals.gained > 0 ? t('effect.gained', { count: totals.gained }) : '',
    totals.levelChanged > 0 ? t('effect.changed', { count: totals.levelChanged }) : '',
  ].filter((text) => text !== '');
  // That nothing is gained or lost is only said of what could be judged.
  const isJudged = totals.unjudged < totals.points;
  return (
    <>
      <table>
        <thead>
          <tr>
            <td />
            <th scope="col">{t('effect.present')}</th>
            <th scope="col">{t('effect.proposed')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, of]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {sides.map((side, index) => (
                <td key={index === 0 ? 'present' : 'proposed'}>{of(side)}</td>
              ))}
            </tr>
          ))}
          <tr>
            <th scope="row">{t('alert.level')}</th>
            {sides.map((side, index) => (
              <td key={index === 0 ? 'present' : 'proposed'}>
                <span className={css.byLevel}>
                  {LEVELS_DOWN.map((level) => (
                    <span
                      key={level}
                      className={side.byLevel[level] === 0 ? 'faint' : ''}
                      title={t(`level.long.${level}`)}
                    >
                      <LevelShape level={level} size={11} /> {side.byLevel[level]}
                    </span>
                  ))}
                </span>
              </td>
            ))}
          </tr>
          {delays.some((delay) => delay !== null) && (
            <tr>
              <th scope="row">{t('effect.delay')}</th>
              <td>{span(delays[0])}</td>
              <td>{span(delays[1])}</td>
            </tr>
          )}
        </tbody>
      </table>
      <p className="faint">
        {readings === 0
          ? t('effect.noReadings')
          : [
              comparison.length > 0 ? comparison.join(' · ') : isJudged ? t('effect.same') : '',
              t('effect.readings', { count: readings }),
            ]
              .filter((text) => text !== '')
              .join(' · ')}
        {failures > 0 && ` · ${t('effect.failed', { count: failures })}`}
      </p>
      {only === null ? <DataWords totals={totals} /> : readings > 0 && <DataNote preview={only} />}
    </>
  );
}

/** Of how many points little could be judged, and why. */
export function DataWords({ totals: { slower, unjudged } }: { totals: PreviewTotals }) {
  const { t } = useTranslation();
  const words = [
    unjudged > 0 ? t('effect.unjudged', { count: unjudged }) : '',
    slower > 0 ? t('effect.slower', { count: slower }) : '',
  ].filter((text) => text !== '');
  return words.length === 0 ? null : <p>{words.join(' · ')}</p>;
}
