/**
 * The point of a falling curve after which going on gains little: the one furthest below the straight line from the first
 * to the last, both axes scaled to 0 to 1 (Satopää et al., "Finding a 'Kneedle' in a Haystack", 2011). Alerts are compared
 * by their ratio, because 8 in place of 25 matter as much as 50 in place of 160. Of points that are equally far the
 * first; the last point when the curve still falls steeply there. Undefined when it does not fall.
 */
export function kneeOf<T>(curve: readonly T[], positionOf: (one: T) => Position): T | undefined {
  const places = curve.map(positionOf).map(({ at, alerts }) => ({ x: at, y: Math.log(Math.max(alerts, NONE)) }));
  const first = places[0];
  const last = places.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const width = last.x - first.x;
  const height = first.y - last.y;
  if (!(width > 0) || height <= 0) return undefined;
  const distances = places.map(({ x, y }) => 1 - (x - first.x) / width - (y - last.y) / height);
  const furthest = Math.max(...distances);
  return furthest > EQUALLY_FAR ? curve[distances.findIndex((one) => one >= furthest - EQUALLY_FAR)] : curve.at(-1);
}

export interface Position {
  readonly at: number;
  readonly alerts: number;
}

/** No alert at all is a little better than one. */
const NONE = 0.5;
const EQUALLY_FAR = 1e-9;
