import { z } from 'zod';
import type { PointDefinition } from './definition.ts';
import { differencesOf } from './difference.ts';
import { durationMs } from './duration.ts';
import { type Level, levelSchema, rankOf } from './level.ts';
import type { Criterion, LevelRule, Levels, Rule, ThresholdDocument } from './threshold.ts';
import { type Conversion, conversionBetween, convert } from './units.ts';

/**
 * Which changes of a document make an orange or red level harder to reach, and so may need a second person's approval:
 * a level or rule that goes, a limit that moves away, a longer delay, a latch that is switched off, silence that is told
 * later, a sensor range that leaves out values which were compared. How an alert is left again (deadband, recover,
 * off-delay) is none of it.
 *
 * What cannot be shown to be as easy to reach as before counts as harder: one approval too many is better than one too
 * few. So a criterion may be rewritten into another form only where this file can follow.
 */

/** The levels that a second person watches over. */
export const WATCHED_LEVELS = ['orange', 'red'] as const satisfies readonly Level[];
type WatchedLevel = (typeof WATCHED_LEVELS)[number];

export const weakeningSchema = z
  .object({
    rule: z.string(),
    level: levelSchema.meta({ description: 'orange or red' }),
    change: z.enum(['removed', 'criterion', 'delay', 'latch', 'range']).meta({
      description:
        'The level is gone; its criterion is harder to meet; it must last longer; it no longer waits for a reset; or ' +
        'values that were compared now count as a fault of the sensor',
    }),
  })
  .meta({ id: 'Weakening', description: 'An orange or red level that a change makes harder to reach' });
export type Weakening = z.infer<typeof weakeningSchema>;

/** What must be known of the point, the same before and after. */
export type WeakenedPoint = Pick<PointDefinition, 'metrics' | 'reportEveryMs'>;

/** The orange and red levels that `after` makes harder to reach than `before`; empty when it makes none so. */
export function weakenings(before: ThresholdDocument, after: ThresholdDocument, point: WeakenedPoint): Weakening[] {
  const found: Weakening[] = [];
  for (const [id, rule] of Object.entries(before.rules)) {
    const now = Object.hasOwn(after.rules, id) ? after.rules[id] : undefined;
    if (now !== undefined && isSame(rule, now)) continue;
    for (const level of WATCHED_LEVELS) {
      const change = weakeningOf(level, rule, now, point);
      if (change !== undefined) found.push({ rule: id, level, change });
    }
  }
  for (const metric of narrowedMetrics(before, after, point)) {
    for (const [id, rule] of Object.entries(before.rules)) {
      if (rule.levels === undefined || !looksAt(rule, metric)) continue;
      for (const level of WATCHED_LEVELS) {
        const isKnown = found.some((one) => one.rule === id && one.level === level);
        if (!isKnown && levelsOf(rule).some((levels) => levels[level] !== undefined)) {
          found.push({ rule: id, level, change: 'range' });
        }
      }
    }
  }
  return found;
}

/** Whether a change makes any orange or red level harder to reach. */
export function weakens(before: ThresholdDocument, after: ThresholdDocument, point: WeakenedPoint): boolean {
  return weakenings(before, after, point).length > 0;
}

function weakeningOf(
  level: WatchedLevel,
  before: Rule,
  after: Rule | undefined,
  point: WeakenedPoint,
): Weakening['change'] | undefined {
  const had = reachable(before, level);
  if (!had) return undefined;
  if (after === undefined || !reachable(after, level)) return 'removed';
  const change =
    before.levels === undefined ? faultWeakening(before, after, point) : levelWeakening(level, before, after, point);
  if (change !== undefined) return change;
  return before.latch === true && after.latch !== true ? 'latch' : undefined;
}

