import { crc32 } from 'node:zlib';
import {
  type Columns,
  FALSE,
  MARKS_SHIFT,
  marksAt,
  NO_READINGS,
  NUMBER,
  TEXT,
  TRUE,
  TYPE_MASK,
  valueAt,
} from '../../model/columns.ts';
import { msOf, stepped } from '../../model/instant.ts';
import type { Sample } from '../../model/reading.ts';
import { ByteReader, ByteWriter, pack, unpack } from './bytes.ts';

export { type Columns, FALSE, MARKS_SHIFT, NO_READINGS, NUMBER, TEXT, TRUE, TYPE_MASK };

/** The samples of columns, made where they are given to a caller. */
export function samplesOf(columns: Columns): Sample[] {
  const samples: Sample[] = new Array<Sample>(columns.tsMs.length);
  for (let i = 0; i < samples.length; i++) {
    samples[i] = { tsMs: columns.tsMs[i] ?? 0, value: valueAt(columns, i), marks: marksAt(columns, i) };
  }
  return samples;
}

/** The same with memory of its own and no more than it needs, which may be handed to another thread. */
export function ownMemory(columns: Columns): { readonly own: Columns; readonly buffers: ArrayBuffer[] } {
  const tsMs = columns.tsMs.slice();
  const values = columns.values.slice();
  const flags = columns.flags.slice();
  return {
    own: { tsMs, values, flags, texts: columns.texts },
    buffers: [tsMs.buffer, values.buffer, flags.buffer],
  };
}

/** The readings from index `start` to `end` (excluded), sharing the memory. */
export function sliceColumns(columns: Columns, start: number, end: number): Columns {
  if (start === 0 && end === columns.tsMs.length) return columns;
  return {
    tsMs: columns.tsMs.subarray(start, end),
    values: columns.values.subarray(start, end),
    flags: columns.flags.subarray(start, end),
    texts: columns.texts,
  };
}

/** The readings of a run in time order with fromMs ≤ ts < toMs, sharing the memory. */
export function betweenTimes(columns: Columns, fromMs: number, toMs: number): Columns {
  return sliceColumns(columns, lowerBound(columns.tsMs, fromMs), lowerBound(columns.tsMs, toMs));
}

/** The first index of an ascending column whose time is not before `tsMs`. */
export function lowerBound(times: Float64Array, tsMs: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] ?? 0) < tsMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * One run in time order of several, each in journal order among themselves. Of readings at one time that are alike the
 * first in journal order stays. Another value at one time is a reading of its own, which could not know that its time was
 * taken, for it came late: unless its millisecond has that value already it gets the next time that is free.
 */
export function mergeColumns(runs: readonly Columns[]): Columns {
  const parts = runs.filter((run) => run.tsMs.length > 0);
  const only = parts[0];
  if (only === undefined) return NO_READINGS;
  const joined = parts.length === 1 ? only : joinColumns(parts);
  return isAscending(joined.tsMs) ? joined : sortColumns(joined);
}

function joinColumns(parts: readonly Columns[]): Columns {
  const length = parts.reduce((sum, part) => sum + part.tsMs.length, 0);
  const tsMs = new Float64Array(length);
  const values = new Float64Array(length);
  const flags = new Uint8Array(length);
  const texts: string[] = [];
  let at = 0;
  for (const part of parts) {
    tsMs.set(part.tsMs, at);
    values.set(part.values, at);
    flags.set(part.flags, at);
    if (part.texts.length > 0) {
      for (let i = 0; i < part.flags.length; i++) {
        if (((part.flags[i] ?? 0) & TYPE_MASK) === TEXT) values[at + i] = (part.values[i] ?? 0) + texts.length;
      }
      for (const text of part.texts) texts.push(text);
    }
    at += part.tsMs.length;
  }
  return { tsMs, values, flags, texts };
}

export function isAscending(times: Float64Array): boolean {
  for (let i = 1; i < times.length; i++) if ((times[i] ?? 0) <= (times[i - 1] ?? 0)) return false;
  return true;
}

