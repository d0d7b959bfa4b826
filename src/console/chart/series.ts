import type { BucketItem, SampleItem } from '../../wire/readings.ts';

export type { BucketItem, SampleItem };

import type { Value } from '../../model/reading.ts';

/** Columns for drawing: times in seconds, and null where the line must break. */
export interface Columns {
  readonly times: number[];
  readonly low: (number | null)[];
  readonly middle: (number | null)[];
  readonly high: (number | null)[];
}

function numeric(value: Value): number | null {
  if (typeof value === 'number') return value;
  return typeof value === 'boolean' ? Number(value) : null;
}

/**
 * What is to be drawn of samples or buckets in time order. A pause longer than `gapMs` is a gap, and stays one: no line
 * is drawn over time in which nothing was measured. Bad readings are left out, as the evaluator leaves them out.
 */
export function columnsOf(items: readonly (SampleItem | BucketItem)[], gapMs: number): Columns {
  const columns: Columns = { times: [], low: [], middle: [], high: [] };
  let lastMs: number | null = null;
  const push = (ms: number, low: number | null, middle: number | null, high: number | null) => {
    columns.times.push(ms / 1_000);
    columns.low.push(low);
    columns.middle.push(middle);
    columns.high.push(high);
  };
  for (const item of items) {
    if (lastMs !== null && item.ts <= lastMs) continue;
    if (lastMs !== null && item.ts - lastMs > gapMs) push(lastMs + gapMs / 2, null, null, null);
    if ('mean' in item) push(item.ts, item.min, item.mean, item.max);
    else {
      if (item.quality === 'bad') continue;
      const value = numeric(item.value);
      push(item.ts, value, value, value);
    }
    lastMs = item.ts;
  }
  return columns;
}

/** Takes a live reading into the last bucket, or begins a new one. `everyMs` null: readings stand for themselves. */
export function withLive(
  items: readonly (SampleItem | BucketItem)[],
  live: readonly SampleItem[],
  everyMs: number | null,
): readonly (SampleItem | BucketItem)[] {
  const last = items.at(-1);
  const lastMs = last?.ts ?? Number.NEGATIVE_INFINITY;
  if (everyMs === null) return [...items, ...live.filter(({ ts }) => ts > lastMs)];
  const buckets = new Map<number, BucketItem>();
  // The newest bucket was not over when it was fetched.
  if (last !== undefined && 'mean' in last) buckets.set(lastMs, last);
  for (const { ts, value, quality } of live) {
    const number = numeric(value);
    const start = Math.floor(ts / everyMs) * everyMs;
    if (number === null || quality === 'bad' || start < lastMs) continue;
    const before = buckets.get(start);
    const count = (before?.count ?? 0) + 1;
    buckets.set(start, {
      ts: start,
      min: Math.min(before?.min ?? number, number),
      max: Math.max(before?.max ?? number, number),
      mean: ((before?.mean ?? 0) * (count - 1) + number) / count,
      count,
    });
  }
  const fetched = buckets.has(lastMs) ? items.slice(0, -1) : items;
  return [...fetched, ...[...buckets.values()].sort((a, b) => a.ts - b.ts)];
}
