import type { TFunction } from 'i18next';
import type { Alert, Comparison } from '../../model/alert.ts';
import { conditionOfSomething } from '../../model/alert-words.ts';
import { typedName } from '../../model/notify/typed-name.ts';
import type { Value } from '../../model/reading.ts';
import { codeWords } from '../ui/code-words.ts';
import { formatNumber, formatSpan, formatValue } from '../ui/format.ts';

/** `12.5 %LEL`, or the word for a boolean. */
export function withUnit(value: Value | undefined, unit: string | null, metric: string, t: TFunction): string {
  const text = formatValue(value, metric, t);
  return unit === null || unit === '' || typeof value !== 'number' ? text : `${text} ${unit}`;
}

/**
 * `≥ 10 %LEL`, or null when the rule has no number to compare with. `bare` leaves the unit out, for beside a value that
 * bears it.
 */
export function limitText(alert: Alert, t: TFunction, bare = false): string | null {
  const { limit, metric } = alert;
  const unit = bare ? null : alert.unit;
  // What the limit of the other kinds is, a time or a number of points, is part of their words.
  if (alert.kind !== 'levels' || limit === null || typeof limit === 'boolean') return null;
  if (typeof limit === 'string') return `= ${limit}`;
  const sign = alert.comparison == null ? '' : alert.comparison.side === 'above' ? '≥ ' : '≤ ';
  return `${sign}${withUnit(limit, unit, metric ?? '', t)}`;
}

/** The highest it came to, or the lowest; null when it was no number. */
export function peakText(alert: Alert, t: TFunction, bare = false): string | null {
  const { kind, peak, metric } = alert;
  if ((kind !== 'levels' && kind !== 'range') || typeof peak.value !== 'number') return null;
  return withUnit(peak.value, bare ? null : alert.unit, metric ?? '', t);
}

/**
 * `限值 ≥ 10 %LEL` and `峰值 35 %LEL`: apart and by name, for either alone is taken for the other; or without the unit and as
 * short as that can be, `限 ≥ 10` and `峰 35`, in rows where the value with its unit stands before them. The log knows the peak as of
 * its last entry; shown beside what the point measures `now`, it is not left behind by that.
 */
export function boundTexts(alert: Alert, t: TFunction, bare = false, now?: Value): readonly string[] {
  const limit = limitText(alert, t, bare);
  const peak = peakText(isBeyondPeak(alert, now) ? { ...alert, peak: { ...alert.peak, value: now } } : alert, t, bare);
  return [
    ...(limit === null ? [] : [t(bare ? 'alert.limitIsShort' : 'alert.limitIs', { limit })]),
    ...(peak === null ? [] : [t(bare ? 'alert.peakIsShort' : 'alert.peakIs', { peak })]),
  ];
}

function isBeyondPeak({ state, comparison, peak }: Alert, now: Value | undefined): now is number {
  if (state !== 'active' || comparison == null || comparison.of !== 'value') return false;
  if (typeof now !== 'number' || typeof peak.value !== 'number') return false;
  return comparison.side === 'above' ? now > peak.value : now < peak.value;
}

/** What kind of breach it is, in a few words: the metric for a limit, otherwise what went wrong. */
export function whatText(alert: Alert, metricName: string, t: TFunction): string {
  switch (alert.kind) {
    case 'noData':
    case 'stuck': {
      const time = typeof alert.limit === 'number' && alert.unit === 's' ? formatSpan(alert.limit * 1_000, t) : null;
      const words = time === null ? t(`alert.what.${alert.kind}`) : t(`rule.${alert.kind}`, { time });
      return alert.metric === null ? words : `${metricName} ${words}`;
    }
    case 'range': {
      // A number was read and cannot be; anything else has not been understood.
      const words = t(typeof alert.value === 'number' ? 'alert.what.range' : 'alert.what.unreadable');
      return alert.metric === null ? words : `${metricName} ${words}`;
    }
    case 'vote':
      return alert.metric === null ? t('alert.what.vote') : `${metricName} ${t('alert.what.vote')}`;
    case 'system': {
      const found = conditionOfSomething(alert.rule);
      if (found !== undefined) return t(`system.${found.words}`, { ref: found.ref });
      return codeWords(t, 'system.condition', alert.rule);
    }
    case 'levels':
      return [metricName, quantityText(alert.comparison, t)].filter((text) => text !== '').join(' ');
  }
}

/** `8 小时平均`; empty when the value itself was compared. */
function quantityText(comparison: Comparison | null | undefined, t: TFunction): string {
  if (comparison == null || comparison.of === 'value') return '';
  return t(`alert.of.${comparison.of}`, { time: formatSpan(comparison.windowMs ?? 0, t) });
}

/** Said aloud and written into notifications: where, what, how much, and how that stands to the limit. */
export function sentence(alert: Alert, names: { point: string; area: string; metric: string }, t: TFunction): string {
  const value = typeof alert.value === 'number' ? ` ${formatNumber(alert.value)} ${alert.unit ?? ''}` : '';
  return t('alert.sentence', {
    level: t(`level.long.${alert.level}`),
    area: names.area,
    point: names.point,
    what: whatText(alert, names.metric, t),
    value: value.trimEnd(),
    beyond: beyondText(alert, t),
  });
}

/** `，高于限值 27 cm`; empty when there is no limit on a number. */
function beyondText({ comparison, value, limit, unit, metric }: Alert, t: TFunction): string {
  if (comparison == null || typeof limit !== 'number') return '';
  const side = value === limit ? 'at' : comparison.side;
  return t(`alert.beyond.${side}`, { limit: withUnit(limit, unit, metric ?? '', t) });
}

/** Who did something, in words: a name that somebody typed is none that has been proven. */
export function doerWords(by: string, t: TFunction): string {
  const name = typedName(by);
  return name === null ? by : t('respond.typed', { name });
}
