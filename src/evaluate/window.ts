/**
 * A sliding window over the good samples of one metric: their mean weighted with time, their sum, their lowest or their
 * highest, at a cost that has a bound whatever the rate, in at most about 2 KB.
 *
 * Precision: a window keeps up to 128 samples each by itself and is exact. When another comes, the kept ones that lie in
 * the same cell are put together; cells are 1/128 of the window long and counted from 1970. What was put together leaves
 * with the newest of it, so a sample is counted for less than 1/128 of the window too long (28 s of an hour, 11 min of a
 * day), never too short: far below the spacing at which limits over windows are set, and a sum of rain errs on the side
 * of the alarm. The lowest and the highest keep only samples that may still become it, a handful of thousands, so they
 * are exact nearly always.
 *
 * A window is changed in place. It belongs to the state of one rule; whoever wants to keep it copies it.
 */
export interface WindowSpec {
  readonly kind: WindowKind;
  readonly lengthMs: number;
  /** Whether a sample exactly `lengthMs` old still counts: so for a change (rise, fall), not so for a sum or mean. */
  readonly closed: boolean;
  /** The most time a sample speaks for; after a longer gap it speaks for `reportEveryMs`. Longer than a cell. */
  readonly holdMs: number;
  readonly reportEveryMs: number;
}

export type WindowKind = 'mean' | 'sum' | 'lowest' | 'highest';

/** As many samples are kept each by itself, and as many cells there are in a window. */
export const EXACT_SAMPLES_MAX = 128;

/**
 * Plain numbers, because a hundred thousand points have windows: a head, then a ring of rows, oldest first. A row is the
 * time of the newest sample in it and its amount: of a sum the sum, of a mean the sum weighted with ms, of the others
 * the lowest or highest. The lowest and highest have rows of ever less extreme amounts, as each new sample drops those
 * before it that can never be the answer again.
 */
export type Window = number[];

/** Where the ring begins, how many rows it has, how many of the oldest ones no cell connects. */
const START = 0;
const COUNT = 1;
const SWEPT = 2;
/** Sums and means: the amounts of all rows but the newest, added in the order of time. */
const REST = 3;
/** Sums and means: where the time begins that the oldest row speaks for, and how much time all rows speak for, ms. */
const BEFORE = 4;
const SPOKEN = 5;
/** Means: how many samples the newest time has, what they add up to, and how much time it speaks for, ms. */
const NOW_COUNT = 6;
const NOW_SUM = 7;
const NOW_WEIGHT = 8;
const HEAD = 9;
const ROW = 2;

const ROWS_AT_FIRST = 4;

export function createWindow(rows = ROWS_AT_FIRST): Window {
  // Fractions from the start: an array that begins with whole numbers is laid out anew when the first float comes.
  const window = new Array<number>(HEAD + ROW * rows).fill(0.5);
  window.fill(0, 0, HEAD);
  return window;
}

/** How many rows are kept. */
export function rowsOf(window: Window): number {
  return at(window, COUNT);
}

/** The time of the newest sample; -Infinity when there is none. */
export function newestMsOf(window: Window): number {
  const count = rowsOf(window);
  return count === 0 ? Number.NEGATIVE_INFINITY : timeAt(window, count - 1);
}

/** The mean, sum, lowest or highest; NaN when there is no sample. */
export function amountOf(window: Window, { kind }: WindowSpec): number {
  const count = rowsOf(window);
  if (count === 0) return Number.NaN;
  if (kind === 'lowest' || kind === 'highest') return amountAt(window, 0);
  const sum = at(window, REST) + amountAt(window, count - 1);
  return kind === 'sum' ? sum : sum / at(window, SPOKEN);
}

/** How much time the samples of a sum or mean speak for, ms. */
export function spokenMsOf(window: Window): number {
  return at(window, SPOKEN);
}

/**
 * Takes a sample in. Gives the window, which may have become another array; a sample not newer changes nothing, unless it
 * is of the newest time and `isNew`: another sample of that time.
 */
export function addSample(window: Window, spec: WindowSpec, tsMs: number, value: number, isNew = false): Window {
  const gapMs = tsMs - newestMsOf(window);
  if (gapMs <= 0) {
    if (gapMs < 0 || !isNew) return window;
    if (!isExtreme(spec)) return addToNewest(window, spec, value);
  }
  evict(window, spec, tsMs);
  return isExtreme(spec) ? addToExtreme(window, spec, tsMs, value) : addToSum(window, spec, tsMs, value, gapMs);
}

function isExtreme({ kind }: WindowSpec): boolean {
  return kind === 'lowest' || kind === 'highest';
}

