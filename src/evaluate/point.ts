import type { PointDefinition } from '../model/definition.ts';
import { msOf, ordinalOf, timeOf } from '../model/instant.ts';
import type { Marks, Value } from '../model/reading.ts';
import { INSTANT_VALUES_MAX } from '../model/sequence.ts';
import type { CompiledPoint } from './compiled.ts';
import type { SeriesSample } from './criterion.ts';
import type { Deadlined } from './deadlines.ts';
import { settleState } from './machine.ts';
import type { PaceJson, Paces } from './pace.ts';
import { QUIET, type RuleState, stateFromJson, stateToJson } from './state.ts';

/**
 * The newest sample of a metric, changed in place: one object for each series, not one for each reading. Numbers have a
 * field that never holds anything else, because only then does a new one take the place of the old; otherwise each
 * reading leaves an object behind that outlives many collections before it is garbage.
 */
export class Sample implements SeriesSample {
  /** The millisecond it is of; rules go by it. */
  tsMs: number;
  /** Which of the samples of that millisecond it is (instant.ts). */
  ordinal: number;
  marks: Marks;
  /** The values that the metric had in the same millisecond before, oldest first. */
  earlier: Value[] | null;
  #number = Number.NaN;
  /** The value when it is none of the numbers; undefined while it is one. */
  #other: Exclude<Value, number> | undefined;

  constructor(timeMs: number, value: Value, marks: Marks, earlier: readonly Value[] = []) {
    this.tsMs = msOf(timeMs);
    this.ordinal = ordinalOf(timeMs);
    this.marks = marks;
    this.earlier = earlier.length === 0 ? null : [...earlier];
    this.#setValue(value);
  }

  get value(): Value {
    return this.#other === undefined ? this.#number : this.#other;
  }

  /** A sample of a later millisecond. */
  set(tsMs: number, ordinal: number, value: Value, marks: Marks): void {
    if (this.earlier !== null) this.earlier = null;
    this.tsMs = tsMs;
    this.ordinal = ordinal;
    this.marks = marks;
    this.#setValue(value);
  }

  /** Another sample of the same millisecond. */
  follow(ordinal: number, value: Value, marks: Marks): void {
    this.#keepEarlier();
    this.ordinal = ordinal;
    this.marks = marks;
    this.#setValue(value);
  }

  /** Its time with the fraction that tells it from others of its millisecond. */
  timeMs(): number {
    return timeOf(this.tsMs, this.ordinal);
  }

  #keepEarlier(): void {
    this.earlier ??= [];
    this.earlier.push(this.value);
    if (this.earlier.length >= INSTANT_VALUES_MAX) this.earlier.shift();
  }

  #setValue(value: Value): void {
    if (typeof value === 'number') this.#number = value;
    this.#other = typeof value === 'number' ? undefined : value;
  }
}

/** Everything evaluation remembers of one point. Changed in place by the evaluator, which owns it. */
export interface Point extends Deadlined {
  definition: PointDefinition;
  compiled: CompiledPoint;
  /** The numbers of its metrics' series, by index; empty where no pace is watched. */
  series: readonly number[];
  /** The newest sample of each metric, by index; its `tsMs` is -Infinity while there was none. */
  samples: Sample[];
  /** The state of each rule, by index. */
  rules: RuleState[];
  /**
   * Arrival of the last message that touched the point; -Infinity when there was none. A number at all times, so that a
   * new one takes the place of the old without garbage.
   */
  lastArrivalMs: number;
  /** The server that the last message came through; empty where there is one alone, and where none came. */
  node: string;
  /** Arrival of the last value of each metric, by index; only where a rule watches the silence of one. */
  heardMs: number[] | undefined;
  /** Number of the period in which the last fresh value came; -1 when none has. The pace of metrics is counted in them. */
  period: number;
  /** When the point was commissioned or the server last started: silence is judged from here on at the earliest. */
  watchedFromMs: number;
  /** Silent for longer than its interval: what is open is unverified. */
  silent: boolean;
  /** When an operator's reset took away a vote that has not been counted again yet; Infinity when none did. */
  recountMs: number;
  /** Entries up to this journal position are in the restored state already. */
  skipTo: number;
  /** The position that changed it first since its state was last taken; 0 when none did. */
  dirtyFrom: number;
}

export const NEVER_SAMPLED = new Sample(Number.NEGATIVE_INFINITY, null, 0);

export function silenceFromMs(point: Point): number {
  return Math.max(point.lastArrivalMs, point.watchedFromMs);
}

/** From when on the silence of one metric counts. */
export function metricSilenceFromMs({ heardMs, watchedFromMs }: Point, metric: number): number {
  return Math.max(heardMs?.[metric] ?? Number.NEGATIVE_INFINITY, watchedFromMs);
}

/** Whether at `nowMs` the newest samples are too old to be taken for what is. */
export function isStale({ silent, lastArrivalMs, compiled }: Point, nowMs: number): boolean {
  return silent || nowMs - lastArrivalMs >= compiled.silenceMs;
}

