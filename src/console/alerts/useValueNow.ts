import type { Alert } from '../../model/alert.ts';
import type { Value } from '../../model/reading.ts';
import { conversionBetween, convert } from '../../model/units.ts';
import { usePointIndex } from '../api/queries.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { useReading } from '../live/context.tsx';
import { inWords } from '../ui/value-words.ts';

/**
 * What the point of an alert measures now, in the unit of the rule, or by the name of a text, so that it can be read beside the
 * limit; until something has come in, the value that raised it.
 */
export function useValueNow(alert: Alert): Value {
  const metric = alert.metric ?? '';
  const point = usePointIndex().get(alert.point);
  const reading = useReading(alert.point, metric, point?.values[metric]);
  const nameText = useNameText();
  const worded = (value: Value) => inWords(value, point?.metrics[metric], nameText);
  if (point === undefined || reading === undefined || reading.ts < alert.raisedAt) return worded(alert.value);
  // A mean or a rise is not what the sensor says just now, and only that comes over the live connection.
  if (alert.comparison != null && alert.comparison.of !== 'value') return worded(alert.value);
  if (typeof reading.value !== 'number') return worded(reading.value);
  return inUnit(reading.value, point.metrics[metric]?.unit, alert.unit, metric) ?? alert.value;
}

/** A value in another unit; undefined when there is no way from one to the other. */
export function inUnit(
  value: number,
  from: string | null | undefined,
  to: string | null | undefined,
  metric: string,
): number | undefined {
  if (to === null || to === undefined || to === from) return value;
  const conversion = conversionBetween(from ?? '', to, metric);
  return conversion.ok ? convert(value, conversion.conversion) : undefined;
}
