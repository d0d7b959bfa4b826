import type { PointDefinition } from '../model/definition.ts';
import type { CompiledPoint } from './compiled.ts';
import type { SeriesSample } from './criterion.ts';
import type { Deadlined } from './deadlines.ts';
import { QUIET, type RuleState, stateFromJson, stateToJson } from './state.ts';

/** Everything evaluation remembers of one point. Changed in place by the evaluator, which owns it. */
export interface Point extends Deadlined {
  definition: PointDefinition;
  compiled: CompiledPoint;
  /** The newest sample of each metric, by index; its `tsMs` is -Infinity while there was none. */
  samples: SeriesSample[];
  /** The state of each rule, by index. */
  rules: RuleState[];
  /** Arrival of the last message that touched the point; null when there was none. */
  lastArrivalMs: number | null;
  /** When the point was commissioned or the server last started: silence is judged from here on at the earliest. */
  watchedFromMs: number;
  /** Silent for longer than its interval: what is open is unverified. */
  silent: boolean;
  /** Entries up to this journal position are in the restored state already. */
  skipTo: number;
}

export const NEVER_SAMPLED: SeriesSample = { tsMs: Number.NEGATIVE_INFINITY, value: null, marks: 0 };

export function silenceFromMs(point: Point): number {
  return Math.max(point.lastArrivalMs ?? point.watchedFromMs, point.watchedFromMs);
}

/** The earliest arrival time at which something is to happen to the point without a message. */
export function deadlineOf(point: Point): number {
  const { compiled, rules } = point;
  const fromMs = silenceFromMs(point);
  let earliestMs = Number.POSITIVE_INFINITY;
  for (const index of compiled.noDataRules) {
    const rule = compiled.rules[index];
    if (rule !== undefined && rules[index]?.alert === null) earliestMs = Math.min(earliestMs, fromMs + rule.afterMs);
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

type SampleJson = [tsMs: number, value: SeriesSample['value'], marks: number] | 0;

interface PointJson {
  readonly s: readonly SampleJson[];
  readonly r: readonly unknown[] | 0;
  readonly a: number | null;
  readonly w: number;
  readonly q?: 1;
}

/** A point's state as text. Samples and rules stand in the order of the definition it belongs to. */
export function pointToText(point: Point): string {
  const json: PointJson = {
    s: point.samples.map((sample) => (sample === NEVER_SAMPLED ? 0 : [sample.tsMs, sample.value, sample.marks])),
    r: point.rules.every((state) => state === QUIET) ? 0 : point.rules.map(stateToJson),
    a: point.lastArrivalMs,
    w: point.watchedFromMs,
    ...(point.silent ? { q: 1 as const } : {}),
  };
  return JSON.stringify(json);
}

export function pointFromText(
  text: string,
  compiled: CompiledPoint,
): Pick<Point, 'samples' | 'rules' | 'lastArrivalMs' | 'watchedFromMs' | 'silent'> {
  const json = JSON.parse(text) as PointJson;
  const { r } = json;
  return {
    samples: json.s.map((sample) =>
      sample === 0 ? NEVER_SAMPLED : { tsMs: sample[0], value: sample[1], marks: sample[2] },
    ),
    rules: compiled.rules.map((_, index) => (r === 0 ? QUIET : stateFromJson(r[index] ?? 0))),
    lastArrivalMs: json.a,
    watchedFromMs: json.w,
    silent: json.q === 1,
  };
}
