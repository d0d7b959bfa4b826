import { LEVELS } from './level.ts';
import type { FieldProblem, ProblemPath } from './problem.ts';
import type { Criterion, LevelRule, Levels, Rule } from './threshold.ts';
import { delayMs, heightAt, type Part, partCovers, partsOf } from './weakening.ts';

/**
 * Levels in the wrong order: red at 15 and yellow at 25 is a red alert for what should be a yellow one, and a yellow one
 * that nobody ever sees. It can be meant, so it is told and nothing is refused.
 */
export type LevelOrderWarning = Extract<FieldProblem, { code: 'level-easier' | 'level-sooner' }>;

/** Every level that is easier to reach than a less severe one. Told only where the two can be compared. */
export function levelOrderWarnings(rules: Readonly<Record<string, Rule>>): LevelOrderWarning[] {
  return Object.entries(rules).flatMap(([id, rule]) => [
    ...warningsOf(rule, rule.levels, ['rules', id, 'levels']),
    ...(rule.schedule ?? []).flatMap((entry, index) =>
      warningsOf(rule, entry.levels, ['rules', id, 'schedule', index, 'levels']),
    ),
  ]);
}

function warningsOf(rule: Rule, levels: Levels | undefined, path: ProblemPath): LevelOrderWarning[] {
  if (levels === undefined) return [];
  return LEVELS.flatMap((level, rank) => {
    const higher = levels[level];
    if (higher === undefined) return [];
    for (const than of LEVELS.slice(0, rank).reverse()) {
      const lower = levels[than];
      const code = lower === undefined ? undefined : reasonOf(rule, higher, lower);
      if (lower === undefined || code === undefined) continue;
      const values = { level, than, found: wordsOf(rule, higher), other: wordsOf(rule, lower) };
      return [{ path: [...path, level], code, values }];
    }
    return [];
  });
}

const SAME = { scale: 1, offset: 0 };
const covers = (is: Part, was: Part) => partCovers(is, was, { before: SAME, after: SAME });

function reasonOf(rule: Rule, higher: LevelRule, lower: LevelRule): LevelOrderWarning['code'] | undefined {
  const [above, below] = [partsOf(higher), partsOf(lower)];
  for (const part of above) {
    if (below.some((other) => covers(other, part))) continue;
    if (below.some((other) => covers(part, other) || isLowerSomewhere(part, other))) return 'level-easier';
  }
  const isSame = above.some((part) => below.some((other) => covers(part, other) && covers(other, part)));
  return isSame && delayMs(rule, higher) < delayMs(rule, lower) ? 'level-sooner' : undefined;
}

/** Whether two curves cross, so that at some values of the second metric the more severe one is reached first. */
function isLowerSomewhere(part: Part, other: Part): boolean {
  if (part.kind !== 'one' || other.kind !== 'one') return false;
  const [is, was] = [part.test.curve, other.test.curve];
  if (is === undefined || was === undefined || is.over !== was.over) return false;
  return [...is.points, ...was.points].some(([x]) => heightAt(is.points, x) < heightAt(was.points, x));
}

/** `above 15, for 60s`: what of a level decides when it is reached. */
function wordsOf(rule: Rule, level: LevelRule): string {
  const { deadband: _d, recover: _r, recoverFor: _f, label: _l, ...rest } = { for: rule.for, ...level };
  const { for: delay, ...criterion } = rest;
  const words = (one: Criterion | { for?: string | undefined }) =>
    Object.entries(one)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => `${key} ${typeof value === 'object' ? JSON.stringify(value) : value}`);
  return [...words(criterion), ...words({ for: delay })].join(', ');
}