/** The earliest arrival time at which something is to happen to the point without a message. */
export function deadlineOf(point: Point): number {
  const { compiled, rules } = point;
  const fromMs = silenceFromMs(point);
  let earliestMs = point.recountMs;
  for (const index of compiled.noDataRules) {
    const rule = compiled.rules[index];
    if (rule !== undefined && rules[index]?.rank === 0) earliestMs = Math.min(earliestMs, fromMs + rule.afterMs);
  }
  for (const index of compiled.metricNoDataRules) {
    const rule = compiled.rules[index];
    if (rule === undefined || rules[index]?.rank !== 0) continue;
    earliestMs = Math.min(earliestMs, metricSilenceFromMs(point, rule.metric) + rule.afterMs);
  }
  let isUnderWay = false;
  for (const state of rules) {
    if (state.wallMs < earliestMs) earliestMs = state.wallMs;
    isUnderWay ||= state.busy;
  }
  // Silence matters to the alerts only when there is one.
  if (isUnderWay && !point.silent) earliestMs = Math.min(earliestMs, fromMs + compiled.silenceMs);
  return earliestMs;
}

type SampleJson = readonly [timeMs: number, value: Value, marks: number, earlier?: readonly Value[]];

interface PointJson {
  /** The newest sample of each metric that has one. */
  readonly s?: Readonly<Record<string, SampleJson>>;
  /** The state of each rule that is not quiet. */
  readonly r?: Readonly<Record<string, unknown>>;
  /** Arrivals of metrics whose silence is watched. */
  readonly h?: Readonly<Record<string, number>>;
  /** The period, and the pace of each metric that is known. */
  readonly p?: readonly [period: number, paces: Readonly<Record<string, PaceJson>>];
  readonly a: number | null;
  /** The server that it came through, of several. */
  readonly n?: string;
  readonly w: number;
  readonly q?: 1;
  readonly v?: number;
}

/** What of a point is kept in a checkpoint. */
export type KeptPoint = Pick<
  Point,
  'samples' | 'rules' | 'lastArrivalMs' | 'node' | 'heardMs' | 'period' | 'watchedFromMs' | 'silent' | 'recountMs'
>;

/** What a point remembers of arrivals of single metrics when nothing has come. */
export function unheard({ metrics, metricNoDataRules }: CompiledPoint): number[] | undefined {
  return metricNoDataRules.length === 0 ? undefined : metrics.map(() => Number.NEGATIVE_INFINITY);
}

/** A point's state as text, by the names of metrics and rules, so that a later program that knows more rules can read it. */
export function pointToText(point: Point, paces: Paces): string {
  const { compiled, samples, rules, heardMs, period } = point;
  const s: Record<string, SampleJson> = {};
  const r: Record<string, unknown> = {};
  compiled.metrics.forEach((name, metric) => {
    const sample = samples[metric];
    if (sample === undefined || sample === NEVER_SAMPLED) return;
    const { value, marks, earlier } = sample;
    s[name] = earlier === null ? [sample.timeMs(), value, marks] : [sample.timeMs(), value, marks, earlier];
  });
  compiled.rules.forEach(({ id, windows }, index) => {
    const state = rules[index];
    if (state !== undefined && state !== QUIET) r[id] = stateToJson(state, windows);
  });
  const h: Record<string, number> = {};
  heardMs?.forEach((atMs, metric) => {
    const name = compiled.metrics[metric];
    if (name !== undefined && atMs !== Number.NEGATIVE_INFINITY) h[name] = atMs;
  });
  const p: Record<string, PaceJson> = {};
  for (const metric of compiled.pacedMetrics) {
    const name = compiled.metrics[metric] ?? '';
    const pace = paces.toJson(point.definition.metrics[name]?.series ?? 0);
    if (pace !== undefined) p[name] = pace;
  }
  const json: PointJson = {
    ...(Object.keys(s).length === 0 ? {} : { s }),
    ...(Object.keys(r).length === 0 ? {} : { r }),
    ...(Object.keys(h).length === 0 ? {} : { h }),
    ...(period < 0 || compiled.pacedMetrics.length === 0 ? {} : { p: [period, p] as const }),
    a: point.lastArrivalMs === Number.NEGATIVE_INFINITY ? null : point.lastArrivalMs,
    ...(point.node === '' ? {} : { n: point.node }),
    w: point.watchedFromMs,
    ...(point.silent ? { q: 1 as const } : {}),
    ...(point.recountMs === Number.POSITIVE_INFINITY ? {} : { v: point.recountMs }),
  };
  return JSON.stringify(json);
}

export function pointFromText(
  text: string,
  compiled: CompiledPoint,
  { metrics }: PointDefinition,
  paces: Paces,
): KeptPoint {
  const { s, r, h, p, a, n, w, q, v } = JSON.parse(text) as PointJson;
  for (const [name, pace] of Object.entries(p?.[1] ?? {})) {
    const series = metrics[name]?.series;
    if (series !== undefined) paces.restore(series, pace);
  }
  const heardMs = unheard(compiled);
  return {
    heardMs: heardMs && compiled.metrics.map((name) => h?.[name] ?? Number.NEGATIVE_INFINITY),
    period: p?.[0] ?? -1,
    samples: compiled.metrics.map((name) => {
      const sample = s?.[name];
      return sample === undefined ? NEVER_SAMPLED : new Sample(...sample);
    }),
    rules: compiled.rules.map((rule) => {
      const state = r?.[rule.id];
      return state === undefined ? QUIET : settleState(rule, stateFromJson(state, rule.windows));
    }),
    lastArrivalMs: a ?? Number.NEGATIVE_INFINITY,
    node: n ?? '',
    watchedFromMs: w,
    silent: q === 1,
    recountMs: v ?? Number.POSITIVE_INFINITY,
  };
}
