import type { Alert } from '../../model/alert.ts';
import type { Value } from '../../model/reading.ts';
import { usePointIndex } from '../api/queries.ts';
import { useReading } from '../live/context.tsx';

/**
 * What the point of an alert measures now, in the metric's own unit; until something has come in, the value that
 * raised it, in the unit of the rule.
 */
export function useValueNow(alert: Alert): { readonly value: Value; readonly unit: string | null } {
  const metric = alert.metric ?? '';
  const point = usePointIndex().get(alert.point);
  const reading = useReading(alert.point, metric, point?.values[metric]);
  if (point === undefined || reading === undefined || reading.ts < alert.raisedAt) return alert;
  return { value: reading.value, unit: point.metrics[metric]?.unit ?? null };
}
