import { BAD, type Marks, type Reading } from '../model/reading.ts';
import type { CompiledRule, RangeOverride } from './compiled.ts';
import type { SeriesSample } from './criterion.ts';
import { isStale, NEVER_SAMPLED, type Point } from './point.ts';
import type { Input } from './step.ts';

/** What a rule is given to look at. */

/** The current samples, unless they are too old or the rule's metric is bad or missing. */
export function trusted(point: Point, rule: CompiledRule, nowMs: number): readonly SeriesSample[] | undefined {
  const own = point.samples[rule.metric];
  const isKnown = own !== undefined && own !== NEVER_SAMPLED && (own.marks & BAD) === 0;
  const isGood = isKnown && !isSilenced(point, rule.metric);
  return isGood && !isStale(point, nowMs) ? point.samples : undefined;
}

/** Whether a rule of its own says that the metric is silent. */
export function isSilenced({ compiled, rules }: Point, metric: number): boolean {
  return compiled.metricNoDataRules.some(
    (index) => compiled.rules[index]?.metric === metric && (rules[index]?.rank ?? 0) > 0,
  );
}

export function marksOf({ value, marks }: Pick<Reading, 'value' | 'marks'>, range: RangeOverride | undefined): Marks {
  if (range === undefined || typeof value !== 'number') return marks;
  const isBad = value < range.low || value > range.high || range.sentinels.includes(value);
  return isBad ? marks | BAD : marks & ~BAD;
}

export function inputFor(
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
