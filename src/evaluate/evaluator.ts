import type { PointDefinition } from '../model/definition.ts';
import { msOf, ordinalOf } from '../model/instant.ts';
import { type Level, levelOf, rankOf } from '../model/level.ts';
import { BAD, type Marks, type Reading, type Value } from '../model/reading.ts';
import type { NewestInstant } from '../model/sequence.ts';
import type { Metric } from '../model/site.ts';
import type { StandingAlert } from '../model/standing-alert.ts';
import type { CompiledPoint, CompiledRule, RangeOverride } from './compiled.ts';
import { createCompiler } from './compiler.ts';
import type { SeriesSample } from './criterion.ts';
import { createDeadlineQueue } from './deadlines.ts';
import { createDirtyList } from './dirty.ts';
import type { RankChange } from './machine.ts';
import { createPaces } from './pace.ts';
import {
  deadlineOf,
  isStale,
  type KeptPoint,
  metricSilenceFromMs,
  NEVER_SAMPLED,
  type Point,
  pointFromText,
  pointToText,
  Sample,
  silenceFromMs,
  unheard,
} from './point.ts';
import { type QuietBands, quietBandsOf } from './quiet.ts';
import { agreeWith } from './standing.ts';
import { QUIET, type RuleState } from './state.ts';
import { type Input, isQuiet, step } from './step.ts';
import type { RuleTransition, Transition } from './transition.ts';

/** The newest value of a metric. */
export interface CurrentValue {
  readonly value: Value;
  readonly tsMs: number;
  readonly marks: Marks;
}

export interface Checkpoint {
  readonly point: string;
  readonly definition: number;
  readonly position: number;
  readonly state: string;
}

/**
 * Evaluation of all points: a fold over the journal, entry by entry in its order. It reads no clock and does no I/O, so
 * the same entries give the same transitions, live, after a crash, and in a backtest.
 *
 * Each call takes the journal position of its entry. A point that has seen that position already (because it was restored
 * from a checkpoint) skips it.
 */
export interface Evaluator {
  /** Puts a definition in force: a new point, or a changed one, whose current value is judged anew at once. */
  define(definition: PointDefinition, position: number, atMs: number): Transition[];
  /** The point is gone; what it had open clears. */
  retire(point: string, position: number, atMs: number): Transition[];
  /** One message: readings of one device, sorted by time. */
  message(readings: readonly Reading[], receivedAtMs: number, position: number): Transition[];
  /** The server began to listen (again): silence is counted anew from here. */
  start(receivedAtMs: number, position: number): Transition[];
  /** Every deadline of arrival time up to `receivedAtMs` takes effect, in the order of their times. */
  tick(receivedAtMs: number, position: number): Transition[];
  /** Lets go of a latched alert, if its condition has passed or can't be verified any more. */
  reset(
    point: string,
    rule: string,
    receivedAtMs: number,
    position: number,
  ): 'reset' | 'still-breaching' | 'not-latched';
  /** The earliest arrival time at which a tick would change something. */
  nextDeadlineMs(): number | undefined;
  /** A time that is not later than that, at no cost: readings put deadlines off all the time. */
  deadlineNotBeforeMs(): number | undefined;

  values(point: string): Readonly<Record<string, CurrentValue>>;
  /** The level a rule stands at, and the worst it has seen since its alert was raised; undefined when it is unknown. */
  rule(
    point: string,
    rule: string,
  ):
    | {
        readonly level: Level | null;
        readonly peak: { readonly value: Value; readonly at: number } | null;
        /** First sample of the breaching stretch under way; null when there is none. */
        readonly breachFromMs: number | null;
      }
    | undefined;
  /** What may be passed over as things stand; undefined while anything of the point is under way. */
  quiet(point: string): QuietBands | undefined;
  /** The last reading of a series among those passed over: as a message, but for the pace, which is known already. */
  pass(reading: Reading, receivedAtMs: number, position: number): void;
  lastArrivalMs(point: string): number | undefined;
  /** The time of the newest sample of a series, ms; undefined when there was none. */
  newestMs(series: number): number | undefined;
  /** The same with the fraction that tells it from others of its millisecond. */
  newestTimeMs(series: number): number | undefined;
  /** What is known of the newest millisecond of a series; undefined when there is none. */
  newestInstant(series: number): NewestInstant | undefined;

  /** The state of points that changed since it was last taken, longest ago first; about `pointsMax` of them. */
  takeDirty(pointsMax: number): Checkpoint[];
  /** The first position whose effects on some point have not been taken yet. */
  dirtyFrom(): number | undefined;
  /**
   * Puts back a state that `takeDirty` gave. `standing`: the point's active alerts and the position before which entries
   * are lost, when some that came after that state are.
   */
  restore(
    definition: PointDefinition,
    state: string,
    position: number,
    standing?: { readonly alerts: readonly StandingAlert[]; readonly position: number },
  ): void;
}

const NONE: Transition[] = [];
const NO_SERIES: readonly number[] = [];
const NO_POINTS: ReadonlySet<Point> = new Set();