/** Whether a rule can raise an alert of this very level. */
function reachable(rule: Rule, level: Level): boolean {
  const { noData, stuck, range, vote } = rule;
  if (rule.levels !== undefined) return levelsOf(rule).some((levels) => levels[level] !== undefined);
  if (vote !== undefined) return (vote.raise ?? vote.level) === level;
  const fault = noData || stuck || range || undefined;
  return fault?.level === level;
}

/** The sets of levels that a rule may have in force: by its schedule, and otherwise. */
function levelsOf(rule: Rule): readonly Levels[] {
  return [...(rule.levels === undefined ? [] : [rule.levels]), ...(rule.schedule ?? []).map((entry) => entry.levels)];
}

/** Rules that judge the sensor, silence or other points; `level` has not changed. */
function faultWeakening(before: Rule, after: Rule, point: WeakenedPoint): Weakening['change'] | undefined {
  if (before.noData && after.noData) {
    if (before.metric !== after.metric) return 'criterion';
    return silenceMs(after.noData, point) > silenceMs(before.noData, point) ? 'delay' : undefined;
  }
  if (before.stuck !== undefined && after.stuck !== undefined) {
    if (before.metric !== after.metric) return 'criterion';
    if (durationMs(after.stuck.after) > durationMs(before.stuck.after)) return 'delay';
    const [was, is] = [before, after].map((rule) => {
      const conversion = conversionOf(rule, point);
      return conversion === undefined ? Number.NaN : (rule.stuck?.tolerance ?? 0) * Math.abs(conversion.scale);
    }) as [number, number];
    return is >= was ? undefined : 'criterion';
  }
  if (before.range && after.range) {
    if (before.metric !== after.metric) return 'criterion';
    const [was, is] = [before.range, after.range].map((range) => faultsOf(range, before.metric ?? '', point)) as [
      Faults,
      Faults,
    ];
    return isWithin(is, was) ? undefined : 'criterion';
  }
  if (before.vote !== undefined && after.vote !== undefined) {
    const { vote: was } = before;
    const { vote: is } = after;
    if (!was.points.every((one) => is.points.includes(one)) || is.atLeast > was.atLeast) return 'criterion';
    if (rankOf(is.level) > rankOf(was.level) || (is.rule !== undefined && is.rule !== was.rule)) return 'criterion';
    return delayMs(after, undefined) > delayMs(before, undefined) ? 'delay' : undefined;
  }
  return 'removed';
}

/** Silence that nobody has put a time to is three report intervals (docs/evaluation.md). */
function silenceMs(noData: { readonly after?: string | undefined }, { reportEveryMs }: WeakenedPoint): number {
  return noData.after === undefined ? 3 * reportEveryMs : durationMs(noData.after);
}

function levelWeakening(
  level: WatchedLevel,
  before: Rule,
  after: Rule,
  point: WeakenedPoint,
): Weakening['change'] | undefined {
  if (before.metric !== after.metric) return 'criterion';
  let worst: Weakening['change'] | undefined;
  for (const [was, is] of counterparts(before, after)) {
    const [had, has] = [was[level], is[level]];
    if (had === undefined) continue;
    if (has === undefined) return 'removed';
    const context = { before: conversionOf(before, point), after: conversionOf(after, point) };
    if (!covers(has, had, context)) worst = 'criterion';
    else if (delayMs(after, has) > delayMs(before, had)) worst ??= 'delay';
  }
  return worst;
}

/**
 * Which sets of levels must be compared. With the same calendar each stands against its own successor; with another
 * one any may follow any, because nobody knows at what hour.
 */
function counterparts(before: Rule, after: Rule): (readonly [Levels, Levels])[] {
  const calendar = (rule: Rule) => (rule.schedule ?? []).map(({ levels: _levels, ...when }) => when);
  const [was, is] = [levelsOf(before), levelsOf(after)];
  if (isSame(calendar(before), calendar(after))) return was.map((levels, index) => [levels, is[index] ?? levels]);
  return was.flatMap((levels) => is.map((others) => [levels, others] as const));
}

