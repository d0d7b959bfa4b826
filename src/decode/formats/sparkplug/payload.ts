import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { SparkplugCommand, SparkplugMessage, SparkplugMetric } from '../../../model/sparkplug.ts';
import { BATCH_ITEMS_MAX } from '../../gather.ts';
import { FLOAT, isLong, shortest } from './types.ts';

/**
 * The protobuf of Sparkplug B by the field numbers of its specification (6.4), with bounds: so many metrics, those of templates
 * among them, and templates within one another so deep.
 */

const METRICS_MAX = BATCH_ITEMS_MAX;
const TEMPLATES_DEEP_MAX = 8;
/** Nobody names a metric so; what is longer is none. */
const NAME_LENGTH_MAX = 512;
/** Values that differ more often from one another than a property set has keys are none. */
const PROPERTIES_MAX = 256;
const DATE_MS_MAX = 8_640_000_000_000_000;

export type ReadSparkplug =
  | { readonly message: SparkplugMessage; readonly problem?: undefined }
  | { readonly problem: 'no-protobuf' | 'too-many'; readonly message?: undefined };

class TooMany extends Error {}

/** Reads a payload. Never throws. */
export function readSparkplug(payload: Uint8Array): ReadSparkplug {
  try {
    return { message: messageOf(payload, { left: METRICS_MAX }) };
  } catch (error) {
    return { problem: error instanceof TooMany ? 'too-many' : 'no-protobuf' };
  }
}

/** Bytes, files and arrays. */
const BYTES_VALUE = 16;

/** How many more metrics may come. */
interface Budget {
  left: number;
}

function messageOf(payload: Uint8Array, budget: Budget): SparkplugMessage {
  const metrics: SparkplugMetric[] = [];
  let timestampMs: number | undefined;
  let seq: number | undefined;
  eachField(payload, (reader, field, type) => {
    if (field === 1) timestampMs = timeOf(uint64(reader, type));
    else if (field === 2) metrics.push(metricOf(bytes(reader, type), budget, 0));
    else if (field === 3) seq = Number(uint64(reader, type) & 0xffn);
    else return false;
    return true;
  });
  return { timestampMs, seq, metrics };
}

type Draft = { -readonly [K in keyof SparkplugMetric]: SparkplugMetric[K] };

function metricOf(payload: Uint8Array, budget: Budget, depth: number): SparkplugMetric {
  if (--budget.left < 0) throw new TooMany();
  const metric: Draft = {
    name: undefined,
    alias: undefined,
    timestampMs: undefined,
    type: undefined,
    isHistorical: false,
    isNull: false,
    quality: undefined,
    raw: undefined,
    members: undefined,
  };
  eachField(payload, (reader, field, type) => {
    switch (field) {
      case 1: {
        const name = text(reader, type);
        metric.name = name.length <= NAME_LENGTH_MAX ? name : undefined;
        return true;
      }
      case 2:
        metric.alias = uint64(reader, type);
        return true;
      case 3:
        metric.timestampMs = timeOf(uint64(reader, type));
        return true;
      case 4:
        metric.type = Number(uint64(reader, type));
        return true;
      case 5:
        metric.isHistorical = uint64(reader, type) !== 0n;
        return true;
      case 7:
        metric.isNull = uint64(reader, type) !== 0n;
        return true;
      case 9:
        metric.quality = qualityIn(bytes(reader, type));
        return true;
      case BYTES_VALUE:
        metric.raw = bytes(reader, type);
        return true;
      case 18:
        metric.members = membersOf(bytes(reader, type), budget, depth + 1);
        return true;
      default: {
        const raw = valueIn(reader, field, type, 10);
        if (raw !== undefined) metric.raw = raw;
        return raw !== undefined;
      }
    }
  });
  return metric;
}

function membersOf(payload: Uint8Array, budget: Budget, depth: number): SparkplugMetric[] {
  if (depth > TEMPLATES_DEEP_MAX) throw new TooMany();
  const members: SparkplugMetric[] = [];
  eachField(payload, (reader, field, type) => {
    if (field !== 2) return false;
    members.push(metricOf(bytes(reader, type), budget, depth));
    return true;
  });
  return members;
}