function sortColumns(columns: Columns): Columns {
  const { tsMs } = columns;
  const order = new Uint32Array(tsMs.length);
  for (let i = 0; i < order.length; i++) order[i] = i;
  // The index breaks ties, so that what is of one millisecond comes in journal order.
  order.sort((a, b) => msOf(tsMs[a] ?? 0) - msOf(tsMs[b] ?? 0) || a - b);
  const sorted = {
    tsMs: new Float64Array(order.length),
    values: new Float64Array(order.length),
    flags: new Uint8Array(order.length),
    texts: columns.texts,
  };
  let length = 0;
  const put = (ts: number, from: number): void => {
    const before = length === 0 ? Number.NEGATIVE_INFINITY : (sorted.tsMs[length - 1] ?? 0);
    // So many of one millisecond had to make way that they reach into the next one.
    sorted.tsMs[length] = ts > before ? ts : stepped(before, 1);
    sorted.values[length] = columns.values[from] ?? 0;
    sorted.flags[length] = columns.flags[from] ?? 0;
    length++;
  };
  for (let start = 0; start < order.length; ) {
    const ms = msOf(tsMs[order[start] ?? 0] ?? 0);
    let end = start + 1;
    while (end < order.length && msOf(tsMs[order[end] ?? 0] ?? 0) === ms) end++;
    if (end - start === 1) put(tsMs[order[start] ?? 0] ?? 0, order[start] ?? 0);
    else for (const { ts, from } of placesOf(columns, order.subarray(start, end))) put(ts, from);
    start = end;
  }
  return sliceColumns(sorted, 0, length);
}

/** The readings of one millisecond, given in journal order, each with a time of its own. */
function placesOf(columns: Columns, members: Uint32Array): { readonly ts: number; readonly from: number }[] {
  const placed: { readonly ts: number; readonly from: number }[] = [];
  const taken = new Set<number>();
  for (const from of members) {
    let ts = columns.tsMs[from] ?? 0;
    if (taken.has(ts)) {
      if (placed.some((other) => isAlike(columns, other.from, from))) continue;
      while (taken.has(ts)) ts = stepped(ts, 1);
    }
    taken.add(ts);
    placed.push({ ts, from });
  }
  return placed.sort((a, b) => a.ts - b.ts);
}

/** Whether two readings have the same value. */
function isAlike({ values, flags, texts }: Columns, a: number, b: number): boolean {
  const type = (flags[a] ?? 0) & TYPE_MASK;
  if (type !== ((flags[b] ?? 0) & TYPE_MASK)) return false;
  const [valueA = 0, valueB = 0] = [values[a], values[b]];
  return valueA === valueB || (type === TEXT && texts[valueA] === texts[valueB]);
}

const scratch = new ByteWriter(1 << 18);

/**
 * A block: form and body of `pack`, then its CRC-32. Times are stored as differences of differences, numbers as
 * differences of integers when all are decimals of few digits (nearly every sensor's are), else as the XOR of
 * neighbours, byte by byte apart; flags as one byte when all are alike; texts by their number in a list.
 */
export function encodeBlock(columns: Columns): Uint8Array {
  scratch.length = 0;
  const length = columns.tsMs.length;
  scratch.unsigned(length);
  writeTimes(scratch, columns.tsMs);
  writeFlags(scratch, columns.flags);
  writeValues(scratch, columns);
  return withCrc(pack(scratch.bytes.subarray(0, scratch.length)));
}

/** Throws RangeError when the bytes are damaged. */
export function decodeBlock(block: Uint8Array): Columns {
  const reader = new ByteReader(unpack(checkedBody(block)));
  const length = reader.unsigned();
  const tsMs = readTimes(reader, length);
  const flags = readFlags(reader, length);
  const { values, texts } = readValues(reader, flags);
  return { tsMs, values, flags, texts };
}

/** The bytes with their CRC-32 behind them. */
export function withCrc(body: Uint8Array): Uint8Array {
  const block = new Uint8Array(body.length + 4);
  block.set(body);
  new DataView(block.buffer).setUint32(body.length, crc32(body), true);
  return block;
}

