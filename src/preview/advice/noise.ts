import { type Columns, MARKS_SHIFT, NUMBER, TYPE_MASK } from '../../model/columns.ts';
import { BAD, LATE } from '../../model/reading.ts';

export interface Texture {
  /** Standard deviation of the noise, in the metric's unit; 0 when every value is the same. */
  readonly sigma: number;
  /** Median spacing of the readings, ms. */
  readonly intervalMs: number;
  /** Median value: what the metric is like when nothing is the matter. */
  readonly typical: number;
}

/** Turns a median of absolute values into the standard deviation of a normal distribution. */
const MAD_TO_SIGMA = 1.4826;
/** The 90th percentile of absolute values, in standard deviations. */
const P90_TO_SIGMA = 1.6449;
/** Neighbours further apart than this many usual spacings say nothing about noise. */
const GAP_INTERVALS = 3;

/**
 * How a metric moves from reading to reading. Noise is taken from the steps between neighbours, which have the variance of
 * two readings, and from their median, so that neither excursions nor a slow drift count as noise. Of a sensor whose
 * steps are mostly zero (few digits, slow metric) the 90th percentile is taken instead. Undefined with fewer than
 * ten numbers.
 */
export function textureOf(columns: Columns): Texture | undefined {
  const { tsMs, values, flags } = columns;
  const times: number[] = [];
  const numbers: number[] = [];
  for (let i = 0; i < tsMs.length; i++) {
    const flag = flags[i] ?? 0;
    if ((flag & TYPE_MASK) !== NUMBER || (flag >> MARKS_SHIFT) & (BAD | LATE)) continue;
    times.push(tsMs[i] ?? 0);
    numbers.push(values[i] ?? 0);
  }
  if (numbers.length < NUMBERS_MIN) return undefined;
  const spacings = Float64Array.from({ length: times.length - 1 }, (_, i) => (times[i + 1] ?? 0) - (times[i] ?? 0));
  const intervalMs = quantile(spacings.slice().sort(), 0.5);
  const steps: number[] = [];
  spacings.forEach((spacing, i) => {
    if (spacing <= GAP_INTERVALS * intervalMs) steps.push(Math.abs((numbers[i + 1] ?? 0) - (numbers[i] ?? 0)));
  });
  const sorted = Float64Array.from(steps).sort();
  const byMedian = (MAD_TO_SIGMA * quantile(sorted, 0.5)) / Math.SQRT2;
  const sigma = byMedian > 0 ? byMedian : quantile(sorted, 0.9) / P90_TO_SIGMA / Math.SQRT2;
  return { sigma, intervalMs, typical: quantile(Float64Array.from(numbers).sort(), 0.5) };
}

const NUMBERS_MIN = 10;

/** Of ascending numbers; 0 of none. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const at = (sorted.length - 1) * share;
  const low = sorted[Math.floor(at)] ?? 0;
  const high = sorted[Math.ceil(at)] ?? low;
  return low + (high - low) * (at - Math.floor(at));
}