/** The property `Quality` of a property set: keys and values stand in two lists, in the same order. */
function qualityIn(payload: Uint8Array): number | undefined {
  const keys: string[] = [];
  const values: Uint8Array[] = [];
  eachField(payload, (reader, field, type) => {
    if (keys.length > PROPERTIES_MAX || values.length > PROPERTIES_MAX) throw new TooMany();
    if (field === 1) keys.push(text(reader, type));
    else if (field === 2) values.push(bytes(reader, type));
    else return false;
    return true;
  });
  const value = values[keys.indexOf('Quality')];
  if (value === undefined) return undefined;
  let quality: number | undefined;
  eachField(value, (reader, field, type) => {
    const raw = valueIn(reader, field, type, 3);
    if (typeof raw === 'bigint') quality = Number(BigInt.asIntN(32, raw));
    return raw !== undefined;
  });
  return quality;
}

/** One of the values that both metrics and properties may have: their numbers begin at another one. */
function valueIn(reader: BinaryReader, field: number, type: WireType, first: number) {
  switch (field - first) {
    case 0:
    case 1:
      return uint64(reader, type);
    case 2:
      expectType(type, WireType.Bit32);
      return shortest(reader.float());
    case 3:
      expectType(type, WireType.Bit64);
      return reader.double();
    case 4:
      return uint64(reader, type) !== 0n;
    case 5:
      return text(reader, type);
    default:
      return undefined;
  }
}

/** Goes through the fields of a message; what `take` does not know is passed over. Throws where it is none. */
function eachField(payload: Uint8Array, take: (reader: BinaryReader, field: number, type: WireType) => boolean): void {
  const reader = new BinaryReader(payload);
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    // Groups were given up before this protocol was made.
    if (type === WireType.StartGroup || type === WireType.EndGroup) throw new Error('a group');
    if (!take(reader, field, type)) reader.skip(type, field);
    if (reader.pos > reader.len) throw new Error('it ends too early');
  }
}

function uint64(reader: BinaryReader, type: WireType): bigint {
  expectType(type, WireType.Varint);
  return BigInt(reader.uint64());
}

function text(reader: BinaryReader, type: WireType): string {
  expectType(type, WireType.LengthDelimited);
  return reader.string();
}

function bytes(reader: BinaryReader, type: WireType): Uint8Array {
  expectType(type, WireType.LengthDelimited);
  return reader.bytes();
}

function expectType(found: WireType, expected: WireType): void {
  if (found !== expected) throw new Error(`wire type ${found} in the place of ${expected}`);
}

/** A time, or none: zero is what some write who have no clock. */
function timeOf(ms: bigint): number | undefined {
  return ms > 0n && ms <= DATE_MS_MAX ? Number(ms) : undefined;
}

/** What an edge node or device is told, as the specification has it of NCMD and DCMD: with its time, without a sequence number. */
export function commandPayload(nowMs: number, commands: readonly SparkplugCommand[]): Uint8Array {
  const payload = new BinaryWriter();
  payload.tag(1, WireType.Varint).uint64(nowMs);
  for (const { name, type, raw } of commands) {
    const metric = new BinaryWriter();
    metric.tag(1, WireType.LengthDelimited).string(name);
    metric.tag(3, WireType.Varint).uint64(nowMs);
    metric.tag(4, WireType.Varint).uint32(type);
    if (typeof raw === 'boolean') metric.tag(14, WireType.Varint).bool(raw);
    else if (typeof raw === 'string') metric.tag(15, WireType.LengthDelimited).string(raw);
    else if (typeof raw === 'number' && type === FLOAT) metric.tag(12, WireType.Bit32).float(raw);
    else if (typeof raw === 'number') metric.tag(13, WireType.Bit64).double(raw);
    else if (isLong(type)) metric.tag(11, WireType.Varint).uint64(BigInt.asUintN(64, raw));
    else metric.tag(10, WireType.Varint).uint32(Number(BigInt.asUintN(32, raw)));
    payload.tag(2, WireType.LengthDelimited).bytes(metric.finish());
  }
  return payload.finish();
}