/** What `withCrc` was given. Throws RangeError when the bytes are damaged. */
export function checkedBody(block: Uint8Array): Uint8Array {
  const length = block.length - 4;
  if (length < 0) throw new RangeError('a stored block is cut short');
  const body = block.subarray(0, length);
  const stored = new DataView(block.buffer, block.byteOffset).getUint32(length, true);
  if (stored !== crc32(body)) throw new RangeError('a stored block is damaged: its check sum does not fit');
  return body;
}

const AS_INTEGERS = 0;
const AS_DOUBLES = 1;

/** Integers up to here may be stored as differences of differences: their zigzag form stays below 2^53. */
const TIME_MAX = 2 ** 50;

function writeTimes(writer: ByteWriter, times: Float64Array): void {
  for (const time of times) {
    if (Number.isInteger(time) && Math.abs(time) < TIME_MAX) continue;
    writer.u8(AS_DOUBLES);
    writeDoubles(writer, times);
    return;
  }
  writer.u8(AS_INTEGERS);
  let last = 0;
  let lastStep = 0;
  for (let i = 0; i < times.length; i++) {
    const time = times[i] ?? 0;
    const step = time - last;
    writer.signed(step - lastStep);
    // The first step is from 1970; the steps after it have nothing to do with it.
    lastStep = i === 0 ? 0 : step;
    last = time;
  }
}

function readTimes(reader: ByteReader, length: number): Float64Array {
  if (reader.u8() === AS_DOUBLES) return readDoubles(reader, length);
  const times = new Float64Array(length);
  reader.signedAll(times);
  let time = 0;
  let step = 0;
  for (let i = 0; i < length; i++) {
    step += times[i] ?? 0;
    time += step;
    times[i] = time;
    if (i === 0) step = 0;
  }
  return times;
}

function writeFlags(writer: ByteWriter, flags: Uint8Array): void {
  const first = flags[0] ?? 0;
  const alike = flags.every((flag) => flag === first);
  writer.u8(alike ? 1 : 0);
  if (alike) {
    writer.u8(first);
    return;
  }
  writer.reserve(flags.length);
  writer.bytes.set(flags, writer.length);
  writer.length += flags.length;
}

function readFlags(reader: ByteReader, length: number): Uint8Array {
  if (reader.u8() === 1) return new Uint8Array(length).fill(reader.u8());
  const flags = reader.bytes.slice(reader.at, reader.at + length);
  reader.at += length;
  return flags;
}

function writeValues(writer: ByteWriter, columns: Columns): void {
  const { flags, values } = columns;
  let numbers = 0;
  let texts = 0;
  for (const flag of flags) {
    if ((flag & TYPE_MASK) === NUMBER) numbers++;
    else if ((flag & TYPE_MASK) === TEXT) texts++;
  }
  writeNumbers(writer, numbers === flags.length ? values : ofType(columns, NUMBER, numbers));
  if (texts > 0) writeTexts(writer, columns);
}

function ofType(columns: Columns, type: number, count: number): Float64Array {
  const picked = new Float64Array(count);
  let at = 0;
  for (let i = 0; i < columns.flags.length; i++) {
    if (((columns.flags[i] ?? 0) & TYPE_MASK) === type) picked[at++] = columns.values[i] ?? 0;
  }
  return picked;
}

function readValues(reader: ByteReader, flags: Uint8Array): { values: Float64Array; texts: string[] } {
  let numbers = 0;
  let texts = 0;
  for (const flag of flags) {
    if ((flag & TYPE_MASK) === NUMBER) numbers++;
    else if ((flag & TYPE_MASK) === TEXT) texts++;
  }
  const column = readNumbers(reader, numbers);
  if (numbers === flags.length) return { values: column, texts: [] };
  const values = new Float64Array(flags.length);
  const list = texts > 0 ? readTextList(reader) : [];
  let at = 0;
  for (let i = 0; i < flags.length; i++) {
    const type = (flags[i] ?? 0) & TYPE_MASK;
    if (type === NUMBER) values[i] = column[at++] ?? 0;
    else if (type === TEXT) values[i] = reader.unsigned();
    else values[i] = type === TRUE ? 1 : 0;
  }
  return { values, texts: list };
}

