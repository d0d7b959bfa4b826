import type { Point } from '../api/types.ts';

/** The numbers that points measure, most points first; batteries last, for hardly anybody compares them. */
export function metricsOf(points: readonly Pick<Point, 'family' | 'metrics'>[], family: string | null) {
  const found = new Map<
    string,
    { metric: string; name: Point['metrics'][string]['name']; unit: string | undefined; count: number }
  >();
  for (const point of points) {
    if (family !== null && point.family !== family) continue;
    for (const [metric, { type, name, unit }] of Object.entries(point.metrics)) {
      if (type !== 'number') continue;
      const known = found.get(metric);
      if (known === undefined) found.set(metric, { metric, name, unit, count: 1 });
      else known.count += 1;
    }
  }
  const isSupply = (metric: string) => /battery|voltage/i.test(metric);
  return [...found.values()].sort(
    (a, b) =>
      Number(isSupply(a.metric)) - Number(isSupply(b.metric)) || b.count - a.count || (a.metric < b.metric ? -1 : 1),
  );
}
