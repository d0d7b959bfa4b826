import type { Clock } from '../lib/clock.ts';
import { newBucket, type TokenBucket } from '../lib/token-bucket.ts';
import type { CodecAnswer } from '../model/codec.ts';
import type { JournalEntry, MessageEntry, QuarantineEntry, UplinkEntry } from '../model/entry.ts';
import type { Decoded, DecodePlan, DeviceToRead, EnvelopeFormat, RawUplink } from '../model/format.ts';
import { keptUplink } from '../model/kept-uplink.ts';
import { LATE, type Marks, type Reading, type Value } from '../model/reading.ts';
import type { DeviceRecord } from '../model/registry.ts';
import { type Rejection, rejectionOf } from '../model/rejection.ts';
import { type Rows, rowAt, withRow } from '../model/rows.ts';
import { createSequencer, type Delivery, type NewestInstant, ONCE } from '../model/sequence.ts';
import type { Connection, DeviceMessage } from '../model/source.ts';
import { readAnswer } from './codec-answer.ts';
import { type Copies, firstOfCopies } from './copies.ts';
import { createPlanner } from './plan.ts';
import { createClockWatch, type DeviceClock, NO_STREAM, UNTIMED_MS } from './set-back.ts';
import { markValueless } from './valueless.ts';

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
/** A clock stands when it says one time for longer than this, and than so many reports. Many devices round to minutes. */
const STILL_LEAST_MS = 120_000;
const STILL_REPORTS = 3;
/** The wall clock may be corrected backwards by this much without journal time following it. */
const BACKWARD_TOLERANCE_MS = 5_000;

