import { MARKS_SHIFT } from '../model/columns.ts';
import { durationMs } from '../model/duration.ts';
import { msOf } from '../model/instant.ts';
import type { ThresholdPreview } from '../model/preview.ts';
import { BAD, LATE } from '../model/reading.ts';
import { DURATION_KEYS, type Rule, type ThresholdDocument } from '../model/threshold.ts';
import { medianOf, type Stretch, timelyTimes } from './interval.ts';
import type { Judged } from './judged.ts';
import type { SeriesColumns } from './replay.ts';
import type { Period } from './statistics.ts';

type Data = ThresholdPreview['data'];

/** With fewer readings than this, and less than half of the period told by them, there is nothing to judge. */
const READINGS_MIN = 20;
const HALF = 0.5;
/** A reading speaks for what follows it until the point counts as silent, after so many intervals. */
const REPORTS = 3;
/** More changes of the interval than this are a point without one; the newest are listed. */
const SLOWER_LISTED_MAX = 20;

/** What a judgement of the period by these documents rests on. */
export function describeData(
  { definition, readings, period, stretches }: Judged,
  documents: readonly ThresholdDocument[],
): Data {
  const found = countReadings(readings, period);
  const covered = coveredShare(readings, period, stretches);
  const slower = slowerWithin(stretches, definition.reportEveryMs, period, found);
  const longestMs = Math.max(0, ...slower.map(({ interval }) => interval));
  const isLittle = covered < HALF;
  return {
    ...found,
    reportEvery: definition.reportEveryMs,
    interval: usualInterval(readings, period),
    slower: slower.slice(-SLOWER_LISTED_MAX),
    covered: Number(covered.toPrecision(3)),
    judges: isLittle && found.readings - found.bad < READINGS_MIN ? 'nothing' : isLittle ? 'part' : 'all',
    coarse: coarseRules(documents, longestMs),
  };
}

function countReadings(readings: readonly SeriesColumns[], { fromMs, toMs }: Period) {
  const data = { readings: 0, bad: 0, late: 0 };
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const { columns } of readings) {
    const { tsMs, flags } = columns;
    for (let i = 0; i < tsMs.length; i++) {
      const at = msOf(tsMs[i] ?? 0);
      if (at < fromMs || at >= toMs) continue;
      const marks = (flags[i] ?? 0) >> MARKS_SHIFT;
      if (marks & LATE) data.late++;
      else {
        data.readings++;
        if (marks & BAD) data.bad++;
        if (at < first) first = at;
        if (at > last) last = at;
      }
    }
  }
  return { ...data, first: Number.isFinite(first) ? first : null, last: Number.isFinite(last) ? last : null };
}

/** The median distance of the series that comes most often; null without two readings of one. */
function usualInterval(readings: readonly SeriesColumns[], { fromMs, toMs }: Period): number | null {
  const medians = readings.flatMap(({ columns }) => {
    const times = timelyTimes(columns).filter((at) => at >= fromMs && at < toMs);
    return times.length < 2 ? [] : [medianOf(times.subarray(1).map((at, i) => at - (times[i] ?? 0)))];
  });
  return medians.length === 0 ? null : Math.round(Math.min(...medians));
}

/** How much of the period the readings tell of; the series that tells most counts. */
function coveredShare(readings: readonly SeriesColumns[], { fromMs, toMs }: Period, stretches: readonly Stretch[]) {
  let mostMs = 0;
  for (const { columns } of readings) {
    const times = timelyTimes(columns);
    let coveredMs = 0;
    let stretch = 0;
    for (let i = 0; i < times.length; i++) {
      const at = times[i] ?? 0;
      while ((stretches[stretch + 1]?.fromMs ?? Number.POSITIVE_INFINITY) <= at) stretch++;
      const speaksMs = REPORTS * (stretches[stretch]?.intervalMs ?? 0);
      const untilMs = Math.min(at + speaksMs, times[i + 1] ?? Number.POSITIVE_INFINITY, toMs);
      coveredMs += Math.max(0, untilMs - Math.max(at, fromMs));
    }
    mostMs = Math.max(mostMs, coveredMs);
  }
  return mostMs / (toMs - fromMs);
}

/** The parts of the period in which readings come more seldom than the profile says. */
function slowerWithin(
  stretches: readonly Stretch[],
  reportEveryMs: number,
  { fromMs, toMs }: Period,
  { first, last }: { readonly first: number | null; readonly last: number | null },
): Data['slower'] {
  return stretches.flatMap((stretch, i) => {
    const from = Math.max(stretch.fromMs, first ?? fromMs, fromMs);
    const to = Math.min(stretches[i + 1]?.fromMs ?? last ?? toMs, toMs);
    return stretch.intervalMs > reportEveryMs && to > from ? [{ from, to, interval: stretch.intervalMs }] : [];
  });
}

/** The rules with a delay, a window or a silence that is shorter than the distance of the readings. */
function coarseRules(documents: readonly ThresholdDocument[], intervalMs: number): string[] {
  const coarse = documents.flatMap(({ rules }) =>
    Object.entries(rules).flatMap(([id, rule]) => (isShorter(rule, intervalMs) ? [id] : [])),
  );
  return [...new Set(coarse)].sort();
}

function isShorter(rule: Rule, intervalMs: number): boolean {
  let isAny = false;
  JSON.stringify(rule, (key, value: unknown) => {
    const ms = typeof value === 'string' && DURATION_KEYS.has(key) ? durationMs(value) : 0;
    if (ms > 0 && ms < intervalMs) isAny = true;
    return value;
  });
  return isAny;
}