function addToSum(window: Window, spec: WindowSpec, tsMs: number, value: number, gapMs: number): Window {
  const weightMs = weightOf(gapMs, spec);
  let amount = value;
  if (spec.kind === 'mean') {
    amount = value * weightMs;
    window[NOW_COUNT] = 1;
    window[NOW_SUM] = value;
    window[NOW_WEIGHT] = weightMs;
  }
  if (rowsOf(window) === 0) {
    window[BEFORE] = tsMs - weightMs;
    window[SPOKEN] = weightMs;
    return append(window, tsMs, amount);
  }
  window[SPOKEN] = at(window, SPOKEN) + weightMs;
  const isJoining = joinsNewest(window, spec, tsMs);
  const newest = rowsOf(window) - 1;
  const newestAmount = amountAt(window, newest);
  if (isJoining) {
    setRow(window, newest, tsMs, newestAmount + amount);
    return window;
  }
  window[REST] = at(window, REST) + newestAmount;
  return append(window, tsMs, amount);
}

/** Another sample of the newest time: it adds to a sum; in a mean those of one time share what the time speaks for. */
function addToNewest(window: Window, { kind }: WindowSpec, value: number): Window {
  const newest = rowsOf(window) - 1;
  let more = value;
  if (kind === 'mean') {
    const [count, sum, weightMs] = [at(window, NOW_COUNT), at(window, NOW_SUM), at(window, NOW_WEIGHT)];
    // Stored by a version that knew only one sample of a time.
    if (count === 0) return window;
    more = weightMs * ((sum + value) / (count + 1) - sum / count);
    window[NOW_COUNT] = count + 1;
    window[NOW_SUM] = sum + value;
  }
  setRow(window, newest, timeAt(window, newest), amountAt(window, newest) + more);
  return window;
}

function addToExtreme(window: Window, spec: WindowSpec, tsMs: number, value: number): Window {
  let count = rowsOf(window);
  if (spec.kind === 'lowest') while (count > 0 && amountAt(window, count - 1) >= value) count--;
  else while (count > 0 && amountAt(window, count - 1) <= value) count--;
  window[COUNT] = count;
  window[SWEPT] = Math.min(at(window, SWEPT), count);
  if (!joinsNewest(window, spec, tsMs)) return append(window, tsMs, value);
  const newest = rowsOf(window) - 1;
  setRow(window, newest, tsMs, amountAt(window, newest));
  return window;
}

/** Whether a sample is put to the newest row: in a full window, where all of one cell is put together first. */
function joinsNewest(window: Window, spec: WindowSpec, tsMs: number): boolean {
  if (rowsOf(window) < EXACT_SAMPLES_MAX) return false;
  sweep(window, spec);
  const newest = rowsOf(window) - 1;
  return mayJoin(spec, beforeMsOf(window, newest), timeAt(window, newest), tsMs);
}

/**
 * Whether two neighbours are of one cell. How long a row speaks is told from its time and that of the row before, which
 * holds as long as nothing that follows a gap is put together.
 */
function mayJoin(spec: WindowSpec, beforeMs: number, olderMs: number, newerMs: number): boolean {
  const cellMs = spec.lengthMs / EXACT_SAMPLES_MAX;
  if (Math.floor(olderMs / cellMs) !== Math.floor(newerMs / cellMs)) return false;
  return isExtreme(spec) || newerMs - beforeMs <= spec.holdMs;
}

/** Puts rows of one cell together. Those that were swept before are left, so that a row is looked at once. */
function sweep(window: Window, spec: WindowSpec): void {
  const count = rowsOf(window);
  let kept = Math.max(1, at(window, SWEPT));
  for (let row = kept; row < count; row++) {
    const [olderMs, tsMs] = [timeAt(window, kept - 1), timeAt(window, row)];
    const amount = amountAt(window, row);
    if (!mayJoin(spec, beforeMsOf(window, kept - 1), olderMs, tsMs)) setRow(window, kept++, tsMs, amount);
    // Of two extremes the older one is the more extreme, or it would have been dropped.
    else setRow(window, kept - 1, tsMs, amountAt(window, kept - 1) + (isExtreme(spec) ? 0 : amount));
  }
  window[COUNT] = kept;
  window[SWEPT] = kept;
  if (kept < count && !isExtreme(spec)) addUp(window);
}

/** Drops what is too old at `nowMs`. */
function evict(window: Window, spec: WindowSpec, nowMs: number): void {
  const edgeMs = nowMs - spec.lengthMs;
  const count = rowsOf(window);
  let out = 0;
  for (; out < count; out++) {
    const tsMs = timeAt(window, out);
    if (tsMs > edgeMs || (spec.closed && tsMs === edgeMs)) break;
    if (isExtreme(spec)) continue;
    window[SPOKEN] = at(window, SPOKEN) - weightOf(tsMs - at(window, BEFORE), spec);
    window[BEFORE] = tsMs;
  }
  if (out === 0) return;
  window[START] = (at(window, START) + out) % capacityOf(window);
  window[COUNT] = count - out;
  window[SWEPT] = Math.max(0, at(window, SWEPT) - out);
  if (!isExtreme(spec)) addUp(window);
}

function weightOf(gapMs: number, { holdMs, reportEveryMs }: WindowSpec): number {
  return gapMs <= holdMs ? gapMs : reportEveryMs;
}

/** In the order of time and anew: taking away what leaves would leave the errors of floats behind. */
function addUp(window: Window): void {
  const capacity = capacityOf(window);
  const count = rowsOf(window);
  let sum = 0;
  for (let row = 0, place = at(window, START); row < count - 1; row++) {
    sum += at(window, HEAD + ROW * place + 1);
    if (++place === capacity) place = 0;
  }
  window[REST] = sum;
}

