import { differencesOf } from '../../../model/difference.ts';
import { LEVELS } from '../../../model/level.ts';
import type { LevelRule, Rule } from '../../../model/threshold.ts';
import { withChanges } from './draft.ts';

type Fillable = 'deadband' | 'for' | 'recoverFor';

/** The draft of a rule with what advice suggests for the rule in force; limits that were edited since stay. */
export function withAdvice(draft: Rule, inForce: Rule, suggested: Rule): Rule {
  return withChanges(draft, differencesOf(inForce, suggested));
}

/**
 * The draft of a rule with one figure of a curve. It was found with the figure at the rule and none at the levels, so
 * those of the levels go. `sparesTop`: the most severe level must not wait, as the upper one of gas.
 */
export function withFigure(draft: Rule, key: Fillable, value: number | string, sparesTop: boolean): Rule {
  const keys: readonly string[] = key === 'deadband' ? ['deadband', 'recover'] : [key];
  const bare = <T extends object>(one: T): T =>
    Object.fromEntries(Object.entries(one).filter(([name]) => !keys.includes(name))) as T;
  const rule: Rule = bare(draft);
  const levels: Record<string, LevelRule> = {};
  const top = LEVELS.findLast((level) => draft.levels?.[level] !== undefined);
  for (const level of LEVELS) {
    const own = draft.levels?.[level];
    if (own === undefined) continue;
    levels[level] = sparesTop && key === 'for' && level === top ? { ...bare(own), for: '0s' } : bare(own);
  }
  rule.levels = levels;
  return value === 0 ? rule : { ...rule, [key]: value };
}
