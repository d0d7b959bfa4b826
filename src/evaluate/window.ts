/**
 * A sliding window over the good samples of one metric: minimum, maximum, sum and weighted mean of what lies in it, in
 * O(1) amortised time and bounded memory, as an immutable value.
 *
 * Precision: up to 128 samples the window is exact. Beyond that, adjacent samples are put together into buckets no
 * longer than 1/128 of the window, and a bucket leaves when its newest sample does; so a sample is counted for at most
 * 1/128 of the window too long (34 s of an hour, 11 min of a day), which is far below the spacing at which limits over
 * windows are set. A window never holds more than 256 buckets, whatever the rate.
 */
export interface WindowSpec {
  readonly lengthMs: number;
  /** Whether a sample exactly `lengthMs` old still counts: so for a change (rise, fall), not so for a sum or mean. */
  readonly closed: boolean;
  /** The most time a sample speaks for; after a longer gap it speaks for `reportEveryMs`. */
  readonly holdMs: number;
  readonly reportEveryMs: number;
}

export const EXACT_SAMPLES_MAX = 128;

/** Samples from `fromMs` to `toMs`, both included; `sums` are over this bucket and all that lie below it in its stack. */
interface Bucket {
  readonly fromMs: number;
  readonly toMs: number;
  readonly min: number;
  readonly max: number;
  readonly sum: number;
  readonly weightedSum: number;
  readonly weightMs: number;
  /** Aggregates of this bucket and everything below it. */
  readonly all: Aggregates;
  readonly below: Bucket | null;
}

export interface Aggregates {
  readonly min: number;
  readonly max: number;
  readonly sum: number;
  readonly weightedSum: number;
  /** How much time the samples speak for. */
  readonly weightMs: number;
}

/**
 * Two stacks, the well-known queue with aggregates: `front` has the oldest bucket on top, `back` the newest. When the
 * front is used up, the back is turned over once; so each bucket is moved once.
 */
export interface Window {
  readonly front: Bucket | null;
  readonly back: Bucket | null;
  readonly buckets: number;
  readonly newestMs: number;
}

export const EMPTY_WINDOW: Window = { front: null, back: null, buckets: 0, newestMs: Number.NEGATIVE_INFINITY };

/** The window after a sample. A sample not newer than the newest one changes nothing. */
export function addSample(window: Window, spec: WindowSpec, tsMs: number, value: number): Window {
  if (tsMs <= window.newestMs) return window;
  const gapMs = tsMs - window.newestMs;
  const weightMs = gapMs <= spec.holdMs ? gapMs : spec.reportEveryMs;
  const kept = evict(window, spec, tsMs);
  const top = kept.back;
  if (kept.buckets >= EXACT_SAMPLES_MAX && top !== null && tsMs - top.fromMs <= spec.lengthMs / EXACT_SAMPLES_MAX) {
    const merged = stack(top.below, {
      fromMs: top.fromMs,
      toMs: tsMs,
      min: Math.min(top.min, value),
      max: Math.max(top.max, value),
      sum: top.sum + value,
      weightedSum: top.weightedSum + value * weightMs,
      weightMs: top.weightMs + weightMs,
    });
    return { front: kept.front, back: merged, buckets: kept.buckets, newestMs: tsMs };
  }
  const back = stack(top, {
    fromMs: tsMs,
    toMs: tsMs,
    min: value,
    max: value,
    sum: value,
    weightedSum: value * weightMs,
    weightMs,
  });
  return { front: kept.front, back, buckets: kept.buckets + 1, newestMs: tsMs };
}

/** What lies in the window; undefined when nothing does. */
export function aggregatesOf(window: Window): Aggregates | undefined {
  const front = window.front?.all;
  const back = window.back?.all;
  if (front === undefined) return back;
  return back === undefined ? front : join(front, back);
}

type BucketData = Omit<Bucket, 'all' | 'below'>;

function stack(below: Bucket | null, data: BucketData): Bucket {
  const { fromMs, toMs, min, max, sum, weightedSum, weightMs } = data;
  const own = { min, max, sum, weightedSum, weightMs };
  return { fromMs, toMs, ...own, all: below === null ? own : join(below.all, own), below };
}

function join(a: Aggregates, b: Aggregates): Aggregates {
  return {
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
    sum: a.sum + b.sum,
    weightedSum: a.weightedSum + b.weightedSum,
    weightMs: a.weightMs + b.weightMs,
  };
}

/** What a window of other length holds, as one of this spec would that ends at the same sample. */
export function shorten(window: Window, spec: WindowSpec): Window {
  return evict(window, spec, window.newestMs);
}

function evict(window: Window, spec: WindowSpec, nowMs: number): Window {
  const edgeMs = nowMs - spec.lengthMs;
  const isOut = (bucket: Bucket) => (spec.closed ? bucket.toMs < edgeMs : bucket.toMs <= edgeMs);
  let { front, back, buckets } = window;
  for (;;) {
    if (front === null) {
      // The newest bucket stays in the back, so that samples can still be merged into it.
      const older = back?.below ?? null;
      if (back === null || (older === null && !isOut(back))) break;
      for (let bucket: Bucket | null = older; bucket !== null; bucket = bucket.below) front = stack(front, bucket);
      back = stack(null, back);
      if (front === null) {
        front = back;
        back = null;
      }
    }
    if (!isOut(front)) break;
    front = front.below;
    buckets--;
  }
  return { front, back, buckets, newestMs: window.newestMs };
}

/** Rows of a bucket as they stand in a checkpoint: from, to, min, max, sum, weightedSum, weight. */
type Row = [number, number, number, number, number, number, number];
export interface WindowJson {
  /** Bottom of the stack first, so that building it again adds in the same order and gives the same floats. */
  readonly front: readonly Row[];
  readonly back: readonly Row[];
  readonly newestMs: number | null;
}

export function windowToJson(window: Window): WindowJson {
  const newestMs = Number.isFinite(window.newestMs) ? window.newestMs : null;
  return { front: rowsOf(window.front), back: rowsOf(window.back), newestMs };
}

export function windowFromJson(json: WindowJson): Window {
  return {
    front: stackOf(json.front),
    back: stackOf(json.back),
    buckets: json.front.length + json.back.length,
    newestMs: json.newestMs ?? Number.NEGATIVE_INFINITY,
  };
}

function rowsOf(top: Bucket | null): Row[] {
  const rows: Row[] = [];
  for (let b = top; b !== null; b = b.below) {
    rows.push([b.fromMs, b.toMs, b.min, b.max, b.sum, b.weightedSum, b.weightMs]);
  }
  return rows.reverse();
}

function stackOf(rows: readonly Row[]): Bucket | null {
  let top: Bucket | null = null;
  for (const [fromMs, toMs, min, max, sum, weightedSum, weightMs] of rows) {
    top = stack(top, { fromMs, toMs, min, max, sum, weightedSum, weightMs });
  }
  return top;
}
