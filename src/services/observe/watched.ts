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
  /**
   * What was kept of a device, which is watched from now on; undefined when too many are already. `lastSeenMs`: when it was heard
   * last, for what came long before that is not the last of it.
   */
  ask(device: string, lastSeenMs: number | null): Watched | undefined;
}

interface Kept extends WatchedMessage {
  /** What it waits for the codec with. */
  readonly waiting: { readonly device: DeviceRecord; readonly uplink: UplinkEntry } | undefined;
}

/** Of a device that nobody looks at, and that says something seldom; of all such devices together. */
const LAST_MESSAGES_KEPT = 3;
/** What goes on for longer than this is no burst, and the messages at its beginning are not the last ones. */
const LAST_WITHIN_MS = 60_000;
const LAST_BYTES_MAX = 16 * 1_024 * 1_024;
/** Of a message with its readings, beside its payload. */
const MESSAGE_BYTES = 1_500;

interface WatchedDevice {
  readonly sinceMs: number;
  untilMs: number;
  /** The oldest first. */
  readonly messages: Kept[];
  count: number;
}

/**
 * Keeps the last messages of devices that somebody looks at, in memory and within bounds, for as long as they look; and a few of
 * those that say something seldom, for who looks at one of these would wait for hours.
 */
export function createDeviceWatch(clock: Clock): DeviceWatch {
  const watched = new Map<string, WatchedDevice>();
  const devices = new Set<string>();
  const last = createLastMessages();

  function end(device: string): void {
    const { messages = [] } = watched.get(device) ?? {};
    if (messages.length > 0) last.put(device, messages.slice(-LAST_MESSAGES_KEPT));
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

    ask(device, lastSeenMs) {
      for (const id of [...devices]) present(id);
      const nowMs = clock.nowMs();
      let found = watched.get(device);
      if (found === undefined) {
        if (watched.size >= WATCHED_DEVICES_MAX) return undefined;
        const kept = last.take(device);
        const isLast = (kept.at(-1)?.receivedAtMs ?? 0) >= (lastSeenMs ?? 0) - LAST_WITHIN_MS;
        const before = isLast ? kept.map((message, index) => ({ ...message, number: index + 1 })) : [];
        found = { sinceMs: before[0]?.receivedAtMs ?? nowMs, untilMs: 0, messages: before, count: before.length };
        watched.set(device, found);
        devices.add(device);
      }
      found.untilMs = nowMs + WATCHED_MS;
      return { messages: found.messages.toReversed(), sinceMs: found.sinceMs, untilMs: found.untilMs };
    },

    took(device, { route, topic, payload, oversizedBytes }, { receivedAtMs, readings, rejection, uplink }) {
      const found = present(device.id);
      const message: Kept = {
        number: (found?.count ?? 0) + 1,
        receivedAtMs,
        topic,
        format: route.format.name,
        payload: Uint8Array.from(payload.subarray(0, PAYLOAD_BYTES_KEPT)),
        payloadBytes: oversizedBytes ?? payload.length,
        ...ofFields(device, readings),
        rejection: rejection && { reason: rejection.reason, why: rejection },
        isWaiting: uplink !== undefined,
        waiting: uplink === undefined ? undefined : { device, uplink },
      };
      if (found === undefined) return last.put(device.id, [...last.of(device.id), message].slice(-LAST_MESSAGES_KEPT));
      found.count++;
      found.messages.push(message);
      if (found.messages.length > MESSAGES_KEPT) found.messages.shift();
    },

    answered(uplink, answers) {
      const messages = present(uplink.device)?.messages ?? last.of(uplink.device);
      const index = messages.findIndex((one) => isSame(one.waiting?.uplink, uplink));
      const message = messages[index];
      if (message?.waiting === undefined) return;
      const readings = answers.flatMap((answer) => (answer.kind === 'message' ? answer.readings : []));
      const refused = answers.find((answer) => answer.kind === 'quarantine');
      messages[index] = {
        ...message,
        ...ofFields(message.waiting.device, readings),
        rejection: refused === undefined ? null : { reason: refused.reason, why: refused.why },
        isWaiting: false,
        waiting: undefined,
      };
    },
  };
}

/** The last messages of devices: those that were not heard from for the longest make room. */
function createLastMessages() {
  const byDevice = new Map<string, Kept[]>();
  let bytes = 0;

  function take(device: string): Kept[] {
    const messages = byDevice.get(device) ?? [];
    byDevice.delete(device);
    bytes -= bytesOf(messages);
    return messages;
  }

  return {
    of: (device: string): Kept[] => byDevice.get(device) ?? [],
    take,
    put(device: string, messages: Kept[]): void {
      take(device);
      byDevice.set(device, messages);
      bytes += bytesOf(messages);
      for (const oldest of byDevice.keys()) {
        if (bytes <= LAST_BYTES_MAX) return;
        take(oldest);
      }
    },
  };
}

/** What they take in memory, about. */
function bytesOf(messages: readonly Kept[]): number {
  return messages.reduce((sum, { payload }) => sum + MESSAGE_BYTES + payload.length, 0);
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
