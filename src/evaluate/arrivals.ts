import { msOf, ordinalOf } from '../model/instant.ts';
import { rankOf } from '../model/level.ts';
import { BAD, LATE, type Reading } from '../model/reading.ts';
import type { CompiledRule } from './compiled.ts';
import type { SeriesSample } from './criterion.ts';
import { inputFor, marksOf } from './inputs.ts';
import { NEVER_SAMPLED, type Point, Sample } from './point.ts';
import { seriesOf } from './point-table.ts';
import type { RuleState } from './state.ts';
import { type Input, isQuiet } from './step.ts';
import type { EvaluatedTransition } from './transition.ts';
import { type Turn, touch } from './turn.ts';
import { advance, blind } from './votes.ts';

/** Readings arrive: fresh ones move the rules that look at them, late ones are judged in retrospect. */

const NO_POINTS: ReadonlySet<Point> = new Set();

/** Late breaches closer together than this many reports are one. */
const RETRO_NEAR_REPORTS = 3;

/** One message: readings of one device, sorted by time. */
export function takeMessage(turn: Turn, readings: readonly Reading[]): void {
  // All metrics of one point and one time belong together, because a criterion may look at two of them. Several values
  // of one metric and millisecond differ in the fraction of their times, and are taken one after the other.
  for (let start = 0; start < readings.length; ) {
    const tsMs = readings[start]?.tsMs;
    let end = start + 1;
    while (end < readings.length && readings[end]?.tsMs === tsMs) end++;
    takeInstant(turn, readings, start, end);
    start = end;
  }
}

/** Readings of one time, from `start` to `end` of the message: nearly always of one point. */
function takeInstant(turn: Turn, readings: readonly Reading[], start: number, end: number): void {
  const { pointOf } = turn.table;
  let others: Set<Point> | undefined;
  let first: Point | undefined;
  for (let i = start; i < end; i++) {
    const point = pointOf[(readings[i] as Reading).series];
    if (first === undefined) first = point;
    else if (point !== undefined && point !== first) others = (others ?? new Set()).add(point);
  }
  if (first === undefined) return;
  takeGroup(turn, first, readings, start, end);
  for (const point of others ?? NO_POINTS) takeGroup(turn, point, readings, start, end);
}

/** What a point has of the readings from `start` to `end`, all of one time. */
function takeGroup(turn: Turn, point: Point, readings: readonly Reading[], start: number, end: number): void {
  if (turn.position <= point.skipTo) return;
  const { pointOf, metricOf, fresh } = turn.table;
  touch(turn, point);
  // What was sent long ago and is read now says nothing of whether the device is there.
  const isOld = ((readings[start]?.marks ?? 0) & LATE) !== 0;
  if (!isOld) arrive(turn, point);
  fresh.clear();
  const timeMs = readings[start]?.tsMs ?? 0;
  const tsMs = msOf(timeMs);
  const ordinal = tsMs === timeMs ? 0 : ordinalOf(timeMs);
  let lateSamples: SeriesSample[] | undefined;
  for (let i = start; i < end; i++) {
    const reading = readings[i] as Reading;
    if (pointOf[reading.series] !== point) continue;
    const metric = metricOf[reading.series] as number;
    const marks = marksOf(reading, point.compiled.ranges[metric]);
    if (reading.value === null && (marks & BAD) === 0) continue;
    if (point.heardMs !== undefined && !isOld) hear(turn, point, metric);
    const newest = point.samples[metric] ?? NEVER_SAMPLED;
    if (isOld || tsMs < newest.tsMs) {
      lateSamples ??= point.samples.map(() => NEVER_SAMPLED);
      lateSamples[metric] = { tsMs, value: reading.value, marks };
      continue;
    }
    // One of the readings that were taken of this millisecond already.
    if (tsMs === newest.tsMs && ordinal <= newest.ordinal) continue;
    fresh.add(metric, reading.series, tsMs - newest.tsMs > point.compiled.silenceMs);
    if (newest === NEVER_SAMPLED) point.samples[metric] = new Sample(reading.tsMs, reading.value, marks);
    else if (tsMs === newest.tsMs) newest.follow(ordinal, reading.value, marks);
    else newest.set(tsMs, ordinal, reading.value, marks);
  }
  let samples: readonly SeriesSample[] = point.samples;
  if (lateSamples !== undefined) {
    // A metric may be late where another of the same time is not; a criterion over both still sees both.
    samples = lateSamples.map((late, metric) => (late === NEVER_SAMPLED ? (point.samples[metric] ?? late) : late));
    takeLate(turn, point, lateSamples, samples);
  }
  if (fresh.count === 0) return;
  if (point.compiled.pacedMetrics.length > 0 && !turn.isPassing) keepPace(turn, point);
  takeFresh(turn, point, samples, tsMs);
}

/** Something came from the point: it is not silent. */
function arrive(turn: Turn, point: Point): void {
  point.lastArrivalMs = Math.max(point.lastArrivalMs, turn.receivedAtMs);
  point.node = turn.table.node;
  point.silent = false;
  for (const index of point.compiled.noDataRules) {
    if (point.rules[index]?.rank === 0) continue;
    advance(turn, point, index, heardFrom(turn));
    turn.table.queue.earlier(point);
  }
}

