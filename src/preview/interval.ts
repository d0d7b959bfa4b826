import { type Columns, MARKS_SHIFT } from '../model/columns.ts';
import type { PointDefinition } from '../model/definition.ts';
import { durationMs } from '../model/duration.ts';
import { msOf } from '../model/instant.ts';
import { LATE } from '../model/reading.ts';
import type { Rule } from '../model/threshold.ts';
import { quantile } from './advice/noise.ts';

/**
 * How often history has readings of a point, where that is more seldom than its profile says: what was imported, or kept
 * by a logger with an interval of its own. Live evaluation judges silence by the profile; a preview that did so on such
 * readings would find a silence between any two of them. An interval is the median distance of neighbouring readings, so
 * that a gap, or some of them, is no interval but a gap.
 */

/** The readings of one series, in time order. */
interface OfSeries {
  readonly columns: Columns;
}

/** From a time on, readings come at this interval. */
export interface Stretch {
  readonly fromMs: number;
  readonly intervalMs: number;
}

/** Neighbouring distances of which the median is taken: an outage of a few reports is a gap, a longer habit an interval. */
const NEIGHBOURS = 41;
/** With fewer distances than this nothing is concluded from them. */
const DISTANCES_MIN = 32;
/** Readings are more seldom than the profile says from this many times its interval on; that is half of what is silence. */
const SELDOM = 1.5;
/** And as often again below this many, so that an interval at the edge does not change to and fro. */
const OFTEN = 1.25;
/** Within what is more seldom, another interval is one that differs by this factor. */
const CHANGED = 1.5;

/**
 * The intervals by which a point's history is to be judged, in the order of time and without an end: each lasts until the
 * next. The first one begins before everything. Where several metrics are reported, the one that comes most often counts.
 */
export function stretchesOf(readings: readonly OfSeries[], reportEveryMs: number): Stretch[] {
  const ofSeries = readings
    .map(({ columns }) => seriesStretches(timelyTimes(columns), reportEveryMs))
    .filter((series) => series !== undefined);
  const changes = [...new Set(ofSeries.flatMap(({ stretches }) => stretches.map(({ fromMs }) => fromMs)))];
  const ends = ofSeries.map(({ lastMs }) => lastMs);
  const merged: Stretch[] = [{ fromMs: Number.NEGATIVE_INFINITY, intervalMs: reportEveryMs }];
  for (const fromMs of [...new Set([...changes, ...ends])].sort((a, b) => a - b)) {
    const current = ofSeries.flatMap(({ stretches, firstMs, lastMs }) =>
      firstMs <= fromMs && fromMs < lastMs
        ? [stretches.findLast((stretch) => stretch.fromMs <= fromMs)?.intervalMs ?? reportEveryMs]
        : [],
    );
    // After the last reading of all, silence is waited for as before.
    if (current.length === 0) continue;
    const intervalMs = Math.min(...current);
    if (merged.at(-1)?.intervalMs !== intervalMs) merged.push({ fromMs, intervalMs });
  }
  return merged;
}

/**
 * The longest interval of a period that is judged by one alone, in whole seconds, as people say it; undefined where the
 * profile's holds throughout.
 */
export function seldomIntervalMs(readings: readonly OfSeries[], reportEveryMs: number): number | undefined {
  const longestMs = Math.max(...stretchesOf(readings, reportEveryMs).map(({ intervalMs }) => intervalMs));
  return longestMs > reportEveryMs ? Math.ceil(longestMs / 1_000) * 1_000 : undefined;
}

/** The times of readings that were not late, one of each millisecond. */
export function timelyTimes({ tsMs, flags }: Columns): Float64Array {
  const times = new Float64Array(tsMs.length);
  let count = 0;
  for (let i = 0; i < tsMs.length; i++) {
    if (((flags[i] ?? 0) >> MARKS_SHIFT) & LATE) continue;
    const at = msOf(tsMs[i] ?? 0);
    if (count === 0 || times[count - 1] !== at) times[count++] = at;
  }
  return times.subarray(0, count);
}

