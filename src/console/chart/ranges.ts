import { DAY_MS } from '../../model/time.ts';
/** The spans one can choose, ms. */
export const RANGES = {
  '1h': 3_600_000,
  '6h': 6 * 3_600_000,
  '24h': DAY_MS,
  '7d': 7 * DAY_MS,
  '30d': 30 * DAY_MS,
} as const;
export type RangeName = keyof typeof RANGES;

/** Raw readings are drawn up to so many; above that a bucket stands for several. */
const RAW_MAX = 1_200;
const BUCKETS_WANTED = 400;

const BUCKET_STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 21_600, 86_400];

/** The width of a bucket for a span, seconds; null when the readings themselves can be drawn. */
export function bucketSeconds(spanMs: number, reportEveryMs: number): number | null {
  if (spanMs / Math.max(1_000, reportEveryMs) <= RAW_MAX) return null;
  const least = spanMs / 1_000 / BUCKETS_WANTED;
  return BUCKET_STEPS_S.find((step) => step >= least) ?? 86_400;
}
