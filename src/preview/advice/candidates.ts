import { formatDuration } from '../../model/duration.ts';
import { LEVELS } from '../../model/level.ts';
import type { LevelRule, Levels, Rule } from '../../model/threshold.ts';

/** Variants of a rule: the same limits with other recoveries and delays. */

type Recovery = 'deadband' | 'recover';

/** The limits alone. */
export function bareRule(rule: Rule): Rule {
  return without(rule, ['deadband', 'recover', 'recoverFor', 'for']);
}

/** With this deadband for every level, and the delays as they are. */
export function withDeadband(rule: Rule, deadband: number): Rule {
  const plain = without(rule, ['deadband', 'recover'] satisfies Recovery[]);
  return deadband === 0 ? plain : { ...plain, deadband };
}

export function withOffDelay(rule: Rule, delay: string | null): Rule {
  const plain = without(rule, ['recoverFor']);
  return delay === null ? plain : { ...plain, recoverFor: delay };
}

/** With this on-delay for every level, except the most severe one where that must not wait. */
export function withOnDelay(rule: Rule, delay: string | null, sparesTop: boolean): Rule {
  const plain = without(rule, ['for']);
  if (delay === null) return plain;
  const top = LEVELS.findLast((level) => plain.levels?.[level] !== undefined);
  if (!sparesTop || top === undefined) return { ...plain, for: delay };
  const undelayed = { ...(plain.levels?.[top] as LevelRule), for: '0s' };
  return { ...plain, for: delay, levels: { ...plain.levels, [top]: undelayed } };
}

export function levelCount(rule: Rule): number {
  return LEVELS.filter((level) => rule.levels?.[level] !== undefined).length;
}

type Key = 'deadband' | 'recover' | 'recoverFor' | 'for';

/** The rule without these keys, in every level and every set of levels too. */
function without(rule: Rule, keys: readonly Key[]): Rule {
  const bare = omit(rule, keys);
  if (rule.levels !== undefined) bare.levels = bareLevels(rule.levels, keys);
  if (rule.schedule !== undefined) {
    bare.schedule = rule.schedule.map((entry) => ({ ...entry, levels: bareLevels(entry.levels, keys) }));
  }
  return bare;
}

function bareLevels(levels: Levels, keys: readonly Key[]): Levels {
  const bare: Levels = {};
  for (const level of LEVELS) {
    const own = levels[level];
    if (own !== undefined) bare[level] = omit(own, keys);
  }
  return bare;
}

function omit<T extends object>(value: T, keys: readonly string[]): T {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key))) as T;
}

/** The plain limits of a rule on one side or both, in the rule's unit; empty when it has others as well. */
export function plainLimits(rule: Rule): number[] {
  const limits: number[] = [];
  for (const level of LEVELS) {
    const own = rule.levels?.[level];
    if (own === undefined) continue;
    const { above, below, average, maximum, minimum, sum } = own;
    const isOfWindow = [average, maximum, minimum, sum].some((window) => window !== undefined);
    if ((above === undefined && below === undefined) || isOfWindow) return [];
    for (const limit of [above, below]) if (limit !== undefined) limits.push(limit);
  }
  return limits;
}

/** Steps of a deadband in thirds of the noise: finely at first, then coarsely up to ten times the noise. */
const DEADBAND_STEPS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32];
const STEPS_PER_SIGMA = 3;

/** Deadbands worth looking at, in the unit of `sigma`, none above `most`. */
export function deadbandCandidates(sigma: number, most: number): number[] {
  if (!(sigma > 0)) return [0];
  const step = niceNumber(sigma / STEPS_PER_SIGMA);
  return DEADBAND_STEPS.map((steps) => Number((steps * step).toPrecision(6))).filter((one) => one <= most);
}

/** The number of the series 1, 2, 2.5, 5, 10 that is nearest in proportion. */
function niceNumber(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const nice = [1, 2, 2.5, 5, 10].map((one) => one * power);
  const distance = (one: number) => Math.abs(Math.log(one / value));
  return nice.reduce((best, one) => (distance(one) < distance(best) ? one : best));
}

const DELAYS_MS = [5, 10, 15, 30, 60, 120, 180, 300, 600, 900, 1_800, 3_600, 7_200].map((seconds) => seconds * 1_000);
/** The spacing of readings wavers a little. */
const SHORTEST_INTERVALS = 0.9;
const DELAY_INTERVALS_MAX = 24;
const DELAY_ALWAYS_MS = 60_000;

export interface Delay {
  /** As a document has it. */
  readonly text: string;
  readonly ms: number;
}

/** Delays worth looking at for readings of this spacing: shorter ones would be no delay, longer ones too much. */
export function delayCandidates(intervalMs: number): Delay[] {
  const mostMs = Math.max(DELAY_ALWAYS_MS, DELAY_INTERVALS_MAX * intervalMs);
  return DELAYS_MS.filter((ms) => ms >= SHORTEST_INTERVALS * intervalMs && ms <= mostMs).map((ms) => ({
    ms,
    text: formatDuration(ms),
  }));
}
