import type { Clock } from '../lib/clock.ts';
import { newBucket, type TokenBucket } from '../lib/token-bucket.ts';
import type { CodecAnswer } from '../model/codec.ts';
import type { JournalEntry, MessageEntry, QuarantineEntry, UplinkEntry } from '../model/entry.ts';
import type { Decoded, EnvelopeFormat, RawUplink } from '../model/format.ts';
import { keptUplink } from '../model/kept-uplink.ts';
import type { Reading } from '../model/reading.ts';
import type { DeviceRecord } from '../model/registry.ts';
import { type Rejection, rejectionOf } from '../model/rejection.ts';
import { createSequencer, type NewestInstant } from '../model/sequence.ts';
import type { DeviceMessage } from '../model/source.ts';
import type { MessageRead, Watch } from '../model/watch.ts';
import { readAnswer } from './codec-answer.ts';
import { firstOfCopies } from './copies.ts';
import { createDeviceIntakes, type DeviceIntake, heardFrom } from './device-intake.ts';
import { createPlacement } from './placement.ts';
import { createClockWatch, UNTIMED_MS } from './set-back.ts';

export interface IntakeOptions {
  readonly clock: Clock;
  readonly device: (id: string) => DeviceRecord | undefined;
  /** A number that changes whenever `device` may answer otherwise than before. */
  readonly devicesVersion: () => number;
  /** How far ahead of ours a device's clock may be, ms. */
  readonly futureMaxMs: number;
  /** The time of the newest reading of a series that was evaluated, ms; undefined when there is none. */
  readonly newestMs: (series: number) => number | undefined;
  /** What is known of the newest millisecond of a series; asked for once, when something of it comes first. */
  readonly newestInstant: (series: number) => NewestInstant | undefined;
  /** Told of messages of devices that somebody looks at. */
  readonly watch?: Watch | undefined;
}

/** Turns messages into journal entries, and remembers who was heard from. */
export interface Intake {
  /** The entries of a message: its readings, or what could not be read, or both. */
  entries(message: DeviceMessage): JournalEntry[];
  /** The same of what its codec made of an uplink that was journalled before; always one at least. */
  decoded(uplink: UplinkEntry, answer: CodecAnswer): readonly (MessageEntry | QuarantineEntry)[];
  /** Wall time that never runs backwards by less than a set clock does; every entry is stamped with it. */
  stampMs(): number;
  traffic(device: string): DeviceTraffic;
  /** What a device has used of its rate; all unknown ones share one. */
  bucketOf(device: string): TokenBucket;
  totals(): {
    readonly messages: number;
    readonly readings: number;
    readonly rejected: number;
    readonly repaired: number;
    /** Messages that are known and say nothing of a sensor. */
    readonly aside: number;
  };
}

/** What is known of a device from its traffic, since the start. */
export interface DeviceTraffic {
  /** Arrival of its last message, ms since 1970; null when there was none. */
  readonly lastSeenMs: number | null;
  /** Whether its clock is wrong: its last message bore an implausible time, or it was found to be set back or to stand. */
  readonly clockSkewed: boolean;
  /**
   * The newest time in its last message, as the device wrote it, minus the arrival, ms: how far its clock is ahead, or
   * how old its data is. Null when there was none.
   */
  readonly clockOffsetMs: number | null;
  readonly messages: number;
  /** Messages of which something could not be read. */
  readonly rejected: number;
  /** Messages that were almost JSON, and were read as what was meant. */
  readonly repaired: number;
  /** What could not be read last; null when everything could. */
  readonly lastRejection: (Rejection & { readonly atMs: number }) | null;
}

type KeptMessage = Pick<DeviceMessage, 'device' | 'topic' | 'payload' | 'oversizedBytes'>;

const NO_TRAFFIC: DeviceTraffic = {
  lastSeenMs: null,
  clockSkewed: false,
  clockOffsetMs: null,
  messages: 0,
  rejected: 0,
  repaired: 0,
  lastRejection: null,
};
const UNKNOWN_DEVICE = rejectionOf('unknown-device', {});
const NOT_ITS_OWN = rejectionOf('not-its-own', {});
/** Of one message, so many that could not be read are kept, each with the message where it is no larger than this. */
const REFUSALS_KEPT_MAX = 64;
const REPEATED_BYTES_MAX = 4_096;
const NO_BYTES = new Uint8Array(0);
const NOTHING_YET: Pick<MessageRead, 'readings' | 'rejection'> = { readings: [], rejection: null };
const NOBODY: ReadonlySet<string> = new Set();
/** Whoever looks at a device that reports more often than this sees its next message soon enough. */
const SELDOM_MS = 30_000;
/** After a silence so many messages are told of, for several may come at once. */
const TOLD_AT_ONCE = 3;
/** The wall clock may be corrected backwards by this much without journal time following it. */
const BACKWARD_TOLERANCE_MS = 5_000;