export function createEvaluator(): Evaluator {
  const points = new Map<string, Point>();
  /** Where the readings of a series go, by the number of the series: the point, and the metric's index there. */
  const pointOf: (Point | undefined)[] = [];
  const metricOf: number[] = [];
  const queue = createDeadlineQueue<Point>(deadlineOf);
  /** Points whose state has changed since it was last taken, in the order of the positions that changed them first. */
  const dirty = createDirtyList();
  /** For each point the zones whose votes it counts in. */
  const zonesOf = new Map<string, Set<string>>();
  /** Points that were connected by a vote since their state was last taken. */
  const formerTies = new Map<string, Set<string>>();
  /** The new samples of one instant of one point: their metrics, and whether each follows a gap. Used again and again. */
  const fresh: number[] = [];
  let freshCount = 0;
  const freshSeries: number[] = [];
  const gaps: boolean[] = [];
  /** Where in the present message's transitions the retrospective entry of a rule stands: there is one for each rule. */
  const toldAt = new Map<string, number>();
  const compiler = createCompiler();
  const paces = createPaces();
  /** Whether readings are handed over that were passed over, and whose pace is known already. */
  let isPassing = false;
  let seen = 0;

  function touch(point: Point, position: number): void {
    if (point.dirtyFrom === 0) dirty.add(point, position);
  }

  function emit(out: Transition[], point: Point, transitions: readonly RuleTransition[], position: number): void {
    const { point: id, revision } = point.definition;
    for (const transition of transitions) out.push({ ...transition, point: id, revision, position });
  }

  /** One step of one rule of a point, and of the zones that count its level. */
  function advance(out: Transition[], point: Point, index: number, input: Input, position: number): void {
    const rule = point.compiled.rules[index];
    const state = point.rules[index];
    if (rule === undefined || state === undefined) return;
    const stepped = step(rule, state, input);
    if (stepped.state !== state) point.rules[index] = stepped.state;
    if (stepped.transitions.length > 0) emit(out, point, stepped.transitions, position);
    if (stepped.ranks !== undefined && rule.kind === 'levels' && zonesOf.size > 0) {
      const receivedAtMs = input.type === 'deadline' ? input.wallMs : 'receivedAtMs' in input ? input.receivedAtMs : 0;
      for (const change of stepped.ranks) countVotes(out, point, { index, ...change }, receivedAtMs, position);
    }
  }

  // --- messages

  function message(readings: readonly Reading[], receivedAtMs: number, position: number): Transition[] {
    seen = Math.max(seen, position);
    const [only] = readings;
    if (only === undefined) return NONE;
    const out: Transition[] = [];
    if (toldAt.size > 0) toldAt.clear();
    // All metrics of one point and one time belong together, because a criterion may look at two of them. Several values
    // of one metric and millisecond differ in the fraction of their times, and are taken one after the other.
    for (let start = 0; start < readings.length; ) {
      const tsMs = readings[start]?.tsMs;
      let end = start + 1;
      while (end < readings.length && readings[end]?.tsMs === tsMs) end++;
      takeInstant(out, readings, start, end, receivedAtMs, position);
      start = end;
    }
    return out;
  }

  /** Readings of one time, from `start` to `end` of the message: nearly always of one point. */
  function takeInstant(
    out: Transition[],
    readings: readonly Reading[],
    start: number,
    end: number,
    receivedAtMs: number,
    position: number,
  ): void {
    let others: Set<Point> | undefined;
    let first: Point | undefined;
    for (let i = start; i < end; i++) {
      const point = pointOf[(readings[i] as Reading).series];
      if (first === undefined) first = point;
      else if (point !== undefined && point !== first) others = (others ?? new Set()).add(point);
    }
    if (first === undefined) return;
    takeGroup(out, first, readings, start, end, receivedAtMs, position);
    for (const point of others ?? NO_POINTS) takeGroup(out, point, readings, start, end, receivedAtMs, position);
  }

  /** What a point has of the readings from `start` to `end`, all of one time. */
  function takeGroup(
    out: Transition[],
    point: Point,
    readings: readonly Reading[],
    start: number,
    end: number,
    receivedAtMs: number,
    position: number,
  ): void {
    if (position <= point.skipTo) return;
    touch(point, position);
    arrive(out, point, receivedAtMs, position);
    freshCount = 0;
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
      if (point.heardMs !== undefined) hear(out, point, metric, receivedAtMs, position);
      const newest = point.samples[metric] ?? NEVER_SAMPLED;
      if (tsMs < newest.tsMs) {
        lateSamples ??= point.samples.map(() => NEVER_SAMPLED);
        lateSamples[metric] = { tsMs, value: reading.value, marks };
        continue;
      }
      // One of the readings that were taken of this millisecond already.
      if (tsMs === newest.tsMs && ordinal <= newest.ordinal) continue;
      fresh[freshCount] = metric;
      freshSeries[freshCount] = reading.series;
      gaps[freshCount] = tsMs - newest.tsMs > point.compiled.silenceMs;
      freshCount++;
      if (newest === NEVER_SAMPLED) point.samples[metric] = new Sample(reading.tsMs, reading.value, marks);
      else if (tsMs === newest.tsMs) newest.follow(ordinal, reading.value, marks);
      else newest.set(tsMs, ordinal, reading.value, marks);
    }
    let samples: readonly SeriesSample[] = point.samples;
    if (lateSamples !== undefined) {
      // A metric may be late where another of the same time is not; a criterion over both still sees both.
      samples = lateSamples.map((late, metric) => (late === NEVER_SAMPLED ? (point.samples[metric] ?? late) : late));
      takeLate(out, point, lateSamples, samples, receivedAtMs, position);
    }
    if (freshCount === 0) return;
    if (point.compiled.pacedMetrics.length > 0 && !isPassing) keepPace(out, point, receivedAtMs, position);
    takeFresh(out, point, samples, tsMs, receivedAtMs, position);
  }

  /** Something came from the point: it is not silent. */
  function arrive(out: Transition[], point: Point, receivedAtMs: number, position: number): void {
    point.lastArrivalMs = receivedAtMs;
    point.silent = false;
    for (const index of point.compiled.noDataRules) {
      if (point.rules[index]?.rank === 0) continue;
      const input: Input = { type: 'flag', isOn: false, value: null, atMs: receivedAtMs, receivedAtMs, reason: null };
      advance(out, point, index, input, position);
      queue.earlier(point);
    }
  }

  /** A value of a metric whose own silence is watched: that is over. */
  function hear(out: Transition[], point: Point, metric: number, receivedAtMs: number, position: number): void {
    if (point.heardMs !== undefined) point.heardMs[metric] = receivedAtMs;
    for (const index of point.compiled.metricNoDataRules) {
      if (point.compiled.rules[index]?.metric !== metric || point.rules[index]?.rank === 0) continue;
      const input: Input = { type: 'flag', isOn: false, value: null, atMs: receivedAtMs, receivedAtMs, reason: null };
      advance(out, point, index, input, position);
      queue.earlier(point);
    }
  }

  /** Notes which metrics came; with the first fresh value of another period, those that have stopped are told. */
  function keepPace(out: Transition[], point: Point, receivedAtMs: number, position: number): void {
    const { periodMs, pacedMetrics } = point.compiled;
    const period = Math.floor(receivedAtMs / periodMs);
    if (period !== point.period) {
      if (point.period >= 0) {
        for (const metric of pacedMetrics) {
          // One that is there again in this very message has not stopped.
          if (paces.close(seriesOf(point, metric)) && freshPlaceOf(metric) < 0) {
            stop(out, point, metric, receivedAtMs, position);
          }
        }
      }
      point.period = period;
    }
    for (let i = 0; i < freshCount; i++) paces.came(freshSeries[i] as number);
  }

  function seriesOf(point: Point, metric: number): number {
    return point.series[metric] as number;
  }

  /** The good values of a metric have stopped while others go on: as if the sensor said itself that it has none. */
  function stop(out: Transition[], point: Point, metric: number, atMs: number, position: number): void {
    const sample = point.samples[metric] as Sample;
    if (sample === NEVER_SAMPLED || (sample.marks & BAD) !== 0) return;
    sample.marks |= BAD;
    for (const [index, rule] of point.compiled.rules.entries()) {
      if (rule.metric !== metric) continue;
      if (rule.kind === 'levels' || rule.kind === 'stuck') blind(out, point, index, atMs, atMs, position);
      if (rule.kind !== 'range') continue;
      const input: Input = { type: 'flag', isOn: true, value: null, atMs, receivedAtMs: atMs, reason: null };
      advance(out, point, index, input, position);
    }
    queue.earlier(point);
  }

  /** The rules that look at the fresh samples run, each once, whatever the number of metrics that changed. */
  function takeFresh(
    out: Transition[],
    point: Point,
    samples: readonly SeriesSample[],
    tsMs: number,
    receivedAtMs: number,
    position: number,
  ): void {
    const { rules, byMetric } = point.compiled;
    let hasMoved = false;
    const looking = freshCount === 1 ? byMetric[fresh[0] ?? -1] : undefined;
    const count = looking?.length ?? rules.length;
    for (let i = 0; i < count; i++) {
      const index = looking === undefined ? i : (looking[i] as number);
      if (looking === undefined && !looksAtFresh(byMetric, index)) continue;
      const rule = rules[index] as CompiledRule;
      if (rule.kind === 'vote') continue;
      const own = point.samples[rule.metric] ?? NEVER_SAMPLED;
      if (own.tsMs !== tsMs) continue;
      const isBad = (own.marks & BAD) !== 0;
      if (rule.kind === 'range' && !isBad && point.rules[index]?.alert === null) continue;
      if (rule.kind === 'levels' && !isBad && isQuiet(rule, point.rules[index] as RuleState, point)) continue;
      const place = freshPlaceOf(rule.metric);
      const isGap = place >= 0 && gaps[place] === true;
      advance(out, point, index, inputFor(rule, own, samples, isBad, place >= 0, isGap, receivedAtMs), position);
      hasMoved = true;
    }
    if (hasMoved) queue.earlier(point);
  }

  /** Where the metric is among the fresh ones; -1 when it is not. */
  function freshPlaceOf(metric: number): number {
    for (let i = 0; i < freshCount; i++) if (fresh[i] === metric) return i;
    return -1;
  }

  function looksAtFresh(byMetric: CompiledPoint['byMetric'], index: number): boolean {
    for (let i = 0; i < freshCount; i++) if (byMetric[fresh[i] ?? -1]?.includes(index)) return true;
    return false;
  }

  function takeLate(
    out: Transition[],
    point: Point,
    late: readonly SeriesSample[],
    samples: readonly SeriesSample[],
    receivedAtMs: number,
    position: number,
  ): void {
    const nearMs = RETRO_NEAR_REPORTS * point.compiled.reportEveryMs;
    for (const index of point.compiled.levelRules) {
      const own = late[point.compiled.rules[index]?.metric ?? -1];
      if (own === undefined || own === NEVER_SAMPLED || (own.marks & BAD) !== 0) continue;
      const key = `${index} ${point.id}`;
      const told = toldAt.get(key);
      const isTold = told !== undefined;
      const before = out.length;
      advance(out, point, index, { type: 'late', tsMs: own.tsMs, receivedAtMs, samples, nearMs, isTold }, position);
      const next = out[before];
      if (next === undefined) continue;
      const present = out[told ?? before];
      if (told === undefined) toldAt.set(key, before);
      else if (present !== undefined && isWorse(next, present)) out[told] = next;
      out.length = told === undefined ? before + 1 : before;
    }
  }

  /** In the order of their ids, which a restart does not change. */
  function zonesThatCount(member: Point): string[] {
    return [...(zonesOf.get(member.id) ?? [])].sort();
  }

  /** A level of a point has changed: the zones it votes in are counted again. */
  function countVotes(
    out: Transition[],
    member: Point,
    change: RankChange & { readonly index: number },
    receivedAtMs: number,
    position: number,
  ): void {
    for (const id of zonesThatCount(member)) {
      const zone = points.get(id);
      if (zone === undefined || position <= zone.skipTo) continue;
      for (const index of zone.compiled.voteRules) {
        if (zone.compiled.rules[index]?.vote?.points.includes(member.id) !== true) continue;
        countVote(out, zone, index, { member, ...change }, change.atMs, receivedAtMs, position);
      }
    }
  }

  /** Counts one vote. `change` stands in place of what its member's rule stands at now. */
  function countVote(
    out: Transition[],
    zone: Point,
    index: number,
    change: { readonly member: Point; readonly index: number; readonly rank: number } | undefined,
    tsMs: number,
    receivedAtMs: number,
    position: number,
  ): void {
    const vote = zone.compiled.rules[index]?.vote;
    if (vote === undefined) return;
    let count = 0;
    for (const id of vote.points) {
      const point = points.get(id);
      if (point === undefined) continue;
      const isVoting = point.compiled.levelRules.some((at) => {
        if (vote.rule !== undefined && point.compiled.rules[at]?.id !== vote.rule) return false;
        const isChanged = change?.member === point && change.index === at;
        return (isChanged ? change.rank : (point.rules[at]?.rank ?? 0)) >= vote.rank;
      });
      if (isVoting) count++;
    }
    touch(zone, position);
    const samples = [{ tsMs, value: count, marks: 0 }];
    advance(out, zone, index, { type: 'sample', tsMs, receivedAtMs, samples, isNew: true, isGap: false }, position);
    queue.earlier(zone);
  }

  /** Counts all votes of a zone, or those of its rules that `isWanted` picks. */
  function recount(
    out: Transition[],
    zone: Point,
    isWanted: (index: number) => boolean,
    atMs: number,
    position: number,
  ): void {
    zone.recountMs = Number.POSITIVE_INFINITY;
    for (const index of zone.compiled.voteRules) {
      if (isWanted(index)) countVote(out, zone, index, undefined, atMs, atMs, position);
    }
  }

  /** The zones that count a point whose levels changed in a way that no step tells of: it is gone, or its rules are. */
  function recountZonesOf(out: Transition[], member: Point, atMs: number, position: number): void {
    for (const id of zonesThatCount(member)) {
      const zone = points.get(id);
      if (zone !== undefined && position > zone.skipTo) {
        recount(
          out,
          zone,
          (index) => zone.compiled.rules[index]?.vote?.points.includes(member.id) === true,
          atMs,
          position,
        );
      }
    }
  }

  // --- time

  function tick(receivedAtMs: number, position: number): Transition[] {
    seen = Math.max(seen, position);
    const out: Transition[] = [];
    const later: Point[] = [];
    for (let point = queue.first(); point !== undefined && point.queuedMs <= receivedAtMs; point = queue.first()) {
      const dueMs = point.queuedMs;
      if (position > point.skipTo) pass(out, point, dueMs, position);
      point.queuedMs = Number.POSITIVE_INFINITY;
      // One that is due again at the same moment waits for the next tick, so that no mistake here can loop for ever.
      if (deadlineOf(point) > dueMs) queue.earlier(point);
      else later.push(point);
    }
    for (const point of later) queue.earlier(point);
    return out;
  }

  /** What falls due at `dueMs` happens to a point. */
  function pass(out: Transition[], point: Point, dueMs: number, position: number): void {
    touch(point, position);
    const { compiled } = point;
    if (point.recountMs <= dueMs) recount(out, point, () => true, dueMs, position);
    const fromMs = silenceFromMs(point);
    let silenced: Set<number> | undefined;
    for (const index of compiled.noDataRules) {
      const atMs = fromMs + (compiled.rules[index]?.afterMs ?? Number.POSITIVE_INFINITY);
      if (point.rules[index]?.rank !== 0 || atMs > dueMs) continue;
      const input: Input = { type: 'flag', isOn: true, value: null, atMs, receivedAtMs: dueMs, reason: null };
      advance(out, point, index, input, position);
    }
    for (const index of compiled.metricNoDataRules) {
      const { metric, afterMs } = compiled.rules[index] as CompiledRule;
      const atMs = metricSilenceFromMs(point, metric) + afterMs;
      if (point.rules[index]?.rank !== 0 || atMs > dueMs) continue;
      const input: Input = { type: 'flag', isOn: true, value: null, atMs, receivedAtMs: dueMs, reason: null };
      advance(out, point, index, input, position);
      silenced = (silenced ?? new Set()).add(metric);
    }
    // On-delays first: an alarm that is due is due, and silence from the same moment only makes it unverified.
    for (const [index, rule] of compiled.rules.entries()) {
      if ((point.rules[index]?.wallMs ?? Number.POSITIVE_INFINITY) > dueMs) continue;
      advance(out, point, index, { type: 'deadline', wallMs: dueMs, samples: trusted(point, rule, dueMs) }, position);
      const hasBadData = ((point.samples[rule.metric]?.marks ?? 0) & BAD) !== 0;
      if (rule.kind === 'levels' && (point.silent || hasBadData || isSilenced(point, rule.metric)))
        blind(out, point, index, dueMs, dueMs, position);
    }
    for (const [index, { kind, metric }] of compiled.rules.entries()) {
      if (silenced?.has(metric) !== true || (kind !== 'levels' && kind !== 'stuck')) continue;
      blind(out, point, index, dueMs, dueMs, position);
    }
    if (!point.silent && fromMs + compiled.silenceMs <= dueMs) {
      point.silent = true;
      for (const [index, { kind }] of compiled.rules.entries()) {
        if (kind === 'levels' || kind === 'stuck') {
          blind(out, point, index, fromMs + compiled.silenceMs, dueMs, position);
        }
      }
    }
  }

  function blind(
    out: Transition[],
    point: Point,
    index: number,
    atMs: number,
    receivedAtMs: number,
    position: number,
  ): void {
    advance(out, point, index, { type: 'blind', atMs, receivedAtMs }, position);
  }

  function start(receivedAtMs: number, position: number): Transition[] {
    seen = Math.max(seen, position);
    const out: Transition[] = [];
    for (const point of points.values()) {
      if (position <= point.skipTo) continue;
      touch(point, position);
      point.watchedFromMs = receivedAtMs;
      // A clock that was set back must not leave an arrival in the future, which would put off the next silence.
      point.lastArrivalMs = Math.min(point.lastArrivalMs, receivedAtMs);
      for (const index of point.compiled.rules.keys()) {
        if (point.rules[index] !== QUIET) advance(out, point, index, { type: 'start', receivedAtMs }, position);
      }
      queue.earlier(point);
    }
    return out;
  }

  // --- points come, change and go

  function define(definition: PointDefinition, position: number, atMs: number): Transition[] {
    seen = Math.max(seen, position);
    const known = points.get(definition.point);
    if (known !== undefined && position <= known.skipTo) return NONE;
    const compiled = compiler.acquire(definition);
    if (known === undefined) {
      const added = put(definition, compiled, {
        samples: compiled.metrics.map(() => NEVER_SAMPLED),
        rules: compiled.rules.map(() => QUIET),
        lastArrivalMs: Number.NEGATIVE_INFINITY,
        heardMs: unheard(compiled),
        period: -1,
        watchedFromMs: atMs,
        silent: false,
        recountMs: Number.POSITIVE_INFINITY,
      });
      touch(added, position);
      link(added);
      queue.earlier(added);
      const out: Transition[] = [];
      recount(out, added, () => true, atMs, position);
      return out;
    }
    return redefine(known, definition, compiled, position, atMs);
  }

  /** What is known of a point is carried over; rules that have changed meet it anew, rules that are gone clear. */
  function redefine(
    point: Point,
    definition: PointDefinition,
    compiled: CompiledPoint,
    position: number,
    atMs: number,
  ): Transition[] {
    const out: Transition[] = [];
    const former = {
      compiled: point.compiled,
      samples: point.samples,
      rules: point.rules,
      heardMs: point.heardMs,
      metrics: point.definition.metrics,
    };
    touch(point, position);
    unlink(point);
    const isSame = (name: string) => former.metrics[name]?.series === definition.metrics[name]?.series;
    const remarked: number[] = [];
    point.samples = compiled.metrics.map((name, metric) => {
      const sample = isSame(name) ? former.samples[former.compiled.metrics.indexOf(name)] : undefined;
      if (sample === undefined || sample === NEVER_SAMPLED) return NEVER_SAMPLED;
      const formerRange = rangeOf(former.compiled.ranges[former.compiled.metrics.indexOf(name)], former.metrics[name]);
      const range = rangeOf(compiled.ranges[metric], definition.metrics[name]);
      if (JSON.stringify(range) === JSON.stringify(formerRange)) return sample;
      const isStopped = paces.isStopped(definition.metrics[name]?.series ?? 0);
      const marks = isStopped ? sample.marks : marksOf(sample, range);
      if (marks === sample.marks) return sample;
      remarked.push(metric);
      return new Sample(sample.timeMs(), sample.value, marks, sample.earlier ?? []);
    });
    point.heardMs = unheard(compiled)?.map((never, metric) => {
      const name = compiled.metrics[metric] ?? '';
      return isSame(name) ? (former.heardMs?.[former.compiled.metrics.indexOf(name)] ?? never) : never;
    });
    const isAsPaced = former.compiled.periodMs === compiled.periodMs;
    for (const metric of former.compiled.pacedMetrics) {
      const name = former.compiled.metrics[metric] ?? '';
      const isPaced = compiled.pacedMetrics.includes(compiled.metrics.indexOf(name));
      if (!isAsPaced || !isSame(name) || !isPaced) paces.forget(seriesOf(point, metric));
    }
    if (!isAsPaced) point.period = -1;
    point.definition = definition;
    point.compiled = compiled;
    link(point);
    const formerIndex = ({ id, kind }: CompiledRule) =>
      former.compiled.rules.findIndex((rule) => rule.id === id && rule.kind === kind);
    point.rules = compiled.rules.map((rule) => former.rules[formerIndex(rule)] ?? QUIET);
    let hasLost = false;
    former.compiled.rules.forEach((rule, index) => {
      if (compiled.rules.some(({ id, kind }) => id === rule.id && kind === rule.kind)) return;
      const state = former.rules[index] ?? QUIET;
      hasLost ||= state.rank > 0;
      const input: Input = { type: 'removed', atMs, receivedAtMs: atMs, reason: 'threshold-changed' };
      emit(out, point, step(rule, state, input).transitions, position);
    });
    compiled.rules.forEach((rule, index) => {
      const before = former.compiled.rules[formerIndex(rule)];
      if (before?.key !== rule.key) {
        const name = rule.metricName ?? '';
        const isComparable =
          before?.metricName === rule.metricName && former.metrics[name]?.unit === definition.metrics[name]?.unit;
        adopt(out, point, rule, index, isComparable ? before : undefined, atMs, position);
      } else if (remarked.includes(rule.metric)) judgeAgain(out, point, rule, index, atMs, position);
    });
    if (hasLost) recountZonesOf(out, point, atMs, position);
    compiler.release(former.compiled);
    queue.earlier(point);
    return out;
  }

  /** A new or changed rule meets what is known of its point. `former` is what it was, if it judged the same metric. */
  function adopt(
    out: Transition[],
    point: Point,
    rule: CompiledRule,
    index: number,
    former: CompiledRule | undefined,
    atMs: number,
    position: number,
  ): void {
    if (rule.kind === 'vote') {
      countVote(out, point, index, undefined, atMs, atMs, position);
    } else if (rule.kind === 'levels' || rule.kind === 'stuck') {
      const samples = trusted(point, rule, atMs);
      advance(out, point, index, { type: 'edited', receivedAtMs: atMs, samples, former }, position);
    } else {
      const own = point.samples[rule.metric] ?? NEVER_SAMPLED;
      const fromMs = rule.metric < 0 ? silenceFromMs(point) : metricSilenceFromMs(point, rule.metric);
      const isOn = rule.kind === 'range' ? (own.marks & BAD) !== 0 : fromMs + rule.afterMs <= atMs;
      const isRead = rule.kind === 'range' && !paces.isStopped(point.series[rule.metric] ?? 0);
      const value = isRead ? own.value : null;
      const input: Input = { type: 'flag', isOn, value, atMs, receivedAtMs: atMs, reason: 'threshold-changed' };
      advance(out, point, index, input, position);
    }
  }

  /** An edit of the range made a bad value good or a good one bad: rules that did not change see it anew. */
  function judgeAgain(
    out: Transition[],
    point: Point,
    rule: CompiledRule,
    index: number,
    atMs: number,
    position: number,
  ): void {
    const own = point.samples[rule.metric] ?? NEVER_SAMPLED;
    const isBad = (own.marks & BAD) !== 0;
    if (rule.kind === 'range') adopt(out, point, rule, index, undefined, atMs, position);
    else if (isBad) blind(out, point, index, atMs, atMs, position);
    else if (!isStale(point, atMs)) {
      advance(out, point, index, inputFor(rule, own, point.samples, false, false, false, atMs), position);
    }
  }

  function retire(id: string, position: number, atMs: number): Transition[] {
    seen = Math.max(seen, position);
    const point = points.get(id);
    if (point === undefined || position <= point.skipTo) return NONE;
    const out: Transition[] = [];
    point.compiled.rules.forEach((_, index) => {
      advance(out, point, index, { type: 'removed', atMs, receivedAtMs: atMs, reason: 'point-removed' }, position);
    });
    for (const metric of point.compiled.pacedMetrics) paces.forget(seriesOf(point, metric));
    unlink(point);
    points.delete(id);
    point.dirtyFrom = 0;
    compiler.release(point.compiled);
    point.rules = [];
    point.compiled = { ...point.compiled, noDataRules: [], metricNoDataRules: [] };
    return out;
  }

  function reset(
    id: string,
    ruleId: string,
    receivedAtMs: number,
    position: number,
  ): 'reset' | 'still-breaching' | 'not-latched' {
    seen = Math.max(seen, position);
    const point = points.get(id);
    const index = point?.compiled.rules.findIndex((rule) => rule.id === ruleId) ?? -1;
    const alert = point?.rules[index]?.alert;
    if (point === undefined || alert === undefined || alert === null) return 'not-latched';
    if (position <= point.skipTo) return 'not-latched';
    if (point.compiled.rules[index]?.latch !== true) return 'not-latched';
    if (!alert.recovered && !alert.unverified) return 'still-breaching';
    touch(point, position);
    const rule = point.compiled.rules[index] as CompiledRule;
    const before = point.rules[index] as RuleState;
    const newestMs = point.samples[rule.metric]?.tsMs ?? Number.NEGATIVE_INFINITY;
    point.rules[index] = step(rule, before, { type: 'reset', newestMs }).state;
    // A reset gives no transitions, so a vote that it takes away is counted at the tick that is due at once.
    if (before.rank > 0) {
      for (const zone of zonesOf.get(id) ?? []) askForRecount(zone, receivedAtMs, position);
    }
    return 'reset';
  }

  function askForRecount(id: string, receivedAtMs: number, position: number): void {
    const zone = points.get(id);
    if (zone === undefined || position <= zone.skipTo) return;
    touch(zone, position);
    zone.recountMs = receivedAtMs;
    queue.earlier(zone);
  }

  function put(definition: PointDefinition, compiled: CompiledPoint, state: KeptPoint): Point {
    const point: Point = {
      id: definition.point,
      queuedMs: Number.POSITIVE_INFINITY,
      definition,
      compiled,
      skipTo: 0,
      dirtyFrom: 0,
      series: NO_SERIES,
      ...state,
    };
    points.set(definition.point, point);
    return point;
  }

  function link(point: Point): void {
    const isPaced = point.compiled.pacedMetrics.length > 0;
    const seriesByIndex = () => point.compiled.metrics.map((name) => point.definition.metrics[name]?.series ?? 0);
    point.series = isPaced ? seriesByIndex() : NO_SERIES;
    point.compiled.metrics.forEach((name, metric) => {
      const series = point.definition.metrics[name]?.series;
      if (series === undefined) return;
      // Filled up without holes, for an array with holes is a hash table.
      for (let next = pointOf.length; next <= series; next++) {
        pointOf.push(undefined);
        metricOf.push(0);
      }
      pointOf[series] = point;
      metricOf[series] = metric;
    });
    for (const member of membersOf(point)) zonesOf.set(member, (zonesOf.get(member) ?? new Set()).add(point.id));
  }

  function unlink(point: Point): void {
    for (const { series } of Object.values(point.definition.metrics)) pointOf[series] = undefined;
    for (const member of membersOf(point)) {
      zonesOf.get(member)?.delete(point.id);
      formerTies.set(member, (formerTies.get(member) ?? new Set()).add(point.id));
      formerTies.set(point.id, (formerTies.get(point.id) ?? new Set()).add(member));
    }
  }

  function newestOf(series: number): Sample | undefined {
    const sample = pointOf[series]?.samples[metricOf[series] ?? -1];
    return sample === NEVER_SAMPLED ? undefined : sample;
  }

  /** The points whose state must be stored together with a point's: votes connect them, or did until lately. */
  function connected(point: Point): Point[] {
    const ids = [...membersOf(point), ...(zonesOf.get(point.id) ?? []), ...(formerTies.get(point.id) ?? [])];
    return ids.map((id) => points.get(id)).filter((other) => other !== undefined);
  }

  return {
    define,
    retire,
    message,
    start,
    tick,
    reset,
    nextDeadlineMs: () => queue.first()?.queuedMs,
    deadlineNotBeforeMs: () => queue.notBeforeMs(),

    values(id) {
      const point = points.get(id);
      const values: Record<string, CurrentValue> = {};
      point?.compiled.metrics.forEach((name, metric) => {
        const sample = point.samples[metric];
        if (sample === undefined || sample === NEVER_SAMPLED) return;
        const { value, tsMs, marks } = sample;
        values[name] = { value, tsMs, marks };
      });
      return values;
    },
    rule(id, ruleId) {
      const point = points.get(id);
      const index = point?.compiled.rules.findIndex((rule) => rule.id === ruleId) ?? -1;
      const state = point?.rules[index];
      if (state === undefined) return undefined;
      const { alert, peak, breach } = state;
      return {
        level: alert === null ? null : levelOf(alert.rank),
        peak: peak === null ? null : { value: peak.value, at: peak.atMs },
        breachFromMs: breach?.fromMs ?? null,
      };
    },
    quiet(id) {
      const point = points.get(id);
      if (point === undefined || zonesOf.size > 0) return undefined;
      const bands = quietBandsOf(point.compiled, point.definition, point.rules);
      const { pacedMetrics, periodMs } = point.compiled;
      if (bands === undefined || pacedMetrics.length === 0) return bands;
      return {
        ...bands,
        begin(atMs) {
          const period = Math.floor(atMs / periodMs);
          if (period === point.period) return true;
          if (point.period >= 0) {
            if (pacedMetrics.some((metric) => paces.wouldStop(seriesOf(point, metric)))) return false;
            for (const metric of pacedMetrics) paces.close(seriesOf(point, metric));
          }
          point.period = period;
          return true;
        },
        came: paces.came,
      };
    },
    pass(reading, receivedAtMs, position) {
      isPassing = true;
      message([reading], receivedAtMs, position);
      isPassing = false;
    },
    newestMs: (series) => newestOf(series)?.tsMs,
    newestTimeMs: (series) => newestOf(series)?.timeMs(),
    newestInstant(series) {
      const sample = newestOf(series);
      return sample && { tsMs: sample.timeMs(), values: [...(sample.earlier ?? []), sample.value] };
    },
    lastArrivalMs(id) {
      const lastMs = points.get(id)?.lastArrivalMs ?? Number.NEGATIVE_INFINITY;
      return lastMs === Number.NEGATIVE_INFINITY ? undefined : lastMs;
    },

    takeDirty(pointsMax) {
      const taken = new Set<Point>();
      for (const point of dirty.points()) {
        if (taken.size >= pointsMax) break;
        const group = [point];
        for (const member of group) {
          if (taken.has(member)) continue;
          taken.add(member);
          if (zonesOf.size > 0) group.push(...connected(member));
        }
      }
      return [...taken].map((point) => {
        point.dirtyFrom = 0;
        formerTies.delete(point.id);
        return { point: point.id, definition: point.definition.id, position: seen, state: pointToText(point, paces) };
      });
    },
    dirtyFrom: dirty.from,
    restore(definition, state, position, standing) {
      const compiled = compiler.acquire(definition);
      const point = put(definition, compiled, pointFromText(state, compiled, definition, paces));
      if (standing !== undefined) {
        const alertOf = (id: string) => standing.alerts.find(({ rule }) => rule === id);
        point.rules = compiled.rules.map((rule, i) => agreeWith(rule, point.rules[i] ?? QUIET, alertOf(rule.id)));
        touch(point, standing.position);
      }
      point.skipTo = position;
      seen = Math.max(seen, position);
      link(point);
      queue.earlier(point);
    },
  };
}

