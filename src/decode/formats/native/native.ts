import type { Decoded, DecodePlan, PayloadFormat } from '../../../model/format.ts';
import { rejectionOf } from '../../../model/rejection.ts';
import { BATCH_ITEMS_MAX, Collector, readJson, rejected } from '../../gather.ts';
import { hasMoreKeys, parseKeepingAll } from '../../json.ts';

/** Brink's own JSON. `futureMaxMs`: how far ahead of ours a device's clock may be. */
export function createNativeFormat(futureMaxMs: number): PayloadFormat {
  return {
    name: 'native',
    read: (device, _topic, payload, receivedAtMs) =>
      decodeNative(device, payload, receivedAtMs, futureMaxMs, device.clockOffsetMs),
  };
}

/**
 * Reads a payload in one of the native forms of `telemetry/{deviceId}`: `{ts?, values: {…}}`, a flat object, or an array
 * of either. Never throws. `futureMaxMs` is how far ahead of `receivedAtMs` a device's time may be before it is taken
 * for wrong; wrong times are replaced by the arrival time, and within a batch shifted so that the newest of a clock falls
 * on it.
 * `lastAheadMs` is how far ahead of its arrival the newest time of the device's message before was.
 */
export function decodeNative(
  plan: DecodePlan,
  payload: Uint8Array,
  receivedAtMs: number,
  futureMaxMs: number,
  lastAheadMs = 0,
): Decoded {
  const read = readJson(payload);
  if (read.rejection !== undefined) return rejected(read.rejection);
  const { json, text, isRepaired } = read;
  if (Array.isArray(json) && json.length > BATCH_ITEMS_MAX) {
    return rejected(rejectionOf('too-many-items', { count: json.length, most: BATCH_ITEMS_MAX }));
  }
  let collector = new Collector(plan, receivedAtMs, futureMaxMs, lastAheadMs);
  collector.take(json);
  // JSON.parse keeps the last value of a key only, and says nothing of the others.
  if (!collector.isBroken && hasMoreKeys(isRepaired ? Buffer.from(text) : payload, collector.keys)) {
    collector = new Collector(plan, receivedAtMs, futureMaxMs, lastAheadMs);
    collector.take(parseKeepingAll(text));
  }
  return collector.finish(isRepaired);
}
