import type { TFunction } from 'i18next';
import type { Criterion, ThresholdDocument } from '../../model/threshold.ts';
import { conversionBetween, convert } from '../../model/units.ts';
import { LEVELS_DOWN } from '../alerts/order.ts';
import type { LimitLine } from '../chart/Chart.tsx';
import { formatNumber } from '../ui/format.ts';

/** The plain limits of a criterion: what can be drawn as a level line. Windows and changes cannot. */
function plainLimits(criterion: Criterion): { value: number; sign: '≥' | '≤' }[] {
  const nested = [...(criterion.any ?? []), ...(criterion.all ?? [])].flatMap(plainLimits);
  const windowed = (['average', 'maximum', 'minimum', 'sum'] as const).some((key) => criterion[key] !== undefined);
  if (windowed) return nested;
  if (criterion.above !== undefined) nested.push({ value: criterion.above, sign: '≥' });
  if (criterion.below !== undefined) nested.push({ value: criterion.below, sign: '≤' });
  return nested;
}

/** The limits of a metric in its own unit, for the chart, whatever unit the rule is written in. */
export function limitLines(
  document: ThresholdDocument,
  metric: string,
  unit: string,
  t: TFunction,
): readonly LimitLine[] {
  const lines: LimitLine[] = [];
  for (const rule of Object.values(document.rules)) {
    if (rule.metric !== metric || rule.levels === undefined) continue;
    const conversion = conversionBetween(rule.unit ?? unit, unit, metric);
    if (!conversion.ok) continue;
    for (const level of LEVELS_DOWN) {
      const levelRule = rule.levels[level];
      if (levelRule === undefined) continue;
      for (const { value, sign } of plainLimits(levelRule)) {
        const own = convert(value, conversion.conversion);
        lines.push({ level, value: own, text: `${t(`level.${level}`)} ${sign} ${formatNumber(own)} ${unit}`.trim() });
      }
    }
  }
  return lines;
}
