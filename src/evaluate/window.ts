/**
 * A sliding window over the good samples of one metric: minimum, maximum, sum and weighted mean of what lies in it, in
 * O(1) amortised time and bounded memory (48 bytes a bucket), as an immutable value.
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

export interface Aggregates {
  readonly min: number;
  readonly max: number;
  readonly sum: number;
  readonly weightedSum: number;
  /** How much time the samples speak for. */
  readonly weightMs: number;
}

/**
 * The well-known queue of two stacks with aggregates, laid out in arrays of plain numbers. Rows from `head` to `mid` are
 * the front: each has the aggregates of itself and of all front rows after it. Rows from `mid` to `tail` are the back:
 * each has its own, and `scalars` those of all of them. When the front is used up, the back is turned over once. The
 * newest bucket stands in `scalars` alone, so that samples can still be merged into it.
 *
 * A window is never changed: a turn-over makes new rows, and a new row is appended to the old ones only behind what any
 * older window can see.
 */
export interface Window {
  readonly rows: readonly number[];
  readonly head: number;
  readonly mid: number;
  readonly tail: number;
  /** Aggregates of the back, then the newest bucket: from, then a row. Empty while there was no sample. */
  readonly scalars: readonly number[];
}

/** A row: newest time, then the aggregates of a bucket. */
const ROW = 6;
const [TO, MIN, MAX, SUM, WEIGHTED, WEIGHT] = [0, 1, 2, 3, 4, 5] as const;
/** In `scalars`: the aggregates of the back where a row has them (its first number is not used), then the newest bucket. */
const TOP_FROM = ROW;
const TOP = ROW + 1;

const NO_NUMBERS: readonly number[] = [];
export const EMPTY_WINDOW: Window = { rows: NO_NUMBERS, head: 0, mid: 0, tail: 0, scalars: NO_NUMBERS };

export function bucketsOf({ head, tail, scalars }: Window): number {
  return tail - head + (scalars.length === 0 ? 0 : 1);
}

/** The time of the newest sample; -Infinity when there is none. */
export function newestMsOf({ scalars }: Window): number {
  return scalars[TOP + TO] ?? Number.NEGATIVE_INFINITY;
}

/** The window after a sample. A sample not newer than the newest one changes nothing. */
export function addSample(window: Window, spec: WindowSpec, tsMs: number, value: number): Window {
  const newestMs = newestMsOf(window);
  if (tsMs <= newestMs) return window;
  const gapMs = tsMs - newestMs;
  const weightMs = gapMs <= spec.holdMs ? gapMs : spec.reportEveryMs;
  const kept = evict(window, spec, tsMs);
  const { rows, head, mid, tail, scalars } = kept;
  if (scalars.length === 0) return { rows, head, mid, tail, scalars: firstScalars(tsMs, value, weightMs) };
  const next = scalars.slice();
  const topFromMs = at(scalars, TOP_FROM);
  if (bucketsOf(kept) >= EXACT_SAMPLES_MAX && tsMs - topFromMs <= spec.lengthMs / EXACT_SAMPLES_MAX) {
    next[TOP + TO] = tsMs;
    next[TOP + MIN] = Math.min(at(scalars, TOP + MIN), value);
    next[TOP + MAX] = Math.max(at(scalars, TOP + MAX), value);
    next[TOP + SUM] = at(scalars, TOP + SUM) + value;
    next[TOP + WEIGHTED] = at(scalars, TOP + WEIGHTED) + value * weightMs;
    next[TOP + WEIGHT] = at(scalars, TOP + WEIGHT) + weightMs;
    return { rows, head, mid, tail, scalars: next };
  }
  addTo(next, 0, scalars, TOP, mid === tail);
  setTop(next, tsMs, value, weightMs);
  return { rows: appended(rows, tail, scalars), head, mid, tail: tail + 1, scalars: next };
}

function firstScalars(tsMs: number, value: number, weightMs: number): number[] {
  // Floats from the start: an array that begins with whole numbers is laid out anew when the first float comes.
  const scalars = new Array<number>(TOP + ROW).fill(0.5);
  setTop(scalars, tsMs, value, weightMs);
  return scalars;
}