/** How long a level of a rule must last before it is reached. */
export function delayMs(rule: Rule, level: LevelRule | undefined): number {
  const text = level?.for ?? rule.for;
  return text === undefined ? 0 : durationMs(text);
}

interface Conversions {
  /** To the unit of the metric; undefined when the two cannot be compared. */
  readonly before: Conversion | undefined;
  readonly after: Conversion | undefined;
}

function conversionOf({ unit, metric = '' }: Rule, { metrics }: WeakenedPoint): Conversion | undefined {
  const own = metrics[metric]?.unit;
  if (unit === undefined || unit === own) return { scale: 1, offset: 0 };
  const result = conversionBetween(unit, own, metric);
  return result.ok ? result.conversion : undefined;
}

/** One test, or several of which all must hold. */
export type Part =
  | { readonly kind: 'one'; readonly test: Criterion }
  | { readonly kind: 'all'; readonly tests: Criterion[] };

/** A criterion as the parts of which one is enough. */
export function partsOf(criterion: Criterion): Part[] {
  if (criterion.any !== undefined) return criterion.any.flatMap(partsOf);
  if (criterion.all !== undefined) return [{ kind: 'all', tests: criterion.all }];
  const { above, below, equals, rise, fall, curve, within, ...window } = criterion;
  const { coverage, average, maximum, minimum, sum } = window;
  const aggregate = { average, maximum, minimum, sum, coverage };
  return [
    ...(above === undefined ? [] : [{ above, ...aggregate }]),
    ...(below === undefined ? [] : [{ below, ...aggregate }]),
    ...(equals === undefined ? [] : [{ equals }]),
    ...(rise === undefined ? [] : [{ rise, within, coverage }]),
    ...(fall === undefined ? [] : [{ fall, within, coverage }]),
    ...(curve === undefined ? [] : [{ curve }]),
  ].map((test) => ({ kind: 'one', test }) as const);
}

/** Whether every breach of `had` is certainly one of `has`. */
function covers(has: Criterion, had: Criterion, conversions: Conversions): boolean {
  const now = partsOf(has);
  return partsOf(had).every((was) => now.some((is) => partCovers(is, was, conversions)));
}

/** Whether every breach of `was` is certainly one of `is`. */
export function partCovers(is: Part, was: Part, conversions: Conversions): boolean {
  // Several tests that must all hold are met by whatever is met whenever one of them is; and where several must hold
  // now, each of them must be met.
  if (is.kind === 'all') return is.tests.every((test) => covers(test, criterionOf(was), conversions));
  if (was.kind === 'all') return was.tests.some((test) => covers(is.test, test, conversions));
  return testCovers(is.test, was.test, conversions);
}

function criterionOf(part: Part): Criterion {
  return part.kind === 'one' ? part.test : { all: part.tests };
}

const WINDOWS = ['average', 'maximum', 'minimum', 'sum'] as const;

function testCovers(is: Criterion, was: Criterion, { before, after }: Conversions): boolean {
  if (is.equals !== undefined || was.equals !== undefined) return is.equals === was.equals;
  if (before === undefined || after === undefined) return false;
  const limit = (value: number, conversion: Conversion) => convert(value, conversion);
  const change = (value: number, { scale }: Conversion) => convert(value, { scale, offset: 0 });
  if (is.rise !== undefined && was.rise !== undefined) {
    return change(is.rise, after) <= change(was.rise, before) && isWindowWider(is, was);
  }
  if (is.fall !== undefined && was.fall !== undefined) {
    return change(is.fall, after) <= change(was.fall, before) && isWindowWider(is, was);
  }
  if (is.curve !== undefined && was.curve !== undefined) {
    if (is.curve.over !== was.curve.over) return false;
    const [now, then] = [is.curve.points, was.curve.points];
    // Straight lines between points, level outside: where one lies below the other at every corner, it does everywhere.
    return [...now, ...then].every(([x]) => limit(heightAt(now, x), after) <= limit(heightAt(then, x), before));
  }
  for (const window of WINDOWS) {
    if (!isSameDuration(is[window], was[window])) return false;
  }
  if ((is.coverage ?? was.coverage) !== undefined && !isCoverageLower(is, was)) return false;
  if (is.above !== undefined && was.above !== undefined) return limit(is.above, after) <= limit(was.above, before);
  if (is.below !== undefined && was.below !== undefined) return limit(is.below, after) >= limit(was.below, before);
  return false;
}

