import type { TFunction } from 'i18next';
import type { ValueChange } from '../../../model/difference.ts';
import { LEVELS, type Level } from '../../../model/level.ts';
import type { NameText } from '../../../model/names.ts';
import { isOneOf } from '../../../model/own.ts';
import { stepsOf } from '../../../model/pointer.ts';
import type { Value } from '../../../model/reading.ts';
import type { LevelRule, Rule, ThresholdDocument } from '../../../model/threshold.ts';
import type { MetricInfo } from '../../api/types.ts';
import { codeWords } from '../../ui/code-words.ts';
import { formatNumber, formatValue } from '../../ui/format.ts';
import { inWords } from '../../ui/value-words.ts';
import { durationWords, levelWords } from '../words.ts';
import { filledIn } from './draft.ts';

/** What a change of a document says to people: where, what stood there, what stands there now. */
export interface ChangeWords {
  readonly place: string;
  readonly level: Level | null;
  /** Null where there was, or is, nothing. */
  readonly before: string | null;
  readonly after: string | null;
}

interface Naming {
  /** What a metric is called, by its own name. */
  readonly metric: (metric: string) => {
    readonly name: string;
    readonly unit: string;
    /** What a value of it is called. */
    readonly wordOf: (value: Value) => Value;
  };
  readonly t: TFunction;
}

const DURATIONS = new Set(['for', 'recoverFor', 'within', 'after', 'average', 'maximum', 'minimum', 'sum']);
/** Keys whose text may be in both languages. */
const WORDS = new Set(['label', 'standard', 'clause', 'note']);
/** Keys that lie in the rule's unit. */
const IN_UNIT = new Set(['above', 'below', 'rise', 'fall', 'deadband', 'recover', 'tolerance']);

export function changeWords(
  { path, before, after }: ValueChange,
  documents: { readonly before: ThresholdDocument; readonly after: ThresholdDocument },
  naming: Naming,
): ChangeWords {
  const steps = stepsOf(path);
  const { t } = naming;
  const [top, id, ...rest] = steps;
  const rule = id === undefined ? undefined : (documents.after.rules[id] ?? documents.before.rules[id]);
  const level = rest.find((step) => isOneOf(LEVELS, step)) ?? null;
  const words = (value: unknown) => (value === undefined ? null : valueWords(value, steps, rule, naming));
  if (top !== 'rules' || id === undefined) {
    const place = steps.map((step) => keyWords(step, t)).join(' · ');
    return { place, level: null, before: words(before), after: words(after) };
  }
  const metric = rule?.metric === undefined ? undefined : naming.metric(rule.metric);
  const title = metric === undefined ? id : `${metric.name} ${id}`;
  const parts = rest.filter((step) => step !== 'levels' && step !== level).map((step) => keyWords(step, t));
  return { place: [title, ...parts].join(' · '), level, before: words(before), after: words(after) };
}

function keyWords(step: string, t: TFunction): string {
  if (/^\d+$/.test(step)) return t('editor.nth', { n: Number(step) + 1 });
  return codeWords(t, 'editor.key', step);
}

function valueWords(value: unknown, steps: readonly string[], rule: Rule | undefined, naming: Naming): string {
  const { t } = naming;
  const key = steps.at(-1) ?? '';
  const of = rule?.metric === undefined ? undefined : naming.metric(rule.metric);
  const unit = rule?.unit ?? of?.unit ?? '';
  if (key === 'equals' && (typeof value === 'boolean' || typeof value === 'string')) {
    return formatValue(of?.wordOf(value) ?? value, rule?.metric ?? '', t);
  }
  if (typeof value === 'boolean') return t(value ? 'point.yes' : 'point.no');
  if (typeof value === 'number') return IN_UNIT.has(key) ? `${formatNumber(value)} ${unit}`.trim() : String(value);
  if (typeof value === 'string') {
    if ((key === 'level' || key === 'raise') && isOneOf(LEVELS, value)) return t(`level.${value}`);
    return DURATIONS.has(key) ? durationWords(value, t) : value;
  }
  if (value === null) return '–';
  if (WORDS.has(key)) return Object.values(value ?? {}).join(' / ');
  if (steps.length === 2 && steps[0] === 'rules') return ruleWords(value as Rule, naming);
  if (isOneOf(LEVELS, key)) {
    return levelWords(
      filledIn(value as LevelRule),
      rule ?? {},
      unit,
      t,
      (other) => naming.metric(other).name,
      of?.wordOf,
    );
  }
  return JSON.stringify(value);
}

/** A whole rule in a line. */
function ruleWords(rule: Rule, { metric, t }: Naming): string {
  const filled = filledIn(rule);
  const of = filled.metric === undefined ? undefined : metric(filled.metric);
  const unit = filled.unit ?? of?.unit ?? '';
  const nameOf = (other: string) => metric(other).name;
  const levels = [...LEVELS].reverse().flatMap((level) => {
    const own = filled.levels?.[level];
    return own === undefined ? [] : [`${t(`level.${level}`)} ${levelWords(own, filled, unit, t, nameOf, of?.wordOf)}`];
  });
  return levels.length > 0 ? levels.join('; ') : JSON.stringify(rule);
}

/** How the page names the metrics of a point. */
export function metricNaming(
  metrics: Readonly<Record<string, Partial<MetricInfo>>>,
  nameText: (name: NameText) => string,
): Naming['metric'] {
  return (metric) => {
    const info = metrics[metric];
    return {
      name: info?.name === undefined ? metric : nameText(info.name),
      unit: info?.unit ?? '',
      wordOf: (value) => inWords(value, info, nameText),
    };
  };
}

/** The value a template has at a place, in words. */
export function shortWords(value: unknown, pointer: string, rule: Rule | undefined, naming: Naming): string {
  return value === undefined ? naming.t('editor.nothing') : valueWords(value, stepsOf(pointer), rule, naming);
}