/** Of the distances around one, how many lie below and above what the running stretch allows for. */
interface Around {
  readonly width: number;
  first: number;
  below: number;
  above: number;
}

/** The stretches of one series; undefined of one without readings. */
function seriesStretches(times: Float64Array, reportEveryMs: number) {
  const [firstMs, lastMs] = [times[0], times.at(-1)];
  if (firstMs === undefined || lastMs === undefined) return undefined;
  const distances = Float64Array.from({ length: times.length - 1 }, (_, i) => (times[i + 1] ?? 0) - (times[i] ?? 0));
  const stretches: Stretch[] = [];
  if (distances.length < DISTANCES_MIN)
    return { stretches: [{ fromMs: firstMs, intervalMs: reportEveryMs }], firstMs, lastMs };

  let begin = 0;
  /** What the running stretch was found by; the profile's interval stands for all that is not more seldom. */
  let foundMs = reportEveryMs;
  let allowed = allowedFor(foundMs, reportEveryMs);
  const around: Around = { width: Math.min(NEIGHBOURS, distances.length), first: 0, below: 0, above: 0 };
  const count = (index: number, by: 1 | -1): void => {
    const distance = distances[index] ?? 0;
    if (distance < allowed.leastMs) around.below += by;
    if (distance > allowed.mostMs) around.above += by;
  };
  const countAll = (): void => {
    around.below = 0;
    around.above = 0;
    for (let index = 0; index < around.width; index++) count(around.first + index, 1);
  };
  const end = (at: number): void => {
    if (at === begin) return;
    const intervalMs = foundMs === reportEveryMs ? reportEveryMs : Math.round(medianOf(distances.subarray(begin, at)));
    stretches.push({ fromMs: times[begin] ?? 0, intervalMs });
    begin = at;
  };

  countAll();
  for (let at = 0; at < distances.length; at++) {
    const first = Math.min(Math.max(0, at - (around.width >> 1)), distances.length - around.width);
    if (first > around.first) {
      count(around.first, -1);
      count(around.first + around.width, 1);
      around.first = first;
    }
    // The median is within what is allowed as long as not more than half lie on one side of that.
    if (2 * around.below <= around.width && 2 * around.above <= around.width) continue;
    end(at);
    const medianMs = medianOf(distances.subarray(around.first, around.first + around.width));
    const leastMs = (foundMs === reportEveryMs ? SELDOM : OFTEN) * reportEveryMs;
    foundMs = medianMs > leastMs ? medianMs : reportEveryMs;
    allowed = allowedFor(foundMs, reportEveryMs);
    countAll();
  }
  end(distances.length);
  return { stretches, firstMs, lastMs };
}

function allowedFor(foundMs: number, reportEveryMs: number): { readonly leastMs: number; readonly mostMs: number } {
  if (foundMs === reportEveryMs) return { leastMs: 0, mostMs: SELDOM * reportEveryMs };
  return { leastMs: Math.max(OFTEN * reportEveryMs, foundMs / CHANGED), mostMs: CHANGED * foundMs };
}

export function medianOf(distances: Float64Array): number {
  return quantile(distances.slice().sort(), 0.5);
}

/** An `after` below this many intervals of what history has is none that it could tell from its own rhythm. */
const TELLABLE = 2;

/**
 * The point as a stretch of its history is judged. What of its document asks for silences that are shorter than history
 * could show is judged by three intervals, as if nothing had been said.
 */
export function definitionFor(definition: PointDefinition, { intervalMs }: Stretch): PointDefinition {
  if (intervalMs === definition.reportEveryMs) return definition;
  const rules = Object.entries(definition.document.rules).map(([id, rule]) => [id, tellable(rule, intervalMs)]);
  const document = { ...definition.document, rules: Object.fromEntries(rules) };
  return { ...definition, reportEveryMs: intervalMs, document };
}

function tellable(rule: Rule, intervalMs: number): Rule {
  const { noData } = rule;
  if (noData === undefined || noData === false || noData.after === undefined) return rule;
  if (durationMs(noData.after) >= TELLABLE * intervalMs) return rule;
  const { after: _, ...rest } = noData;
  return { ...rule, noData: rest };
}
