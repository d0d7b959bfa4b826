import { ByteReader, ByteWriter } from './bytes.ts';
import {
  type Columns,
  checkedBody,
  isAscending,
  MARKS_SHIFT,
  mergeColumns,
  readNumbers,
  sliceColumns,
  TEXT,
  TYPE_MASK,
  withCrc,
  writeNumbers,
} from './columns.ts';

/** Readings of all series in journal order, as columns that grow. */
export interface Chunk {
  length: number;
  series: Uint32Array;
  tsMs: Float64Array;
  values: Float64Array;
  flags: Uint8Array;
  readonly texts: string[];
}

export function createChunk(capacity: number): Chunk {
  return {
    length: 0,
    series: new Uint32Array(capacity),
    tsMs: new Float64Array(capacity),
    values: new Float64Array(capacity),
    flags: new Uint8Array(capacity),
    texts: [],
  };
}

export function append(chunk: Chunk, series: number, tsMs: number, value: number, type: number, marks: number): void {
  if (chunk.length === chunk.series.length) grow(chunk);
  const at = chunk.length++;
  chunk.series[at] = series;
  chunk.tsMs[at] = tsMs;
  chunk.values[at] = value;
  chunk.flags[at] = type | (marks << MARKS_SHIFT);
}

function grow(chunk: Chunk): void {
  const capacity = Math.max(1024, chunk.series.length * 2);
  const { series, tsMs, values, flags } = chunk;
  chunk.series = new Uint32Array(capacity);
  chunk.tsMs = new Float64Array(capacity);
  chunk.values = new Float64Array(capacity);
  chunk.flags = new Uint8Array(capacity);
  chunk.series.set(series);
  chunk.tsMs.set(tsMs);
  chunk.values.set(values);
  chunk.flags.set(flags);
}

/** The readings of one series in chunks given in journal order, with fromMs ≤ ts < toMs, as one run in time order. */
export function seriesIn(chunks: readonly Chunk[], series: number, fromMs: number, toMs: number): Columns {
  return mergeColumns(chunks.map((chunk) => seriesOf(chunk, series, fromMs, toMs)));
}

function seriesOf(chunk: Chunk, wanted: number, fromMs: number, toMs: number): Columns {
  const found: number[] = [];
  const { length, series, tsMs } = chunk;
  for (let i = 0; i < length; i++) {
    if (series[i] !== wanted) continue;
    const ts = tsMs[i] ?? 0;
    if (ts >= fromMs && ts < toMs) found.push(i);
  }
  return pick(chunk, found);
}

function pick(chunk: Chunk, indexes: readonly number[]): Columns {
  const columns = {
    tsMs: new Float64Array(indexes.length),
    values: new Float64Array(indexes.length),
    flags: new Uint8Array(indexes.length),
    texts: chunk.texts,
  };
  for (let at = 0; at < indexes.length; at++) {
    const from = indexes[at] ?? 0;
    columns.tsMs[at] = chunk.tsMs[from] ?? 0;
    columns.values[at] = chunk.values[from] ?? 0;
    columns.flags[at] = chunk.flags[from] ?? 0;
  }
  return columns;
}

/** The run of one series in a sorted batch. */
export interface SeriesRun {
  readonly series: number;
  readonly columns: Columns;
}

/**
 * The readings of all chunks by series, series ascending, each run in time order without duplicates. Works by counting,
 * in time proportional to the readings. Each `yield` is a place where the caller may do something else for a while.
 */
export function* sortBySeries(chunks: readonly Chunk[]): Generator<void, SeriesRun[], void> {
  const rankOf = new Map<number, number>();
  for (const chunk of chunks) {
    for (let i = 0; i < chunk.length; i++) {
      const series = chunk.series[i] ?? 0;
      if (!rankOf.has(series)) rankOf.set(series, 0);
    }
    yield;
  }
  const all = [...rankOf.keys()].sort((a, b) => a - b);
  for (let rank = 0; rank < all.length; rank++) rankOf.set(all[rank] ?? 0, rank);
  yield;

  const ends = new Uint32Array(all.length + 1);
  for (const chunk of chunks) {
    for (let i = 0; i < chunk.length; i++) {
      const next = (rankOf.get(chunk.series[i] ?? 0) ?? 0) + 1;
      ends[next] = (ends[next] ?? 0) + 1;
    }
    yield;
  }
  for (let rank = 0; rank < all.length; rank++) ends[rank + 1] = (ends[rank + 1] ?? 0) + (ends[rank] ?? 0);

  const sorted = yield* scatter(chunks, rankOf, ends.slice());
  return all.map((series, rank) => {
    const run = sliceColumns(sorted, ends[rank] ?? 0, ends[rank + 1] ?? 0);
    return { series, columns: isAscending(run.tsMs) ? run : mergeColumns([run]) };
  });
}

