import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { Scalar } from '../signals.ts';

/** What an edge node of Sparkplug B sends, by the field numbers of the specification (6.4). */

export interface SentMetric {
  readonly name?: string;
  readonly alias?: number;
  readonly type?: keyof typeof TYPES;
  readonly value: Scalar;
  readonly atMs?: number;
  readonly isHistorical?: boolean;
}

const TYPES = { UInt8: 5, UInt16: 6, UInt64: 8, Boolean: 11 } as const;

/** Whole numbers and booleans: what gauges and pumps have. */
export function sparkplugPayload(atMs: number, seq: number | undefined, metrics: readonly SentMetric[]): Buffer {
  const payload = new BinaryWriter();
  payload.tag(1, WireType.Varint).uint64(atMs);
  for (const metric of metrics) payload.tag(2, WireType.LengthDelimited).bytes(metricBytes(metric));
  if (seq !== undefined) payload.tag(3, WireType.Varint).uint64(seq);
  return Buffer.from(payload.finish());
}

function metricBytes({ name, alias, type, value, atMs, isHistorical }: SentMetric): Uint8Array {
  const to = new BinaryWriter();
  if (name !== undefined) to.tag(1, WireType.LengthDelimited).string(name);
  if (alias !== undefined) to.tag(2, WireType.Varint).uint64(alias);
  if (atMs !== undefined) to.tag(3, WireType.Varint).uint64(atMs);
  if (type !== undefined) to.tag(4, WireType.Varint).uint32(TYPES[type]);
  if (isHistorical) to.tag(5, WireType.Varint).bool(true);
  if (typeof value === 'boolean') to.tag(14, WireType.Varint).bool(value);
  else if (type === 'UInt64') to.tag(11, WireType.Varint).uint64(Number(value));
  else to.tag(10, WireType.Varint).uint32(Number(value));
  return to.finish();
}
