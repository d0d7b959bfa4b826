import type { TFunction } from 'i18next';
import { isOneOf, ownOf } from '../../model/own.ts';
import type { Value } from '../../model/reading.ts';
import type { Criterion, LevelRule, Rule } from '../../model/threshold.ts';
import { formatNumber, formatValue } from '../ui/format.ts';

const UNIT_WORDS = { d: 'days', h: 'hours', m: 'minutes', s: 'seconds' } as const;

/** `1h30m` as people say it; what cannot be read stays as it is written. */
export function durationWords(text: string, t: TFunction): string {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|[dhms])/g)].map(([written, amount, unit]) => {
    const word = unit === undefined ? undefined : ownOf(UNIT_WORDS, unit);
    return word === undefined ? written : t(`time.${word}`, { count: Number(amount) });
  });
  return parts.length === 0 ? text : parts.join(' ');
}

function withUnit(value: number, unit: string): string {
  return unit === '' ? formatNumber(value) : `${formatNumber(value)} ${unit}`;
}

/**
 * A criterion as a sentence: `≥ 25 cm`, `10 分钟内上升 ≥ 8 cm`, `… 或 …`. `nameOf` gives the words for a second metric that the
 * limit depends on, `wordOf` those for a text that the metric may say.
 */
export function criterionWords(
  criterion: Criterion,
  metric: string,
  unit: string,
  t: TFunction,
  nameOf: (metric: string) => string = (id) => id,
  wordOf: (value: Value) => Value = (value) => value,
): string {
  const list = (criteria: readonly Criterion[]) =>
    criteria.map((each) => criterionWords(each, metric, unit, t, nameOf, wordOf));
  if (criterion.any !== undefined) return list(criterion.any).join(t('rule.or'));
  if (criterion.all !== undefined) return list(criterion.all).join(t('rule.and'));
  const parts: string[] = [];
  const aggregate = (['average', 'maximum', 'minimum', 'sum'] as const).find((key) => criterion[key] !== undefined);
  const over = aggregate === undefined ? undefined : criterion[aggregate];
  const prefix =
    aggregate === undefined || over === undefined ? '' : `${t(`rule.${aggregate}`, { time: durationWords(over, t) })} `;
  if (criterion.above !== undefined) parts.push(`${prefix}≥ ${withUnit(criterion.above, unit)}`);
  if (criterion.below !== undefined) parts.push(`${prefix}≤ ${withUnit(criterion.below, unit)}`);
  if (criterion.equals !== undefined)
    parts.push(t('rule.equals', { value: formatValue(wordOf(criterion.equals), metric, t) }));
  const within = criterion.within === undefined ? '' : durationWords(criterion.within, t);
  if (criterion.rise !== undefined) parts.push(t('rule.rise', { time: within, value: withUnit(criterion.rise, unit) }));
  if (criterion.fall !== undefined) parts.push(t('rule.fall', { time: within, value: withUnit(criterion.fall, unit) }));
  if (criterion.curve !== undefined) {
    const points = criterion.curve.points.map(([x, y]) => `${formatNumber(x)} → ${formatNumber(y)}`).join(' · ');
    parts.push(t('rule.curve', { over: nameOf(criterion.curve.over), points }));
  }
  return parts.join(t('rule.or'));
}

/** A level of a rule: its criterion and how long it must last. */
export function levelWords(
  level: LevelRule,
  rule: Rule,
  unit: string,
  t: TFunction,
  nameOf?: (metric: string) => string,
  wordOf?: (value: Value) => Value,
): string {
  const delay = level.for ?? rule.for;
  const words = criterionWords(level, rule.metric ?? '', unit, t, nameOf, wordOf);
  return delay === undefined ? words : words + t('rule.for', { time: durationWords(delay, t) });
}

/** How a rule is left again, and whatever else holds for all of its levels. */
export function ruleNotes(rule: Rule, unit: string, t: TFunction): string[] {
  const notes: string[] = [];
  if (rule.deadband !== undefined) notes.push(t('rule.deadband', { value: withUnit(rule.deadband, unit) }));
  if (rule.recover !== undefined) notes.push(t('rule.recover', { value: withUnit(rule.recover, unit) }));
  if (rule.recoverFor !== undefined) notes.push(t('rule.recoverFor', { time: durationWords(rule.recoverFor, t) }));
  if (rule.latch === true) notes.push(t('rule.latch'));
  if (rule.schedule !== undefined) notes.push(t('rule.schedule'));
  return notes;
}

/** Who the registry says for what no person did. */
const SERVER_AUTHORS = ['files', 'system'] as const;

/** Who made a revision, in words where it was nobody. */
export function authorText(author: string, t: TFunction): string {
  return isOneOf(SERVER_AUTHORS, author) ? t(`alert.author.${author}`) : author;
}
