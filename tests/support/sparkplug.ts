import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** What edge nodes of Sparkplug B send, written field by field beside the reader of the product. */

export interface MetricToSend {
  readonly name?: string;
  readonly alias?: number;
  readonly timestamp?: number;
  readonly type?: keyof typeof TYPES;
  readonly historical?: boolean;
  readonly isNull?: boolean;
  readonly quality?: number;
  /** Bytes of a set of data as the type says, else of an array, a file or bytes. */
  readonly value?: number | boolean | string | bigint | Uint8Array;
  /** In the place of a value. */
  readonly template?: readonly MetricToSend[];
}

const TYPES = {
  Int8: 1,
  Int16: 2,
  Int32: 3,
  Int64: 4,
  UInt8: 5,
  UInt16: 6,
  UInt32: 7,
  UInt64: 8,
  Float: 9,
  Double: 10,
  Boolean: 11,
  String: 12,
  DateTime: 13,
  DataSet: 16,
  Bytes: 17,
  Template: 19,
  Int16Array: 23,
  UInt64Array: 29,
  FloatArray: 30,
  BooleanArray: 32,
  StringArray: 33,
} as const;

export interface PayloadToSend {
  readonly timestamp?: number;
  readonly seq?: number;
  readonly metrics?: readonly MetricToSend[];
}

export function sparkplugPayload({ timestamp, seq, metrics = [] }: PayloadToSend): Buffer {
  const payload = new BinaryWriter();
  if (timestamp !== undefined) payload.tag(1, WireType.Varint).uint64(timestamp);
  for (const metric of metrics) payload.tag(2, WireType.LengthDelimited).bytes(metricBytes(metric));
  if (seq !== undefined) payload.tag(3, WireType.Varint).uint64(seq);
  return Buffer.from(payload.finish());
}

function metricBytes(metric: MetricToSend): Uint8Array {
  const { name, alias, timestamp, type, historical, isNull, quality, template } = metric;
  const to = new BinaryWriter();
  if (name !== undefined) to.tag(1, WireType.LengthDelimited).string(name);
  if (alias !== undefined) to.tag(2, WireType.Varint).uint64(alias);
  if (timestamp !== undefined) to.tag(3, WireType.Varint).uint64(timestamp);
  if (type !== undefined) to.tag(4, WireType.Varint).uint32(TYPES[type]);
  if (historical) to.tag(5, WireType.Varint).bool(true);
  if (isNull) to.tag(7, WireType.Varint).bool(true);
  if (quality !== undefined) to.tag(9, WireType.LengthDelimited).bytes(propertiesWith(quality));
  if (template !== undefined) {
    const inner = new BinaryWriter();
    for (const member of template) inner.tag(2, WireType.LengthDelimited).bytes(metricBytes(member));
    to.tag(18, WireType.LengthDelimited).bytes(inner.finish());
  } else putValue(to, metric);
  return to.finish();
}

function putValue(to: BinaryWriter, { type, value }: MetricToSend): void {
  if (value === undefined) return;
  if (value instanceof Uint8Array) {
    to.tag(type === 'DataSet' ? 17 : 16, WireType.LengthDelimited).bytes(value);
    return;
  }
  if (typeof value === 'boolean') to.tag(14, WireType.Varint).bool(value);
  else if (typeof value === 'string') to.tag(15, WireType.LengthDelimited).string(value);
  else if (typeof value === 'bigint') to.tag(11, WireType.Varint).uint64(BigInt.asUintN(64, value));
  else if (type === 'Float') to.tag(12, WireType.Bit32).float(value);
  else if (type?.includes('Int')) to.tag(10, WireType.Varint).uint32(value >>> 0);
  else to.tag(13, WireType.Bit64).double(value);
}

function propertiesWith(quality: number): Uint8Array {
  const value = new BinaryWriter();
  value.tag(1, WireType.Varint).uint32(TYPES.Int32);
  value.tag(3, WireType.Varint).uint32(quality);
  const other = new BinaryWriter();
  other.tag(8, WireType.LengthDelimited).string('cm');
  const set = new BinaryWriter();
  set.tag(1, WireType.LengthDelimited).string('engUnit');
  set.tag(1, WireType.LengthDelimited).string('Quality');
  set.tag(2, WireType.LengthDelimited).bytes(other.finish());
  set.tag(2, WireType.LengthDelimited).bytes(value.finish());
  return set.finish();
}