/** What a window of the same kind holds, as one of this spec would that ends at the same sample: a window of its own. */
export function cut(window: Window, former: WindowSpec, spec: WindowSpec): Window {
  const made = createWindow(Math.max(ROWS_AT_FIRST, rowsOf(window)));
  let [spokenMs, beforeMs] = [0, at(window, BEFORE)];
  made[BEFORE] = beforeMs;
  for (let row = 0; row < rowsOf(window); row++) {
    const tsMs = timeAt(window, row);
    const weightMs = weightOf(tsMs - beforeMs, spec);
    // A sample that speaks for more or less time than before weighs more or less.
    const share = spec.kind === 'mean' ? weightMs / weightOf(tsMs - beforeMs, former) : 1;
    setRow(made, row, tsMs, share === 1 ? amountAt(window, row) : amountAt(window, row) * share);
    spokenMs += weightMs;
    beforeMs = tsMs;
  }
  made[COUNT] = rowsOf(window);
  made[SPOKEN] = spokenMs;
  made[NOW_COUNT] = at(window, NOW_COUNT);
  made[NOW_SUM] = at(window, NOW_SUM);
  made[NOW_WEIGHT] = weightOf(at(window, NOW_WEIGHT), spec);
  addUp(made);
  evict(made, spec, newestMsOf(made));
  return made;
}

// --- the ring

function at(numbers: readonly number[], index: number): number {
  return numbers[index] as number;
}

function capacityOf(window: Window): number {
  return (window.length - HEAD) / ROW;
}

function placeOf(window: Window, row: number): number {
  const place = at(window, START) + row;
  const capacity = capacityOf(window);
  return HEAD + ROW * (place < capacity ? place : place - capacity);
}

function timeAt(window: Window, row: number): number {
  return at(window, placeOf(window, row));
}

function amountAt(window: Window, row: number): number {
  return at(window, placeOf(window, row) + 1);
}

/** Where the time begins that a row speaks for, unless it follows a gap. */
function beforeMsOf(window: Window, row: number): number {
  return row === 0 ? at(window, BEFORE) : timeAt(window, row - 1);
}

function setRow(window: Window, row: number, tsMs: number, amount: number): void {
  const place = placeOf(window, row);
  window[place] = tsMs;
  window[place + 1] = amount;
}

function append(window: Window, tsMs: number, amount: number): Window {
  const count = rowsOf(window);
  const roomy = count < capacityOf(window) ? window : grown(window);
  roomy[COUNT] = count + 1;
  setRow(roomy, count, tsMs, amount);
  return roomy;
}

/** By a quarter, because most windows grow once and then stay as they are; a full one needs little more than its cells. */
function grown(window: Window): Window {
  const count = rowsOf(window);
  const ample = Math.min(count + (count >> 2), EXACT_SAMPLES_MAX);
  const made = createWindow(Math.max(ample, count + ROWS_AT_FIRST));
  for (let field = COUNT; field < HEAD; field++) made[field] = at(window, field);
  for (let row = 0; row < count; row++) setRow(made, row, timeAt(window, row), amountAt(window, row));
  return made;
}

/**
 * A window as it stands in a checkpoint: `:` and base64 of floats of 64 bits (little-endian, as every machine at hand
 * writes them): the head from where the time begins, then each row's time and amount. Written as decimals they took a
 * checkpoint seven times as long. Without the `:` it is of a version that had less in its head.
 */
export type WindowText = string;

const STORED_HEAD = [BEFORE, SPOKEN, NOW_COUNT, NOW_SUM, NOW_WEIGHT] as const;
const FORMER_HEAD = [BEFORE, SPOKEN] as const;

export function windowToText(window: Window): WindowText {
  const count = rowsOf(window);
  const numbers = new Float64Array(STORED_HEAD.length + ROW * count);
  for (const [i, field] of STORED_HEAD.entries()) numbers[i] = at(window, field);
  for (let row = 0; row < count; row++) {
    numbers[STORED_HEAD.length + ROW * row] = timeAt(window, row);
    numbers[STORED_HEAD.length + ROW * row + 1] = amountAt(window, row);
  }
  return `:${Buffer.from(numbers.buffer).toString('base64')}`;
}

export function windowFromText(text: WindowText): Window {
  const isFormer = !text.startsWith(':');
  const head = isFormer ? FORMER_HEAD : STORED_HEAD;
  const bytes = Buffer.from(isFormer ? text : text.slice(1), 'base64');
  const count = (bytes.length / 8 - head.length) / ROW;
  const window = createWindow(Math.max(ROWS_AT_FIRST, count));
  for (const [i, field] of head.entries()) window[field] = bytes.readDoubleLE(8 * i);
  window[COUNT] = count;
  for (let row = 0; row < count; row++) {
    const from = 8 * (head.length + ROW * row);
    setRow(window, row, bytes.readDoubleLE(from), bytes.readDoubleLE(from + 8));
  }
  addUp(window);
  return window;
}