/** Moves each reading behind the earlier ones of its series; `next` is where each series' run goes on. */
function* scatter(
  chunks: readonly Chunk[],
  rankOf: ReadonlyMap<number, number>,
  next: Uint32Array,
): Generator<void, Columns, void> {
  const length = next[next.length - 1] ?? 0;
  const tsMs = new Float64Array(length);
  const values = new Float64Array(length);
  const flags = new Uint8Array(length);
  const texts: string[] = [];
  for (const chunk of chunks) {
    const textsBefore = texts.length;
    for (const text of chunk.texts) texts.push(text);
    for (let i = 0; i < chunk.length; i++) {
      const rank = rankOf.get(chunk.series[i] ?? 0) ?? 0;
      const to = next[rank] ?? 0;
      next[rank] = to + 1;
      const flag = chunk.flags[i] ?? 0;
      tsMs[to] = chunk.tsMs[i] ?? 0;
      values[to] = (chunk.values[i] ?? 0) + ((flag & TYPE_MASK) === TEXT ? textsBefore : 0);
      flags[to] = flag;
    }
    yield;
  }
  return { tsMs, values, flags, texts };
}

const scratch = new ByteWriter(1 << 20);

/**
 * A chunk as bytes, in journal order. It lives for an hour at most until it is sorted into its partitions, so it is made
 * cheaply and not small: about 13 bytes a reading.
 */
export function encodeChunk(chunk: Chunk): Uint8Array {
  const writer = scratch;
  writer.length = 0;
  writer.unsigned(chunk.length);
  let lastSeries = 0;
  for (let i = 0; i < chunk.length; i++) {
    const series = chunk.series[i] ?? 0;
    writer.signed(series - lastSeries);
    lastSeries = series;
  }
  writeNumbers(writer, chunk.tsMs.subarray(0, chunk.length));
  writer.reserve(chunk.length);
  writer.bytes.set(chunk.flags.subarray(0, chunk.length), writer.length);
  writer.length += chunk.length;
  writer.blob(new Uint8Array(chunk.values.buffer, 0, chunk.length * 8));
  writer.unsigned(chunk.texts.length);
  for (const text of chunk.texts) writer.blob(Buffer.from(text));
  return withCrc(writer.bytes.subarray(0, writer.length));
}

/** Throws RangeError when the bytes are damaged. */
export function decodeChunk(bytes: Uint8Array): Chunk {
  const reader = new ByteReader(checkedBody(bytes));
  const length = reader.unsigned();
  const series = new Uint32Array(length);
  let lastSeries = 0;
  for (let i = 0; i < length; i++) {
    lastSeries += reader.signed();
    series[i] = lastSeries;
  }
  const tsMs = readNumbers(reader, length);
  const flags = reader.bytes.slice(reader.at, reader.at + length);
  reader.at += length;
  const values = new Float64Array(reader.blob().slice().buffer);
  const texts: string[] = [];
  const count = reader.unsigned();
  for (let i = 0; i < count; i++) texts.push(Buffer.from(reader.blob()).toString());
  return { length, series, tsMs, values, flags, texts };
}

/** The newest time of each series, in pages of series numbers, which the registry gives out one after the other. */
export interface NewestTimes {
  /** Takes note of a reading, and tells how its time stands to the newest one so far. */
  note(series: number, tsMs: number): 'newer' | 'same' | 'late';
  /** The pages that changed since the last call. */
  takeChanged(): { readonly page: number; readonly times: Float64Array }[];
  load(page: number, times: Float64Array): void;
}

/** Takes note of all readings of a chunk. */
export function noteAll(newest: NewestTimes, chunk: Chunk): void {
  for (let i = 0; i < chunk.length; i++) newest.note(chunk.series[i] ?? 0, chunk.tsMs[i] ?? 0);
}

const PAGE_SHIFT = 10;
const PAGE_SIZE = 1 << PAGE_SHIFT;

/** Before any reading: everything is newer. */
const NEVER = Number.NEGATIVE_INFINITY;

export function createNewestTimes(): NewestTimes {
  const pages = new Map<number, Float64Array>();
  const changed = new Set<number>();
  // Readings come in long runs of neighbouring series, so the last page is nearly always the next one.
  let lastNumber = -1;
  let lastPage: Float64Array = new Float64Array(0);

  const turnTo = (number: number): void => {
    let found = pages.get(number);
    if (found === undefined) {
      found = new Float64Array(PAGE_SIZE).fill(NEVER);
      pages.set(number, found);
    }
    lastNumber = number;
    lastPage = found;
  };

  return {
    note(series, tsMs) {
      const number = series >>> PAGE_SHIFT;
      if (number !== lastNumber) turnTo(number);
      const slot = series & (PAGE_SIZE - 1);
      const newest = lastPage[slot] ?? NEVER;
      if (tsMs === newest) return 'same';
      if (tsMs < newest) return 'late';
      lastPage[slot] = tsMs;
      changed.add(number);
      return 'newer';
    },
    takeChanged() {
      const numbers = [...changed];
      changed.clear();
      return numbers.map((page) => ({ page, times: pages.get(page) ?? new Float64Array(0) }));
    },
    load(page, times) {
      pages.set(page, times);
      lastNumber = -1;
    },
  };
}
