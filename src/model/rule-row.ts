import { LEVELS, type Level } from './level.ts';
import type { LevelRule, Levels, Rule } from './threshold.ts';

/**
 * A rule with limits as a row of a table, which is how engineers compare and edit many of them: a spreadsheet file has
 * one row for each rule and direction, and so has the console's table. What a row cannot say (windows, changes, curves,
 * combinations, schedules) is shown in words, and stays as it is whatever is done to the rest of the row.
 */

export type Direction = 'above' | 'below';
const DIRECTIONS: readonly Direction[] = ['above', 'below'];

const DELAY_OF = { blueFor: 'blue', yellowFor: 'yellow', orangeFor: 'orange', redFor: 'red' } as const;
export type LevelDelayField = keyof typeof DELAY_OF;
export const LEVEL_DELAY_FIELDS = Object.keys(DELAY_OF) as readonly LevelDelayField[];

/** What holds for the rule as a whole, whatever its direction. */
const RULE_FIELDS = ['metric', 'unit', 'for', 'deadband', 'recover', 'recoverFor', 'latch'] as const;

export type RowField = Level | LevelDelayField | (typeof RULE_FIELDS)[number];
export type RowValue = number | string | boolean | null;

const CRITERIA = [
  'equals',
  'rise',
  'fall',
  'within',
  'average',
  'maximum',
  'minimum',
  'sum',
  'curve',
  'any',
  'all',
] as const;

/** Whether a level says no more than that the value itself lies above or below a limit. */
export function isPlainLevel(level: LevelRule): boolean {
  return CRITERIA.every((key) => level[key] === undefined) && level.coverage === undefined;
}

/** Whether a cell holds one level of a rule that is more than a number. */
export function isOther(cell: RowValue | LevelRule): cell is LevelRule {
  return typeof cell === 'object' && cell !== null;
}

export function isLevelField(field: RowField): field is Level {
  return (LEVELS as readonly string[]).includes(field);
}

export function isLevelDelayField(field: RowField): field is LevelDelayField {
  return field in DELAY_OF;
}

/** The level that a delay of its own belongs to. */
export function levelOfDelay(field: LevelDelayField): Level {
  return DELAY_OF[field];
}

/** The directions in which a rule has plain limits; it takes a row each. Empty: one row, of which words are shown. */
export function directionsOf(rule: Rule): Direction[] {
  const plain = LEVELS.flatMap((level) => rule.levels?.[level] ?? []).filter(isPlainLevel);
  return DIRECTIONS.filter((direction) => plain.some((level) => level[direction] !== undefined));
}

/** What stands in a cell: null for nothing, and the level itself where a number cannot say it. */
export function cellOf(rule: Rule, direction: Direction | null, field: RowField): RowValue | LevelRule {
  if (isLevelField(field)) {
    const level = rule.levels?.[field];
    if (level === undefined) return null;
    if (!isPlainLevel(level)) return level;
    return direction === null ? null : (level[direction] ?? null);
  }
  if (isLevelDelayField(field)) return rule.levels?.[DELAY_OF[field]]?.for ?? null;
  return rule[field] ?? null;
}

/**
 * The rule with another value in a cell; null empties it. A level that is left without a limit goes, with all that
 * belonged to it. The result may be no rule any more (no levels, deadband beside recover): that is for the schema to say.
 * Throws RangeError where `cellOf` gives a level, because a number would silently replace all that it says.
 */
export function withCell(rule: Rule, direction: Direction | null, field: RowField, value: RowValue): Rule {
  if (isLevelField(field)) {
    if (isOther(cellOf(rule, direction, field)) || direction === null) {
      throw new RangeError(`level ${field} cannot be written as a number`);
    }
    const { [direction]: _before, ...rest } = rule.levels?.[field] ?? {};
    const level = value === null ? rest : { ...rule.levels?.[field], [direction]: value };
    const isEmpty = DIRECTIONS.every((each) => !(each in level));
    return withLevel(rule, field, isEmpty ? undefined : (level as LevelRule));
  }
  if (isLevelDelayField(field)) {
    const name = DELAY_OF[field];
    const { for: _before, ...rest } = rule.levels?.[name] ?? {};
    const level = value === null ? rest : { ...rule.levels?.[name], for: value };
    return withLevel(rule, name, Object.keys(level).length === 0 ? undefined : (level as LevelRule));
  }
  const { [field]: _before, ...rest } = rule;
  return value === null ? rest : ({ ...rule, [field]: value } as Rule);
}

/** Levels stand from the least severe to the most, as people write them, so that a file stays as it is when read back. */
function withLevel(rule: Rule, name: Level, level: LevelRule | undefined): Rule {
  if (rule.levels?.[name] !== undefined && level !== undefined) {
    return { ...rule, levels: { ...rule.levels, [name]: level } };
  }
  const levels: Levels = {};
  for (const each of LEVELS) {
    const kept = each === name ? level : rule.levels?.[each];
    if (kept !== undefined) levels[each] = kept;
  }
  return { ...rule, levels };
}

/** Whether a rule has no level left to reach. */
export function hasNoLevels(rule: Rule): boolean {
  return Object.keys(rule.levels ?? {}).length === 0;
}
