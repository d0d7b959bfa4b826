import type { SparkplugMetric } from '../../../model/sparkplug.ts';
import { BATCH_ITEMS_MAX } from '../../gather.ts';

/** The data types of Sparkplug B by their numbers (6.4.16): what a metric says in its own, and back again. */

const TYPES = [
  'Unknown',
  ...['Int8', 'Int16', 'Int32', 'Int64', 'UInt8', 'UInt16', 'UInt32', 'UInt64', 'Float', 'Double', 'Boolean'],
  ...['String', 'DateTime', 'Text', 'UUID', 'DataSet', 'Bytes', 'File', 'Template', 'PropertySet', 'PropertySetList'],
  ...['Int8Array', 'Int16Array', 'Int32Array', 'Int64Array', 'UInt8Array', 'UInt16Array', 'UInt32Array', 'UInt64Array'],
  ...['FloatArray', 'DoubleArray', 'BooleanArray', 'StringArray', 'DateTimeArray'],
];
const INT64 = 4;
const UINT8 = 5;
const UINT64 = 8;
export const FLOAT = 9;
const DOUBLE = 10;
export const BOOLEAN = 11;
const DATE_TIME = 13;
/** String, Text, UUID. */
const TEXTS = [12, 14, 15];
/** From here on there are sets of data, bytes, files, templates and arrays. */
const TEXT_LAST = 15;

/** A metric as it is to be read: a value, null for none, the elements of an array, or that it is neither. */
export type TypedValue =
  | { readonly value: number | boolean | string | null }
  | { readonly elements: readonly (number | boolean | string)[]; readonly type: string }
  | { readonly unreadable: string };

/** What a metric says in its type. */
export function typedValue({ type, raw, isNull }: SparkplugMetric): TypedValue {
  if (isNull) return { value: null };
  const name = type === undefined ? 'Unknown' : (TYPES[type] ?? `type ${type}`);
  if (raw instanceof Uint8Array) {
    const elements = elementsOf(name, raw);
    return elements === undefined ? { unreadable: name } : { elements, type: name };
  }
  if (type !== undefined && type > TEXT_LAST) return { unreadable: name };
  if (raw === undefined) return type === undefined ? { unreadable: name } : { value: null };
  if (typeof raw !== 'bigint') return { value: raw };
  if (type === BOOLEAN) return { value: raw !== 0n };
  const bits = bitsOf(type);
  if (bits === undefined) return { value: Number(raw) };
  return { value: Number(isSigned(type) ? BigInt.asIntN(bits, raw) : BigInt.asUintN(bits, raw)) };
}

/** Int8 to Int64 are 1 to 4, UInt8 to UInt64 5 to 8. */
function bitsOf(type: number | undefined): number | undefined {
  if (type === undefined || type < 1 || type > UINT64) return undefined;
  return 4 << (isSigned(type) ? type : type - INT64);
}

function isSigned(type: number | undefined): boolean {
  return type !== undefined && type < UINT8;
}

/** Whether whole numbers of a type stand where 64 bits have room. */
export function isLong(type: number): boolean {
  return type === INT64 || type === UINT64 || type === DATE_TIME;
}

/** A value that somebody would have a metric of this type take; undefined when it can't be one. */
export function rawOf(type: number, value: unknown): bigint | number | boolean | string | undefined {
  if (type === BOOLEAN) return typeof value === 'boolean' ? value : undefined;
  if (type === FLOAT || type === DOUBLE) return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
  if (TEXTS.includes(type)) return typeof value === 'string' ? value : undefined;
  const bits = type === DATE_TIME ? 64 : bitsOf(type);
  if (bits === undefined || typeof value !== 'number' || !Number.isSafeInteger(value)) return undefined;
  const whole = BigInt(value);
  return (isSigned(type) ? BigInt.asIntN(bits, whole) : BigInt.asUintN(bits, whole)) === whole ? whole : undefined;
}

/** The decimal number of fewest digits that is this one as a float: 0.7, not 0.699999988, which is below a limit of 0.7. */
export function shortest(float: number): number {
  if (!Number.isFinite(float)) return float;
  for (let digits = 6; digits < 9; digits++) {
    const decimal = Number(float.toPrecision(digits));
    if (Math.fround(decimal) === float) return decimal;
  }
  return float;
}

type ElementAt = (view: DataView, at: number) => number;

/** Packed, the lowest byte first. */
const PACKED: Readonly<Record<string, readonly [bytes: number, at: ElementAt]>> = {
  Int8Array: [1, (view, at) => view.getInt8(at)],
  Int16Array: [2, (view, at) => view.getInt16(at, true)],
  Int32Array: [4, (view, at) => view.getInt32(at, true)],
  Int64Array: [8, (view, at) => Number(view.getBigInt64(at, true))],
  UInt8Array: [1, (view, at) => view.getUint8(at)],
  UInt16Array: [2, (view, at) => view.getUint16(at, true)],
  UInt32Array: [4, (view, at) => view.getUint32(at, true)],
  UInt64Array: [8, (view, at) => Number(view.getBigUint64(at, true))],
  FloatArray: [4, (view, at) => shortest(view.getFloat32(at, true))],
  DoubleArray: [8, (view, at) => view.getFloat64(at, true)],
  DateTimeArray: [8, (view, at) => Number(view.getBigUint64(at, true))],
};
const COUNT_BYTES = 4;

/** The elements of an array, at most as many as a batch may have items; undefined when it is none, or no whole one. */
function elementsOf(type: string, bytes: Uint8Array): (number | boolean | string)[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (type === 'BooleanArray') {
    const count = bytes.length < COUNT_BYTES ? Number.POSITIVE_INFINITY : view.getUint32(0, true);
    if (count > (bytes.length - COUNT_BYTES) * 8) return undefined;
    // The first one is the highest bit of the first byte.
    return listOf(count, (i) => ((view.getUint8(COUNT_BYTES + (i >> 3)) << (i & 7)) & 0x80) !== 0);
  }
  if (type === 'StringArray') {
    if (bytes.length === 0) return [];
    return bytes.at(-1) === 0
      ? new TextDecoder().decode(bytes.subarray(0, -1)).split('\0', BATCH_ITEMS_MAX)
      : undefined;
  }
  const packed = PACKED[type];
  if (packed === undefined || bytes.length % packed[0] !== 0) return undefined;
  const [size, at] = packed;
  return listOf(bytes.length / size, (i) => at(view, i * size));
}

function listOf<T>(count: number, of: (index: number) => T): T[] {
  return Array.from({ length: Math.min(count, BATCH_ITEMS_MAX) }, (_, index) => of(index));
}
