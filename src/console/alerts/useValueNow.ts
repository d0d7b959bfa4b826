import type { Alert } from '../../model/alert.ts';
import type { Value } from '../../model/reading.ts';
import { conversionBetween, convert } from '../../model/units.ts';
import { usePointIndex } from '../api/queries.ts';
import { useReading } from '../live/context.tsx';

/**
 * What the point of an alert measures now, in the unit of the rule, so that it can be read beside the limit; until
 * something has come in, the value that raised it.
 */
export function useValueNow(alert: Alert): Value {
  const metric = alert.metric ?? '';
  const point = usePointIndex().get(alert.point);
  const reading = useReading(alert.point, metric, point?.values[metric]);
  if (point === undefined || reading === undefined || reading.ts < alert.raisedAt) return alert.value;
  // A mean or a rise is not what the sensor says just now, and only that comes over the live connection.
  if (alert.comparison != null && alert.comparison.of !== 'value') return alert.value;
  if (typeof reading.value !== 'number') return reading.value;
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