export function createIntake(options: IntakeOptions): Intake {
  const { clock, watch } = options;
  const watched = watch?.devices ?? NOBODY;
  const clocks = createClockWatch(options);
  const devices = createDeviceIntakes({ ...options, onGone: clocks.release });
  const { of: intakeOf } = devices;
  const sequencer = createSequencer(options.newestInstant);
  const placement = createPlacement({ clocks, sequencer, newestMs: options.newestMs });
  const bucketOfUnknown = newBucket();
  let lastStampMs = 0;
  let messages = 0;
  let readingsTotal = 0;
  let rejectedTotal = 0;
  let repairedTotal = 0;
  let asideTotal = 0;

  function stampMs(): number {
    const nowMs = clock.nowMs();
    if (nowMs > lastStampMs || nowMs < lastStampMs - BACKWARD_TOLERANCE_MS) lastStampMs = nowMs;
    return lastStampMs;
  }

  function quarantined(message: KeptMessage, receivedAtMs: number, { reason, ...why }: Rejection): QuarantineEntry {
    rejectedTotal++;
    return {
      kind: 'quarantine',
      receivedAtMs,
      device: message.device,
      topic: message.topic,
      reason,
      why,
      payload: message.payload,
      ...(message.oversizedBytes === undefined ? {} : { oversizedBytes: message.oversizedBytes }),
    };
  }

  /** Puts what was read of a message where it belongs, and counts it. */
  function place(
    intake: DeviceIntake,
    message: DeviceMessage,
    decoded: Decoded,
    receivedAtMs: number,
    beforeMs: number,
  ): readonly Reading[] {
    const { rejection } = decoded;
    const readings = placement.place(intake, message, decoded, receivedAtMs, beforeMs);
    readingsTotal += readings.length;
    if (decoded.isRepaired) {
      intake.repaired++;
      repairedTotal++;
    }
    if (rejection !== null) {
      intake.rejected++;
      intake.lastRejection = { ...rejection, atMs: receivedAtMs };
    }
    return readings;
  }

  /**
   * For who looks at the device, or will: what says something seldom has said it before anybody looks. Asked for each message, so
   * that nothing is made for what nobody looks at.
   */
  function isWatched(intake: DeviceIntake, receivedAtMs: number, beforeMs: number): boolean {
    if (receivedAtMs - beforeMs >= SELDOM_MS) intake.told = 0;
    if (intake.told < TOLD_AT_ONCE) {
      intake.told++;
      return true;
    }
    return watched.size > 0 && watched.has(intake.id);
  }

  /** The entries of a message that is opened to see whose it is. */
  function opened(message: DeviceMessage, format: EnvelopeFormat): JournalEntry[] {
    const receivedAtMs = stampMs();
    messages++;
    if (message.oversizedBytes !== undefined) {
      return [quarantined(message, receivedAtMs, rejectionOf('too-large', { bytes: message.oversizedBytes }))];
    }
    const { parts, rejection } = format.open(message.topic, message.payload);
    const entries: JournalEntry[] = [];
    const refused: { readonly device: string; readonly rejection: Rejection }[] = [];
    if (rejection !== null) refused.push({ device: message.device, rejection });
    for (const part of parts) {
      const intake = firstOf(part.devices);
      const device = intake?.id ?? part.unknownAs ?? part.devices[0] ?? message.device;
      const isNotItsOwn = message.mayFeed?.(device) === false;
      if (intake === undefined || isNotItsOwn) {
        // A device in many parts that nobody knows is one that nobody knows.
        const isTold = part.unknownAs !== undefined && refused.some((one) => one.device === device);
        if (!part.isAside && !isTold) refused.push({ device, rejection: isNotItsOwn ? NOT_ITS_OWN : UNKNOWN_DEVICE });
      } else {
        const beforeMs = heardFrom(intake, receivedAtMs);
        const firstMs = part.once === undefined ? undefined : firstOfCopies(intake, part.once);
        if (part.raw !== undefined && intake.record.codec !== undefined) {
          const uplink = uplinkEntry(message, intake.id, part.raw, receivedAtMs, firstMs);
          entries.push(uplink);
          if (isWatched(intake, receivedAtMs, beforeMs))
            watch?.took(intake.record, message, { ...NOTHING_YET, receivedAtMs, uplink });
          continue;
        }
        const decoded = part.read(intake, receivedAtMs + UNTIMED_MS, firstMs);
        const readings = place(intake, message, decoded, receivedAtMs, beforeMs);
        if (isWatched(intake, receivedAtMs, beforeMs)) {
          watch?.took(intake.record, message, { receivedAtMs, readings, rejection: decoded.rejection });
        }
        if (readings.length > 0) entries.push({ kind: 'message', receivedAtMs, readings });
        if (decoded.rejection !== null) refused.push({ device, rejection: decoded.rejection });
      }
    }
    // A message of many devices is kept whole with the first, and again with some while that does not multiply much.
    refused.slice(0, REFUSALS_KEPT_MAX).forEach(({ device, rejection }, index) => {
      const payload = index === 0 || message.payload.length <= REPEATED_BYTES_MAX ? message.payload : NO_BYTES;
      entries.push(quarantined({ ...message, device, payload }, receivedAtMs, rejection));
    });
    if (entries.length > 0) return entries;
    asideTotal++;
    return [{ kind: 'message', receivedAtMs, readings: [] }];
  }

  /** The device that goes by the first of these ids that is registered. */
  function firstOf(ids: readonly string[]): DeviceIntake | undefined {
    for (const id of ids) {
      const intake = intakeOf(id);
      if (intake !== undefined) return intake;
    }
    return undefined;
  }

  return {
    stampMs,

    entries(message) {
      if (message.route.kind === 'envelope') return opened(message, message.route.format);
      const receivedAtMs = stampMs();
      messages++;
      const intake = intakeOf(message.device);
      if (intake === undefined) {
        return [quarantined(message, receivedAtMs, UNKNOWN_DEVICE)];
      }
      if (message.oversizedBytes !== undefined) {
        const beforeMs = heardFrom(intake, receivedAtMs);
        const tooLarge = rejectionOf('too-large', { bytes: message.oversizedBytes });
        intake.rejected++;
        intake.lastRejection = { ...tooLarge, atMs: receivedAtMs };
        if (isWatched(intake, receivedAtMs, beforeMs)) {
          watch?.took(intake.record, message, { receivedAtMs, readings: [], rejection: tooLarge });
        }
        return [quarantined(message, receivedAtMs, tooLarge)];
      }
      const beforeMs = heardFrom(intake, receivedAtMs);
      const arrivalMs = receivedAtMs + UNTIMED_MS;
      const decoded = message.route.format.read(intake, message.topic, message.payload, arrivalMs);
      const readings = place(intake, message, decoded, receivedAtMs, beforeMs);
      const { rejection } = decoded;
      if (isWatched(intake, receivedAtMs, beforeMs))
        watch?.took(intake.record, message, { receivedAtMs, readings, rejection });
      if (rejection === null) return [{ kind: 'message', receivedAtMs, readings }];
      const rest = quarantined(message, receivedAtMs, rejection);
      return readings.length === 0 ? [rest] : [{ kind: 'message', receivedAtMs, readings }, rest];
    },

    decoded(uplink, answer) {
      const receivedAtMs = stampMs();
      const intake = intakeOf(uplink.device);
      const kept = { device: uplink.device, topic: uplink.topic, payload: keptUplink(uplink) };
      if (intake === undefined) return [quarantined(kept, receivedAtMs, UNKNOWN_DEVICE)];
      const decoded = readAnswer(intake, answer, uplink.network, {
        atMs: uplink.networkAtMs ?? undefined,
        receivedAtMs: uplink.receivedAtMs + UNTIMED_MS,
        futureMaxMs: options.futureMaxMs,
      });
      placement.placeDecoded(intake, uplink, decoded);
      readingsTotal += decoded.readings.length;
      const { readings, rejection } = decoded;
      if (rejection === null) return [{ kind: 'message', receivedAtMs, readings }];
      intake.rejected++;
      intake.lastRejection = { ...rejection, atMs: receivedAtMs };
      const rest = quarantined(kept, receivedAtMs, rejection);
      return readings.length === 0 ? [rest] : [{ kind: 'message', receivedAtMs, readings }, rest];
    },

    traffic(device) {
      const known = devices.known(device);
      if (known === undefined) return NO_TRAFFIC;
      const { clockSkewed, messages, rejected, repaired, lastRejection } = known;
      const lastSeenMs = known.lastSeenMs === 0 ? null : known.lastSeenMs;
      const clockOffsetMs = lastSeenMs === null ? null : known.clockOffsetMs;
      return { lastSeenMs, clockSkewed, clockOffsetMs, messages, rejected, repaired, lastRejection };
    },
    bucketOf: (device) => intakeOf(device) ?? bucketOfUnknown,
    totals: () => ({
      messages,
      readings: readingsTotal,
      rejected: rejectedTotal,
      repaired: repairedTotal,
      aside: asideTotal,
    }),
  };
}

function uplinkEntry(
  { topic }: DeviceMessage,
  device: string,
  { fPort, bytes, receivedAtMs: networkAtMs, fCnt, network }: RawUplink,
  receivedAtMs: number,
  firstMs: number | undefined,
): UplinkEntry {
  const uplink = { kind: 'uplink', receivedAtMs, device, topic, fPort, bytes, again: null } as const;
  if (firstMs === undefined) return { ...uplink, fCnt: fCnt ?? null, networkAtMs: networkAtMs ?? null, network };
  // What the next gateway heard of a frame is no second measurement of the radio.
  return { ...uplink, fCnt: fCnt ?? null, networkAtMs: firstMs, network: {} };
}
