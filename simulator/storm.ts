const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** Step of the integration, of storm time. */
const STEP_MS = 30_000;

/** What road drains take away (a one-in-three-years design, about 36 mm/h); only rain beyond it gathers on the road. */
const DRAIN_MM_PER_H = 36;

/** One storm follows another after this time; by then everything has run off. */
export const STORM_EVERY_MS = 12 * HOUR_MS;

/** A storm is over within this time, and so is all that follows it. */
const STORM_MS = 9 * HOUR_MS;

const PEAK_AT_MS = 20 * MINUTE_MS;
const PEAK_MM_PER_H = 130;

/** Rain intensity in mm/h, `sinceMs` after the first drop: one peak, steep before it and long after it. */
export function rainMmPerH(sinceMs: number): number {
  if (sinceMs <= 0 || sinceMs >= STORM_MS) return 0;
  const x = sinceMs / PEAK_AT_MS;
  return PEAK_MM_PER_H * (x * Math.exp(1 - x)) ** 2;
}

const rainSums = cumulate((sinceMs) => (rainMmPerH(sinceMs) * STEP_MS) / HOUR_MS);

/** Rain in mm from the first drop until `sinceMs` after it. */
export function rainMm(sinceMs: number): number {
  return interpolate(rainSums, sinceMs);
}

/** How water follows the rain: a reservoir that fills with what the drains leave and empties in proportion to its depth. */
export interface Reservoir {
  /** From the rain to the gauge: minutes on a road, more on a river. */
  readonly lagMs: number;
  /** Time in which the reservoir empties to 1/e. */
  readonly emptyingMs: number;
  /** Rain in mm/h that never reaches it. */
  readonly lossMmPerH: number;
}

/** A road's lowest point; `spread` in [0, 1] tells fast gauges from slow ones. */
export function roadReservoir(spread: number): Reservoir {
  return {
    lagMs: (2 + 6 * spread) * MINUTE_MS,
    emptyingMs: (25 + 20 * spread) * MINUTE_MS,
    lossMmPerH: DRAIN_MM_PER_H,
  };
}

/** A small river: it starts later, rises more slowly, and takes rain that drains keep off the road. */
export function riverReservoir(spread: number): Reservoir {
  return { lagMs: (20 + 15 * spread) * MINUTE_MS, emptyingMs: (60 + 30 * spread) * MINUTE_MS, lossMmPerH: 10 };
}

/** The water of a reservoir, as a share of its highest stand (0 to 1), by time since the first drop of the first storm. */
export function responseOf({ lagMs, emptyingMs, lossMmPerH }: Reservoir): (stormMs: number) => number {
  let depth = 0;
  const depths = cumulate((sinceMs) => {
    const inflow = Math.max(0, rainMmPerH(sinceMs - lagMs) - lossMmPerH);
    const change = (inflow / HOUR_MS - depth / emptyingMs) * STEP_MS;
    depth += change;
    return change;
  });
  const peak = Math.max(...depths);
  return (stormMs) => {
    const sinceMs = stormMs < 0 ? 0 : stormMs % STORM_EVERY_MS;
    return sinceMs >= STORM_MS ? 0 : interpolate(depths, sinceMs) / peak;
  };
}

/** Running sums of a change over each step of the storm. */
function cumulate(changeAt: (sinceMs: number) => number): Float64Array {
  const sums = new Float64Array(STORM_MS / STEP_MS + 1);
  for (let i = 1; i < sums.length; i++) sums[i] = (sums[i - 1] ?? 0) + changeAt((i - 0.5) * STEP_MS);
  return sums;
}

function interpolate(sums: Float64Array, sinceMs: number): number {
  const position = Math.min(Math.max(0, sinceMs / STEP_MS), sums.length - 1);
  const index = Math.floor(position);
  const from = sums[index] ?? 0;
  return from + ((sums[index + 1] ?? from) - from) * (position - index);
}
