import type { Clock } from '../../lib/clock.ts';
import type { UplinkEntry } from '../../model/entry.ts';
import { msOf } from '../../model/instant.ts';
import { qualityOf, type Reading } from '../../model/reading.ts';
import type { DeviceRecord } from '../../model/registry.ts';
import type { Watch, Watched, WatchedMessage, WatchedReading } from '../../model/watch.ts';

/** What is kept at the most, which is some 15 MB for all devices together. */
export const WATCHED_DEVICES_MAX = 50;
const MESSAGES_KEPT = 20;
const PAYLOAD_BYTES_KEPT = 4_096;
const READINGS_KEPT = 100;
/** A device is watched for so long after somebody has asked for its messages. */
export const WATCHED_MS = 10 * 60_000;

export interface DeviceWatch extends Watch {
  /** What was kept of a device, which is watched from now on; undefined when too many are already. */
  ask(device: string): Watched | undefined;
}

interface Kept extends WatchedMessage {
  /** What it waits for the codec with. */
  readonly waiting: { readonly device: DeviceRecord; readonly uplink: UplinkEntry } | undefined;
}

interface WatchedDevice {
  readonly sinceMs: number;
  untilMs: number;
  /** The oldest first. */
  readonly messages: Kept[];
  count: number;
}

/** Keeps the last messages of devices that somebody looks at, in memory and within bounds, for as long as they look. */
export function createDeviceWatch(clock: Clock): DeviceWatch {
  const watched = new Map<string, WatchedDevice>();
  const devices = new Set<string>();

  function end(device: string): void {
    watched.delete(device);
    devices.delete(device);
  }

  /** What is kept of a device that is still watched. */
  function present(device: string): WatchedDevice | undefined {
    const found = watched.get(device);
    if (found === undefined || clock.nowMs() < found.untilMs) return found;
    end(device);
    return undefined;
  }

  return {
    devices,

    ask(device) {
      for (const id of [...devices]) present(id);
      const nowMs = clock.nowMs();
      let found = watched.get(device);
      if (found === undefined) {
        if (watched.size >= WATCHED_DEVICES_MAX) return undefined;
        found = { sinceMs: nowMs, untilMs: 0, messages: [], count: 0 };
        watched.set(device, found);
        devices.add(device);
      }
      found.untilMs = nowMs + WATCHED_MS;
      return { messages: found.messages.toReversed(), sinceMs: found.sinceMs, untilMs: found.untilMs };
    },

    took(device, { route, topic, payload, oversizedBytes }, { receivedAtMs, readings, rejection, uplink }) {
      const found = present(device.id);
      if (found === undefined) return;
      found.count++;
      found.messages.push({
        number: found.count,
        receivedAtMs,
        topic,
        format: route.format.name,
        payload: Uint8Array.from(payload.subarray(0, PAYLOAD_BYTES_KEPT)),
        payloadBytes: oversizedBytes ?? payload.length,
        ...ofFields(device, readings),
        rejection: rejection && { reason: rejection.reason, why: rejection },
        isWaiting: uplink !== undefined,
        waiting: uplink === undefined ? undefined : { device, uplink },
      });
      if (found.messages.length > MESSAGES_KEPT) found.messages.shift();
    },

    answered(uplink, answers) {
      const found = present(uplink.device);
      const index = found?.messages.findIndex((one) => isSame(one.waiting?.uplink, uplink)) ?? -1;
      const message = found?.messages[index];
      if (found === undefined || message?.waiting === undefined) return;
      const readings = answers.flatMap((answer) => (answer.kind === 'message' ? answer.readings : []));
      const refused = answers.find((answer) => answer.kind === 'quarantine');
      found.messages[index] = {
        ...message,
        ...ofFields(message.waiting.device, readings),
        rejection: refused === undefined ? null : { reason: refused.reason, why: refused.why },
        isWaiting: false,
        waiting: undefined,
      };
    },
  };
}

/** Whether it is this one, which may have been read back from the journal since. */
function isSame(one: UplinkEntry | undefined, other: UplinkEntry): boolean {
  return (
    one !== undefined &&
    one.receivedAtMs === other.receivedAtMs &&
    one.fCnt === other.fCnt &&
    one.fPort === other.fPort &&
    Buffer.compare(one.bytes, other.bytes) === 0
  );
}

/** Readings by the fields of the device; a field that several points measure is one. */
function ofFields(
  { fields }: DeviceRecord,
  readings: readonly Reading[],
): Pick<WatchedMessage, 'readings' | 'readingCount'> {
  const bySeries = new Map(
    fields.flatMap(({ field, metric, series }) => (series[0] === undefined ? [] : [[series[0], { field, metric }]])),
  );
  const kept: WatchedReading[] = [];
  let readingCount = 0;
  for (const { series, value, tsMs, marks } of readings) {
    const found = bySeries.get(series);
    if (found === undefined) continue;
    readingCount++;
    if (kept.length === READINGS_KEPT) continue;
    const { field, metric } = found;
    kept.push({ field, value, unit: metric.unit ?? null, tsMs: msOf(tsMs), quality: qualityOf(marks) });
  }
  return { readings: kept, readingCount };
}
