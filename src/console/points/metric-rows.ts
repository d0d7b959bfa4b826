/** One field of a device, and the metric of the point that is made of it. */
export interface MetricRow {
  readonly field: string;
  readonly metric: string;
  readonly isChosen: boolean;
}

/**
 * The fields of a kind of device, those of the mapping chosen under their own names. What the kind does not know is left out;
 * without a mapping all are chosen.
 */
export function rowsOf(
  fields: readonly string[],
  mapping: Readonly<Record<string, string>> | undefined,
): readonly MetricRow[] {
  return fields.flatMap((field): MetricRow[] => {
    if (mapping === undefined) return [{ field, metric: field, isChosen: true }];
    const metrics = Object.entries(mapping).flatMap(([metric, from]) => (from === field ? [metric] : []));
    if (metrics.length === 0) return [{ field, metric: field, isChosen: false }];
    return metrics.map((metric) => ({ field, metric, isChosen: true }));
  });
}

/** The point's metric <- the device's field. */
export function mappingOf(rows: readonly MetricRow[]): Record<string, string> {
  return Object.fromEntries(rows.filter(({ isChosen }) => isChosen).map(({ field, metric }) => [metric.trim(), field]));
}

/** What is wrong with the choice, in words of `places.point`; null for nothing. */
export function rowsProblem(rows: readonly MetricRow[]): 'metricsNeeded' | 'metricTwice' | null {
  const names = rows.filter(({ isChosen }) => isChosen).map(({ metric }) => metric.trim());
  if (names.length === 0 || names.includes('')) return 'metricsNeeded';
  return new Set(names).size < names.length ? 'metricTwice' : null;
}