/** Late breaches closer together than this many reports are one. */
const RETRO_NEAR_REPORTS = 3;

function membersOf({ compiled }: Point): string[] {
  return compiled.voteRules.flatMap((index) => compiled.rules[index]?.vote?.points ?? []);
}

/** The current samples, unless they are too old or the rule's metric is bad or missing. */
function trusted(point: Point, rule: CompiledRule, nowMs: number): readonly SeriesSample[] | undefined {
  const own = point.samples[rule.metric];
  const isKnown = own !== undefined && own !== NEVER_SAMPLED && (own.marks & BAD) === 0;
  const isGood = isKnown && !isSilenced(point, rule.metric);
  return isGood && !isStale(point, nowMs) ? point.samples : undefined;
}

/** Whether a rule of its own says that the metric is silent. */
function isSilenced({ compiled, rules }: Point, metric: number): boolean {
  return compiled.metricNoDataRules.some(
    (index) => compiled.rules[index]?.metric === metric && (rules[index]?.rank ?? 0) > 0,
  );
}

function marksOf({ value, marks }: Pick<Reading, 'value' | 'marks'>, range: RangeOverride | undefined): Marks {
  if (range === undefined || typeof value !== 'number') return marks;
  const isBad = value < range.low || value > range.high || range.sentinels.includes(value);
  return isBad ? marks | BAD : marks & ~BAD;
}