function setTop(scalars: number[], tsMs: number, value: number, weightMs: number): void {
  scalars[TOP_FROM] = tsMs;
  scalars[TOP + TO] = tsMs;
  scalars[TOP + MIN] = value;
  scalars[TOP + MAX] = value;
  scalars[TOP + SUM] = value;
  scalars[TOP + WEIGHTED] = value * weightMs;
  scalars[TOP + WEIGHT] = weightMs;
}

/** The rows with the newest bucket behind row `tail`: in place where nobody has appended there yet. */
function appended(rows: readonly number[], tail: number, scalars: readonly number[]): readonly number[] {
  const grown = rows.length === tail * ROW && rows !== NO_NUMBERS ? (rows as number[]) : rows.slice(0, tail * ROW);
  for (let field = 0; field < ROW; field++) grown.push(at(scalars, TOP + field));
  return grown;
}

function at(numbers: readonly number[], index: number): number {
  return numbers[index] as number;
}

/** Adds the aggregates that stand in `from` at `fromAt` to those in `to` at `toAt`, or puts them there. */
function addTo(to: number[], toAt: number, from: readonly number[], fromAt: number, isFirst: boolean): void {
  if (isFirst) {
    for (let field = MIN; field <= WEIGHT; field++) to[toAt + field] = at(from, fromAt + field);
    return;
  }
  to[toAt + MIN] = Math.min(at(to, toAt + MIN), at(from, fromAt + MIN));
  to[toAt + MAX] = Math.max(at(to, toAt + MAX), at(from, fromAt + MAX));
  to[toAt + SUM] = at(to, toAt + SUM) + at(from, fromAt + SUM);
  to[toAt + WEIGHTED] = at(to, toAt + WEIGHTED) + at(from, fromAt + WEIGHTED);
  to[toAt + WEIGHT] = at(to, toAt + WEIGHT) + at(from, fromAt + WEIGHT);
}

/** What lies in the window; undefined when nothing does. */
export function aggregatesOf({ rows, head, mid, tail, scalars }: Window): Aggregates | undefined {
  if (scalars.length === 0) return undefined;
  const all = scalars.slice(TOP, TOP + ROW);
  if (mid < tail) addTo(all, 0, scalars, 0, false);
  if (head < mid) addTo(all, 0, rows, head * ROW, false);
  return {
    min: at(all, MIN),
    max: at(all, MAX),
    sum: at(all, SUM),
    weightedSum: at(all, WEIGHTED),
    weightMs: at(all, WEIGHT),
  };
}

/** What a window of other length holds, as one of this spec would that ends at the same sample. */
export function shorten(window: Window, spec: WindowSpec): Window {
  return evict(window, spec, newestMsOf(window));
}

function evict(window: Window, { lengthMs, closed }: WindowSpec, nowMs: number): Window {
  const edgeMs = nowMs - lengthMs;
  const isOut = (toMs: number) => (closed ? toMs < edgeMs : toMs <= edgeMs);
  const { rows, mid, tail, scalars } = window;
  if (scalars.length === 0) return window;
  if (isOut(at(scalars, TOP + TO))) return EMPTY_WINDOW;
  let { head } = window;
  while (head < mid && isOut(at(rows, head * ROW + TO))) head++;
  if (head < mid || mid === tail || !isOut(at(rows, mid * ROW + TO))) {
    return head === window.head ? window : { rows, head, mid, tail, scalars };
  }
  let from = mid;
  while (from < tail && isOut(at(rows, from * ROW + TO))) from++;
  return turnedOver(rows, from, tail, scalars);
}

/** The back from row `from` becomes the front. */
function turnedOver(rows: readonly number[], from: number, tail: number, scalars: readonly number[]): Window {
  const turned = rows.slice(from * ROW, tail * ROW);
  const count = tail - from;
  for (let row = count - 2; row >= 0; row--) addTo(turned, row * ROW, turned, (row + 1) * ROW, false);
  return { rows: turned, head: 0, mid: count, tail: count, scalars };
}

/** A window as it stands in a checkpoint: its rows, how many of them are the front, its scalars. */
export type WindowJson = readonly [rows: readonly number[], front: number, scalars: readonly number[]];

export function windowToJson({ rows, head, mid, tail, scalars }: Window): WindowJson {
  return [rows.slice(head * ROW, tail * ROW), mid - head, scalars];
}

export function windowFromJson([rows, front, scalars]: WindowJson): Window {
  return { rows: rows.slice(), head: 0, mid: front, tail: rows.length / ROW, scalars };
}