/** A value of a metric whose own silence is watched: that is over. */
function hear(turn: Turn, point: Point, metric: number): void {
  if (point.heardMs !== undefined) {
    point.heardMs[metric] = Math.max(point.heardMs[metric] ?? Number.NEGATIVE_INFINITY, turn.receivedAtMs);
  }
  for (const index of point.compiled.metricNoDataRules) {
    if (point.compiled.rules[index]?.metric !== metric || point.rules[index]?.rank === 0) continue;
    advance(turn, point, index, heardFrom(turn));
    turn.table.queue.earlier(point);
  }
}

function heardFrom({ receivedAtMs }: Turn): Input {
  return { type: 'flag', isOn: false, value: null, atMs: receivedAtMs, receivedAtMs, reason: null };
}

/** Notes which metrics came; with the first fresh value of another period, those that have stopped are told. */
function keepPace(turn: Turn, point: Point): void {
  const { paces, fresh } = turn.table;
  const { periodMs, pacedMetrics } = point.compiled;
  const period = Math.floor(turn.receivedAtMs / periodMs);
  if (period !== point.period) {
    if (point.period >= 0) {
      for (const metric of pacedMetrics) {
        // One that is there again in this very message has not stopped.
        if (paces.close(seriesOf(point, metric)) && fresh.placeOf(metric) < 0) {
          stop(turn, point, metric);
        }
      }
    }
    point.period = period;
  }
  for (let i = 0; i < fresh.count; i++) paces.came(fresh.series[i] as number);
}

/** The good values of a metric have stopped while others go on: as if the sensor said itself that it has none. */
function stop(turn: Turn, point: Point, metric: number): void {
  const { receivedAtMs } = turn;
  const sample = point.samples[metric] as Sample;
  if (sample === NEVER_SAMPLED || (sample.marks & BAD) !== 0) return;
  sample.marks |= BAD;
  for (const [index, rule] of point.compiled.rules.entries()) {
    if (rule.metric !== metric) continue;
    if (rule.kind === 'levels' || rule.kind === 'stuck') blind(turn, point, index, receivedAtMs);
    if (rule.kind !== 'range') continue;
    const input = { type: 'flag', isOn: true, value: null, atMs: receivedAtMs, receivedAtMs, reason: null } as const;
    advance(turn, point, index, input);
  }
  turn.table.queue.earlier(point);
}

/** The rules that look at the fresh samples run, each once, whatever the number of metrics that changed. */
function takeFresh(turn: Turn, point: Point, samples: readonly SeriesSample[], tsMs: number): void {
  const { fresh } = turn.table;
  const { rules, byMetric } = point.compiled;
  let hasMoved = false;
  const looking = fresh.count === 1 ? byMetric[fresh.metrics[0] ?? -1] : undefined;
  const count = looking?.length ?? rules.length;
  for (let i = 0; i < count; i++) {
    const index = looking === undefined ? i : (looking[i] as number);
    if (looking === undefined && !fresh.isLookedAt(byMetric, index)) continue;
    const rule = rules[index] as CompiledRule;
    if (rule.kind === 'vote') continue;
    const own = point.samples[rule.metric] ?? NEVER_SAMPLED;
    if (own.tsMs !== tsMs) continue;
    const isBad = (own.marks & BAD) !== 0;
    if (rule.kind === 'range' && !isBad && point.rules[index]?.alert === null) continue;
    if (rule.kind === 'levels' && !isBad && isQuiet(rule, point.rules[index] as RuleState, point)) continue;
    const place = fresh.placeOf(rule.metric);
    const isGap = place >= 0 && fresh.gaps[place] === true;
    advance(turn, point, index, inputFor(rule, own, samples, isBad, place >= 0, isGap, turn.receivedAtMs));
    hasMoved = true;
  }
  if (hasMoved) turn.table.queue.earlier(point);
}

function takeLate(turn: Turn, point: Point, late: readonly SeriesSample[], samples: readonly SeriesSample[]): void {
  const { out, receivedAtMs } = turn;
  turn.toldAt ??= new Map();
  const { toldAt } = turn;
  const nearMs = RETRO_NEAR_REPORTS * point.compiled.reportEveryMs;
  for (const index of point.compiled.levelRules) {
    const own = late[point.compiled.rules[index]?.metric ?? -1];
    if (own === undefined || own === NEVER_SAMPLED || (own.marks & BAD) !== 0) continue;
    const key = `${index} ${point.id}`;
    const told = toldAt.get(key);
    const isTold = told !== undefined;
    const before = out.length;
    advance(turn, point, index, { type: 'late', tsMs: own.tsMs, receivedAtMs, samples, nearMs, isTold });
    const next = out[before];
    if (next === undefined) continue;
    const present = out[told ?? before];
    if (told === undefined) toldAt.set(key, before);
    else if (present !== undefined && isWorse(next, present)) out[told] = next;
    out.length = told === undefined ? before + 1 : before;
  }
}

/** Of two late breaches the one at the more severe level, or further beyond its limit. */
function isWorse(a: EvaluatedTransition, b: EvaluatedTransition): boolean {
  const [rankA, rankB] = [rankOf(a.level), rankOf(b.level)];
  return rankA !== rankB ? rankA > rankB : beyond(a) > beyond(b);
}

function beyond({ value, limit }: EvaluatedTransition): number {
  return typeof value === 'number' && typeof limit === 'number' ? Math.abs(value - limit) : 0;
}