/** What makes a value of a metric bad: what the document says, otherwise the profile. */
function rangeOf(override: RangeOverride | undefined, metric: Metric | undefined): RangeOverride {
  const [low, high] = metric?.range ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  return override ?? { low, high, sentinels: metric?.sentinels ?? [] };
}

function inputFor(
  rule: CompiledRule,
  own: SeriesSample,
  samples: readonly SeriesSample[],
  isBad: boolean,
  isNew: boolean,
  isGap: boolean,
  receivedAtMs: number,
): Input {
  const { tsMs, value } = own;
  if (rule.kind === 'range') return { type: 'flag', isOn: isBad, value, atMs: tsMs, receivedAtMs, reason: null };
  if (isBad)
    return rule.kind === 'levels' ? { type: 'bad', tsMs, receivedAtMs } : { type: 'blind', atMs: tsMs, receivedAtMs };
  if (rule.kind === 'stuck') return { type: 'unchanged', tsMs, receivedAtMs, value };
  return { type: 'sample', tsMs, receivedAtMs, samples, isNew, isGap };
}

/** Of two late breaches the one at the more severe level, or further beyond its limit. */
function isWorse(a: Transition, b: Transition): boolean {
  const [rankA, rankB] = [rankOf(a.level), rankOf(b.level)];
  return rankA !== rankB ? rankA > rankB : beyond(a) > beyond(b);
}

function beyond({ value, limit }: Transition): number {
  return typeof value === 'number' && typeof limit === 'number' ? Math.abs(value - limit) : 0;
}
