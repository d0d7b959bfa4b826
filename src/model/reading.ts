/** A value as a sensor reports it. null: the sensor has no value, which is neither a reading nor silence. */
export type Value = number | boolean | string | null;

/** Marks of a reading, a bit set. */
export const BAD = 1;
/** The device's time was implausible, so the arrival time stands in its place. */
export const CLOCK_SKEW = 2;
/** Older than the newest reading of its series when it arrived; never changes a live alert. */
export const LATE = 4;
export type Marks = number;

/** How a reading's marks are shown: the one that matters most. */
export type Quality = 'good' | 'bad' | 'clock-skew' | 'late';

export function qualityOf(marks: Marks): Quality {
  if (marks & BAD) return 'bad';
  if (marks & CLOCK_SKEW) return 'clock-skew';
  if (marks & LATE) return 'late';
  return 'good';
}

/**
 * One value of one series (a metric of a point) at one time. `series` is the registry's number of the series, which is
 * never reused. `tsMs` is event time in ms since 1970; its fraction tells the readings of one ms apart (instant.ts).
 */
export interface Reading {
  readonly series: number;
  readonly tsMs: number;
  readonly value: Value;
  readonly marks: Marks;
}

/** A stored reading as history gives it back. */
export interface Sample {
  readonly tsMs: number;
  readonly value: Value;
  readonly marks: Marks;
}

/**
 * Summary of the good numeric readings from `tsMs` (included) to `tsMs + everyMs` (excluded). Booleans count as 0 and 1.
 * Bad readings are left out; a bucket without a reading is left out of a result.
 */
export interface Bucket {
  readonly tsMs: number;
  readonly min: number;
  readonly mean: number;
  readonly max: number;
  readonly count: number;
}

export interface SampleQuery {
  readonly series: number;
  /** From, included. */
  readonly fromMs: number;
  /** To, excluded. */
  readonly toMs: number;
  /** The most samples to give back, oldest first. */
  readonly limit: number;
  /** Which ones when there are more: the oldest of the range, or with `newest` its newest. */
  readonly newest?: boolean;
}

export interface BucketQuery {
  readonly series: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** Width of a bucket; buckets start at multiples of it since 1970. */
  readonly everyMs: number;
}
