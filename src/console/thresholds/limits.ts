import type { TFunction } from 'i18next';
import type { Level } from '../../model/level.ts';
import type { Criterion, Rule, ThresholdDocument } from '../../model/threshold.ts';
import { type Conversion, conversionBetween, convert, exact, IDENTITY } from '../../model/units.ts';
import type { LimitLine } from '../chart/lines.ts';
import { formatNumber } from '../ui/format.ts';
import { LEVELS_DOWN } from '../ui/order.ts';

interface PlainLimit {
  readonly path: readonly (string | number)[];
  readonly value: number;
  readonly sign: '≥' | '≤';
}

/** The plain limits of a criterion: what can be drawn as a level line. Windows and changes cannot. */
function plainLimits(criterion: Criterion, path: readonly (string | number)[]): PlainLimit[] {
  const limits: PlainLimit[] = (['any', 'all'] as const).flatMap((key) =>
    (criterion[key] ?? []).flatMap((part, index) => plainLimits(part, [...path, key, index])),
  );
  const windowed = (['average', 'maximum', 'minimum', 'sum'] as const).some((key) => criterion[key] !== undefined);
  if (windowed) return limits;
  const { above, below } = criterion;
  if (typeof above === 'number') limits.push({ path: [...path, 'above'], value: above, sign: '≥' });
  if (typeof below === 'number') limits.push({ path: [...path, 'below'], value: below, sign: '≤' });
  return limits;
}

/** A limit that can be drawn over the values of a metric, and where it stands in the document. */
export interface LimitPlace extends PlainLimit {
  readonly rule: string;
  readonly level: Level;
  /** From the unit of the rule to the metric's own. */
  readonly conversion: Conversion;
  /** In the metric's own unit. */
  readonly shown: number;
  /** Where the level is left again, in the metric's own unit, when that is not the limit itself. */
  readonly releaseAt: number | undefined;
}

/** The limits of a metric, most severe first in each rule, whatever unit the rule is written in. */
export function limitPlaces(document: ThresholdDocument, metric: string, unit: string): readonly LimitPlace[] {
  return Object.entries(document.rules).flatMap(([id, rule]) => {
    if (rule.metric !== metric || rule.levels === undefined) return [];
    const conversion = conversionOf(rule, metric, unit);
    if (conversion === undefined) return [];
    return LEVELS_DOWN.flatMap((level) => {
      const own = rule.levels?.[level];
      if (own === undefined) return [];
      const has = own.deadband !== undefined || own.recover !== undefined;
      const { deadband, recover } = has ? own : rule;
      return plainLimits(own, ['rules', id, 'levels', level]).map((limit): LimitPlace => {
        const shown = convert(limit.value, conversion);
        const width = (deadband ?? 0) * Math.abs(conversion.scale) * (limit.sign === '≥' ? -1 : 1);
        const released = recover === undefined ? exact(shown + width) : convert(recover, conversion);
        const releaseAt = released === shown ? undefined : released;
        return { ...limit, rule: id, level, conversion, shown, releaseAt };
      });
    });
  });
}

/** Undefined where the rule's unit is none of the metric's kind, which validation says. */
function conversionOf(rule: Rule, metric: string, unit: string): Conversion | undefined {
  if (rule.unit === undefined) return IDENTITY;
  const result = conversionBetween(rule.unit, unit, metric);
  return result.ok ? result.conversion : undefined;
}

/** What stands beside a limit line: `红 ≥ 27 cm`. */
export function limitLineText({ level, sign, shown }: LimitPlace, unit: string, t: TFunction): string {
  return `${t(`level.${level}`)} ${sign} ${formatNumber(shown)} ${unit}`.trim();
}

/** The limits of a metric in its own unit, for the chart, whatever unit the rule is written in. */
export function limitLines(
  document: ThresholdDocument,
  metric: string,
  unit: string,
  t: TFunction,
): readonly LimitLine[] {
  return limitPlaces(document, metric, unit).map((place) => ({
    level: place.level,
    value: place.shown,
    text: limitLineText(place, unit, t),
  }));
}