function writeTexts(writer: ByteWriter, columns: Columns): void {
  const numberOf = new Map<string, number>();
  const numbers: number[] = [];
  for (let i = 0; i < columns.flags.length; i++) {
    if (((columns.flags[i] ?? 0) & TYPE_MASK) !== TEXT) continue;
    const text = columns.texts[columns.values[i] ?? 0] ?? '';
    let number = numberOf.get(text);
    if (number === undefined) {
      number = numberOf.size;
      numberOf.set(text, number);
    }
    numbers.push(number);
  }
  writer.unsigned(numberOf.size);
  for (const text of numberOf.keys()) writer.blob(Buffer.from(text));
  for (const number of numbers) writer.unsigned(number);
}

function readTextList(reader: ByteReader): string[] {
  const count = reader.unsigned();
  const texts: string[] = [];
  for (let i = 0; i < count; i++) texts.push(Buffer.from(reader.blob()).toString());
  return texts;
}

const POWERS = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9] as const;
/** In place of the number of decimals: the numbers are not decimals. */
const NOT_DECIMAL = 255;
/** Scaled integers stay below this, so that the zigzag form of their differences is below 2^53. */
const SCALED_MAX = 2 ** 50;

/** The fewest decimals that give every number back exactly, or -1 when there are none. */
function decimalsOf(numbers: Float64Array): number {
  let decimals = 0;
  let power = 1;
  for (let i = 0; i < numbers.length; i++) {
    const value = numbers[i] ?? 0;
    while (Math.round(value * power) / power !== value) {
      decimals++;
      power = POWERS[decimals] ?? 0;
      if (power === 0) return -1;
    }
    if (Math.abs(value * power) >= SCALED_MAX) return -1;
  }
  // More decimals may scale an earlier number inexactly; only the last look is the proof.
  for (const value of numbers) {
    if (Math.round(value * power) / power !== value || Math.abs(value * power) >= SCALED_MAX) return -1;
  }
  return decimals;
}

/** Numbers, -0 becoming 0. */
export function writeNumbers(writer: ByteWriter, numbers: Float64Array): void {
  const decimals = decimalsOf(numbers);
  const power = POWERS[decimals];
  if (power === undefined) {
    writer.u8(NOT_DECIMAL);
    writeDoubles(writer, numbers);
    return;
  }
  writer.u8(decimals);
  let last = 0;
  for (let i = 0; i < numbers.length; i++) {
    const scaled = Math.round((numbers[i] ?? 0) * power);
    writer.signed(scaled - last);
    last = scaled;
  }
}

export function readNumbers(reader: ByteReader, length: number): Float64Array {
  const decimals = reader.u8();
  if (decimals === NOT_DECIMAL) return readDoubles(reader, length);
  const power = POWERS[decimals] ?? 1;
  const numbers = new Float64Array(length);
  reader.signedAll(numbers);
  let scaled = 0;
  for (let i = 0; i < length; i++) {
    scaled += numbers[i] ?? 0;
    numbers[i] = scaled / power;
  }
  return numbers;
}

/**
 * Doubles as they are: each XOR the one before, then all first bytes, all second bytes and so on, because neighbours
 * share sign, exponent and leading digits, and deflate finds runs but not strides.
 */
function writeDoubles(writer: ByteWriter, numbers: Float64Array): void {
  const length = numbers.length;
  const bits = new Uint8Array(numbers.slice().buffer);
  writer.reserve(length * 8);
  const out = writer.bytes;
  for (let plane = 0; plane < 8; plane++) {
    const start = writer.length + plane * length;
    let last = 0;
    for (let i = 0; i < length; i++) {
      const byte = bits[i * 8 + plane] ?? 0;
      out[start + i] = byte ^ last;
      last = byte;
    }
  }
  writer.length += length * 8;
}

function readDoubles(reader: ByteReader, length: number): Float64Array {
  const bits = new Uint8Array(length * 8);
  const { bytes } = reader;
  if (reader.at + bits.length > bytes.length) throw new RangeError('a stored column runs past its end');
  for (let plane = 0; plane < 8; plane++) {
    const start = reader.at + plane * length;
    let last = 0;
    for (let i = 0; i < length; i++) {
      last ^= bytes[start + i] ?? 0;
      bits[i * 8 + plane] = last;
    }
  }
  reader.at += length * 8;
  return new Float64Array(bits.buffer);
}
