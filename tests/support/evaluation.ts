import { createEvaluator, type Evaluator } from '../../src/evaluate/evaluator.ts';
import type { EvaluatedTransition } from '../../src/evaluate/transition.ts';
import type { PointDefinition } from '../../src/model/definition.ts';
import type { Reading, Value } from '../../src/model/reading.ts';
import { metricSchema } from '../../src/model/site.ts';
import { thresholdDocumentSchema } from '../../src/model/threshold.ts';

/** 2023-11-14 22:13:20 UTC. */
export const T0 = 1_700_000_000_000;

export interface PointOptions {
  readonly point?: string;
  readonly id?: number;
  readonly revision?: number;
  /** Series of the first metric; the others follow. */
  readonly series?: number;
  readonly reportEveryMs?: number;
  /** What a profile says of each metric, such as `{ v: { unit: 'cm' } }`. */
  readonly metrics?: Readonly<Record<string, unknown>>;
  /** false switches off the no-data rule, which most tests have no use for. */
  readonly noData?: false | undefined;
}

/** A point's definition as the registry makes it, from rules as they stand in a file. */
export function pointWith(rules: Readonly<Record<string, unknown>>, options: PointOptions = {}): PointDefinition {
  const { point = 'p', id = 1, revision = 1, series = 1, reportEveryMs = 60_000 } = options;
  const metrics = Object.entries(options.metrics ?? { v: {} });
  const noData = 'noData' in options ? options.noData : false;
  return {
    id,
    point,
    area: 'a',
    family: 'other',
    device: `device-of-${point}`,
    reportEveryMs,
    metrics: Object.fromEntries(
      metrics.map(([name, metric], i) => [name, { ...metricSchema.parse(metric), series: series + i }]),
    ),
    revision,
    document: thresholdDocumentSchema.parse({ rules, ...(noData === undefined ? {} : { noData }) }),
  };
}

/** What happens to an evaluator, at arrival time `at`. */
export type Entry =
  | { readonly do: 'message'; readonly at: number; readonly readings: readonly Reading[] }
  | { readonly do: 'tick'; readonly at: number }
  | { readonly do: 'start'; readonly at: number }
  | { readonly do: 'define'; readonly at: number; readonly definition: PointDefinition }
  | { readonly do: 'retire'; readonly at: number; readonly point: string }
  | { readonly do: 'reset'; readonly at: number; readonly point: string; readonly rule: string };

export function apply(evaluator: Evaluator, entry: Entry, position: number): EvaluatedTransition[] {
  switch (entry.do) {
    case 'message':
      return evaluator.message(entry.readings, entry.at, position);
    case 'tick':
      return evaluator.tick(entry.at, position);
    case 'start':
      return evaluator.start(entry.at, position);
    case 'define':
      return evaluator.define(entry.definition, position, entry.at);
    case 'retire':
      return evaluator.retire(entry.point, position, entry.at);
    case 'reset':
      evaluator.reset(entry.point, entry.rule, entry.at, position);
      return [];
  }
}

/** All transitions of entries at positions 1, 2, … */
export function evaluate(entries: readonly Entry[]): EvaluatedTransition[] {
  const evaluator = createEvaluator();
  return entries.flatMap((entry, i) => apply(evaluator, entry, i + 1));
}

export function reading(series: number, tsMs: number, value: Value, marks = 0): Reading {
  return { series, tsMs, value, marks };
}

/** One point under test. Times are seconds after T0; each call takes the next journal position. */
export function bench(definition: PointDefinition) {
  const evaluator = createEvaluator();
  let position = 0;
  const log: EvaluatedTransition[] = [];
  const note = (transitions: EvaluatedTransition[]) => {
    log.push(...transitions);
    return transitions.map(line);
  };
  const names = Object.keys(definition.metrics);
  let current = definition;
  note(evaluator.define(definition, ++position, T0));
  return {
    evaluator,
    log,
    /** Samples of the first metric (or `{metric: value}`) at a time, arriving then or at `arrivedS`. */
    at(seconds: number, value: Value | Readonly<Record<string, Value>>, arrivedS = seconds, marks = 0): string[] {
      const values = typeof value === 'object' && value !== null ? value : { [names[0] ?? '']: value };
      const readings = Object.entries(values).map(([name, v]) =>
        reading(current.metrics[name]?.series ?? 0, T0 + seconds * 1_000, v, marks),
      );
      return note(evaluator.message(readings, T0 + arrivedS * 1_000, ++position));
    },
    /** A message of several samples of the first metric. */
    batch(samples: readonly (readonly [seconds: number, value: Value])[], arrivedS: number): string[] {
      const series = current.metrics[names[0] ?? '']?.series ?? 0;
      const readings = samples.map(([seconds, value]) => reading(series, T0 + seconds * 1_000, value));
      return note(evaluator.message(readings, T0 + arrivedS * 1_000, ++position));
    },
    tick: (seconds: number) => note(evaluator.tick(T0 + seconds * 1_000, ++position)),
    start: (seconds: number) => note(evaluator.start(T0 + seconds * 1_000, ++position)),
    reset: (seconds: number, rule: string) => evaluator.reset(definition.point, rule, T0 + seconds * 1_000, ++position),
    edit(seconds: number, next: PointDefinition): string[] {
      current = { ...next, revision: current.revision + 1 };
      return note(evaluator.define(current, ++position, T0 + seconds * 1_000));
    },
    retire: (seconds: number) => note(evaluator.retire(definition.point, ++position, T0 + seconds * 1_000)),
    level: (rule: string) => evaluator.rule(definition.point, rule)?.level ?? null,
  };
}

/** A transition as `rule: type level @seconds`, with its reason if it has one. */
export function line({ rule, type, level, atMs, reason, unverified }: EvaluatedTransition): string {
  const why = reason === null ? '' : ` (${reason})`;
  const how = unverified && type !== 'unverified' ? ' unverified' : '';
  return `${rule}: ${type} ${level} @${(atMs - T0) / 1_000}${how}${why}`;
}