export function createIntake(options: IntakeOptions): Intake {
  const { clock } = options;
  const devices = new Map<string, DeviceIntake>();
  const numbers: { rows: Rows } = { rows: new Float64Array(0) };
  const freeRows: number[] = [];
  const planDecoding = createPlanner();
  const clocks = createClockWatch(options);
  const sequencer = createSequencer(options.newestInstant);
  const bucketOfUnknown = newBucket();
  /** Whether each reading of the present message bears no time of its own. Used again and again. */
  const untimed: boolean[] = [];
  const isUntimed = (index: number): boolean => untimed[index] === true;
  /** Whether a reading of the present message has no value. */
  let lacksValue = false;
  let last: DeviceIntake | undefined;
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

  function intakeOf(id: string): DeviceIntake | undefined {
    const version = options.devicesVersion();
    // A message is looked up when its device's rate is checked and again when it is read; both ask for the same text.
    const known = last?.id === id ? last : devices.get(id);
    if (known?.version === version) {
      last = known;
      return known;
    }
    last = undefined;
    const record = options.device(id);
    if (record === undefined) {
      if (known !== undefined) {
        clocks.release(known);
        freeRows.push(known.row);
        devices.delete(id);
      }
      return undefined;
    }
    if (known === undefined) {
      const intake = new DeviceIntake(
        id,
        version,
        record,
        planDecoding(record),
        freeRows.pop() ?? devices.size,
        numbers,
      );
      devices.set(id, intake);
      return intake;
    }
    if (known.record !== record) {
      const { reportEveryMs } = record;
      Object.assign(known, { record, reportEveryMs, ...planDecoding(record) });
    }
    known.version = version;
    return known;
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

  /**
   * Whether a message may be one that came before. Over another connection it may, unless the former one was ended in
   * order, and with DUP; what follows such a stretch without DUP over the same connection is new.
   */
  function deliveryOf(intake: DeviceIntake, { connection, isDuplicate = false }: DeviceMessage): Delivery {
    const run = intake.delivery.run + 1;
    if (connection === undefined) return isDuplicate ? { mayBeRepeated: true, run } : ONCE;
    if (connection !== intake.connection) {
      // One that is there again beside another was not lost.
      const isLost = connection !== intake.formerConnection && intake.connection?.endedWell !== true;
      intake.delivery = { mayBeRepeated: isDuplicate || isLost, run };
      intake.formerConnection = intake.connection;
    } else if (isDuplicate !== intake.isDuplicate) {
      intake.delivery = { mayBeRepeated: isDuplicate, run };
    }
    intake.connection = connection;
    intake.isDuplicate = isDuplicate;
    return intake.delivery;
  }

  /** Whether the clock stands: one time in all messages, for longer than anybody rounds it. */
  function standsStill(intake: DeviceIntake, newestMs: number, beforeMs: number, receivedAtMs: number): boolean {
    // The offset is still that of the message before, which tells the time it bore.
    if (newestMs !== beforeMs + intake.clockOffsetMs || receivedAtMs === beforeMs) {
      if (receivedAtMs !== beforeMs && intake.stillSinceMs !== 0) intake.stillSinceMs = 0;
      return false;
    }
    if (intake.stillSinceMs === 0) intake.stillSinceMs = beforeMs;
    return receivedAtMs - intake.stillSinceMs > Math.max(STILL_LEAST_MS, STILL_REPORTS * intake.reportEveryMs);
  }

  /** Makes whole milliseconds of the times; notes which readings bear no time of their own, and tells if all do not. */
  function takeUntimed(readings: readonly Reading[]): boolean {
    let areAll = true;
    lacksValue = false;
    for (let i = 0; i < readings.length; i++) {
      // Decoding has just made them, and nobody else has them yet.
      const reading = readings[i] as { tsMs: number; readonly value: Value };
      if (reading.value === null) lacksValue = true;
      const tsMs = Math.floor(reading.tsMs);
      const isUntimed = tsMs !== reading.tsMs;
      untimed[i] = isUntimed;
      if (isUntimed) reading.tsMs = tsMs;
      else areAll = false;
    }
    return areAll;
  }

  /** A device was heard from; gives when it was before. */
  function heardFrom(intake: DeviceIntake, receivedAtMs: number): number {
    intake.messages++;
    const beforeMs = intake.lastSeenMs;
    intake.lastSeenMs = receivedAtMs;
    return beforeMs;
  }

  /** Puts what was read where its device's clock and its earlier messages say that it belongs. */
  function place(
    intake: DeviceIntake,
    message: DeviceMessage,
    decoded: Decoded,
    receivedAtMs: number,
    beforeMs: number,
  ): readonly Reading[] {
    const { readings: found, rejection, clockAheadMs } = decoded;
    const areAllUntimed = takeUntimed(found);
    let readings = found as Reading[];
    const newestMs = readings.at(-1)?.tsMs;
    if (newestMs !== undefined) {
      const placed = clocks.placed(intake, intake.reportEveryMs, readings, receivedAtMs);
      if (placed !== readings) {
        // They may stand in another order now.
        readings = [...placed];
        takeUntimed(readings);
        if (areAllUntimed) untimed.fill(true);
      }
      if (lacksValue) markValueless(readings, intake.reportEveryMs, options.newestMs);
      const isStill = standsStill(intake, newestMs, beforeMs, receivedAtMs);
      intake.clockSkewed = clockAheadMs !== 0 || intake.odd?.isBehind === true || isStill;
      intake.clockOffsetMs = clockAheadMs !== 0 ? Math.round(clockAheadMs + UNTIMED_MS) : newestMs - receivedAtMs;
      sequencer.place(readings, isUntimed, deliveryOf(intake, message));
    }
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
          entries.push(uplinkEntry(message, intake.id, part.raw, receivedAtMs, firstMs));
          continue;
        }
        const decoded = part.read(intake, receivedAtMs + UNTIMED_MS, firstMs);
        const readings = place(intake, message, decoded, receivedAtMs, beforeMs);
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

  /** Like `place`, of what bears the network's time: no clock of the device's has to be found out. */
  function placeDecoded(intake: DeviceIntake, uplink: UplinkEntry, { readings, clockAheadMs }: Decoded): void {
    const newestMs = readings.at(-1)?.tsMs;
    if (newestMs === undefined) return;
    takeUntimed(readings);
    const found = readings as Reading[];
    if (lacksValue) markValueless(found, intake.reportEveryMs, options.newestMs);
    intake.clockSkewed = clockAheadMs !== 0;
    intake.clockOffsetMs = Math.floor(newestMs) - uplink.receivedAtMs;
    intake.delivery = { mayBeRepeated: uplink.again !== null, run: intake.delivery.run + 1 };
    sequencer.place(found, isUntimed, intake.delivery);
    readingsTotal += found.length;
    if (uplink.again === null) return;
    // What waited in quarantine is history by now, and says nothing of what is.
    for (const reading of found as { marks: Marks }[]) reading.marks |= LATE;
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
        heardFrom(intake, receivedAtMs);
        const tooLarge = rejectionOf('too-large', { bytes: message.oversizedBytes });
        intake.rejected++;
        intake.lastRejection = { ...tooLarge, atMs: receivedAtMs };
        return [quarantined(message, receivedAtMs, tooLarge)];
      }
      const beforeMs = heardFrom(intake, receivedAtMs);
      const arrivalMs = receivedAtMs + UNTIMED_MS;
      const decoded = message.route.format.read(intake, message.topic, message.payload, arrivalMs);
      const readings = place(intake, message, decoded, receivedAtMs, beforeMs);
      const { rejection } = decoded;
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
      placeDecoded(intake, uplink, decoded);
      const { readings, rejection } = decoded;
      if (rejection === null) return [{ kind: 'message', receivedAtMs, readings }];
      intake.rejected++;
      intake.lastRejection = { ...rejection, atMs: receivedAtMs };
      const rest = quarantined(kept, receivedAtMs, rejection);
      return readings.length === 0 ? [rest] : [{ kind: 'message', receivedAtMs, readings }, rest];
    },

    traffic(device) {
      const known = devices.get(device);
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

/** The numbers of a device that change with its messages: what it has used of its rate, and since when; ... */
const TOKENS = 0;
const TOKENS_AT_MS = 1;
/** ... when it was heard last, 0 while it never was; ... */
const LAST_SEEN_MS = 2;
/** ... how far the newest time of that message was ahead; ... */
const CLOCK_OFFSET_MS = 3;
/** ... and when the first of the last messages arrived that all bear one time; 0 when the last two bear different ones. */
const STILL_SINCE_MS = 4;

/** All that is needed for a message of a device, behind one look-up; changed in place. Its numbers are in a row (rows.ts). */
class DeviceIntake implements TokenBucket, DeviceClock, DeviceToRead, Copies {
  readonly id: string;
  /** The version of the devices that `record` and what is told from it are of. */
  version: number;
  record: DeviceRecord;
  reportEveryMs: number;
  fields: DeviceToRead['fields'];
  series: DeviceToRead['series'];
  holeMaxMs: number;
  readonly row: number;
  readonly #numbers: { rows: Rows };
  messages = 0;
  stream = NO_STREAM;
  odd: DeviceClock['odd'];
  clockSkewed = false;
  /** The connection of its last message, and whether that was a duplicate. */
  connection: Connection | undefined;
  isDuplicate = false;
  delivery = ONCE;
  /** The other one that it came over before. */
  formerConnection: Connection | undefined;
  rejected = 0;
  repaired = 0;
  lastRejection: DeviceTraffic['lastRejection'] = null;
  copies: Copies['copies'];

  constructor(
    id: string,
    version: number,
    record: DeviceRecord,
    plan: DecodePlan,
    row: number,
    numbers: { rows: Rows },
  ) {
    this.id = id;
    this.version = version;
    this.record = record;
    this.reportEveryMs = record.reportEveryMs;
    this.fields = plan.fields;
    this.series = plan.series;
    this.holeMaxMs = plan.holeMaxMs;
    this.row = row;
    this.#numbers = numbers;
    numbers.rows = withRow(numbers.rows, row);
    const { tokens, atMs } = newBucket();
    this.tokens = tokens;
    this.atMs = atMs;
    this.lastSeenMs = 0;
    this.clockOffsetMs = 0;
    this.stillSinceMs = 0;
  }

  get tokens(): number {
    return this.#number(TOKENS);
  }
  set tokens(tokens: number) {
    this.#set(TOKENS, tokens);
  }

  get atMs(): number {
    return this.#number(TOKENS_AT_MS);
  }
  set atMs(atMs: number) {
    this.#set(TOKENS_AT_MS, atMs);
  }

  get lastSeenMs(): number {
    return this.#number(LAST_SEEN_MS);
  }
  set lastSeenMs(lastSeenMs: number) {
    this.#set(LAST_SEEN_MS, lastSeenMs);
  }

  get clockOffsetMs(): number {
    return this.#number(CLOCK_OFFSET_MS);
  }
  set clockOffsetMs(clockOffsetMs: number) {
    this.#set(CLOCK_OFFSET_MS, clockOffsetMs);
  }

  get stillSinceMs(): number {
    return this.#number(STILL_SINCE_MS);
  }
  set stillSinceMs(stillSinceMs: number) {
    this.#set(STILL_SINCE_MS, stillSinceMs);
  }

  #number(which: number): number {
    return this.#numbers.rows[rowAt(this.row) + which] ?? 0;
  }

  #set(which: number, to: number): void {
    this.#numbers.rows[rowAt(this.row) + which] = to;
  }
}