/** More can change within a longer time, as long as no more of it must be covered by readings. */
function isWindowWider(is: Criterion, was: Criterion): boolean {
  const [now, then] = [durationMs(is.within ?? '0s'), durationMs(was.within ?? '0s')];
  if ((is.coverage ?? 0) > 0 && now !== then) return false;
  return now >= then && (is.coverage ?? 0) <= (was.coverage ?? 0);
}

/** Left out, coverage depends on the kind of window, which is the same for both. */
function isCoverageLower(is: Criterion, was: Criterion): boolean {
  if (is.coverage === was.coverage) return true;
  return (
    is.coverage !== undefined && (is.coverage === 0 || (was.coverage !== undefined && is.coverage <= was.coverage))
  );
}

function isSameDuration(a: string | undefined, b: string | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && durationMs(a) === durationMs(b));
}

/** The height of a curve of straight lines between its points, level outside them. */
export function heightAt(points: readonly (readonly [number, number])[], x: number): number {
  const after = points.findIndex(([at]) => at >= x);
  const [first] = points;
  const last = points.at(-1);
  if (first === undefined || last === undefined) return Number.NaN;
  if (after === 0) return first[1];
  const right = points[after];
  const left = points[after - 1];
  if (right === undefined || left === undefined) return last[1];
  return left[1] + ((right[1] - left[1]) * (x - left[0])) / (right[0] - left[0]);
}

/** What a metric's sensor cannot have measured. */
interface Faults {
  readonly low: number;
  readonly high: number;
  readonly sentinels: readonly number[];
}

type Range = Exclude<NonNullable<Rule['range']>, false>;

function faultsOf(range: Range | undefined, metric: string, { metrics }: WeakenedPoint): Faults {
  const sensor = metrics[metric];
  const [low, high] = range?.limits ?? sensor?.range ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  return { low, high, sentinels: range?.sentinels ?? sensor?.sentinels ?? [] };
}

/** Whether whatever is good by `inner` is good by `outer` too. */
function isWithin(inner: Faults, outer: Faults): boolean {
  const isInside = inner.low >= outer.low && inner.high <= outer.high;
  const isLeftOut = (value: number) => value < inner.low || value > inner.high || inner.sentinels.includes(value);
  return isInside && outer.sentinels.every(isLeftOut);
}

/** The metrics of which some values that were compared now count as faults. */
function narrowedMetrics(before: ThresholdDocument, after: ThresholdDocument, point: WeakenedPoint): string[] {
  return Object.keys(point.metrics).filter((metric) => {
    const [was, is] = [before, after].map((document) => faultsOf(rangeOf(document, metric), metric, point)) as [
      Faults,
      Faults,
    ];
    return !isWithin(was, is);
  });
}

/** The first rule of a document that says something of a metric's range, as evaluation has it. */
function rangeOf({ rules }: ThresholdDocument, metric: string): Range | undefined {
  for (const { range, metric: of } of Object.values(rules)) {
    if (of === metric && range && (range.limits ?? range.sentinels) !== undefined) return range;
  }
  return undefined;
}

/** A fault of a curve's second metric also keeps its limit from being known. */
function looksAt(rule: Rule, metric: string): boolean {
  return (
    rule.metric === metric || JSON.stringify([rule.levels, rule.schedule]).includes(`"over":${JSON.stringify(metric)}`)
  );
}

function isSame(a: unknown, b: unknown): boolean {
  return differencesOf(a, b).length === 0;
}
