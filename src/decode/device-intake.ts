import { newBucket, type TokenBucket } from '../lib/token-bucket.ts';
import type { DecodePlan, DeviceToRead } from '../model/format.ts';
import type { DeviceRecord } from '../model/registry.ts';
import type { Rejection } from '../model/rejection.ts';
import { type Rows, rowAt, withRow } from '../model/rows.ts';
import { type Delivery, ONCE } from '../model/sequence.ts';
import type { Connection, DeviceMessage } from '../model/source.ts';
import type { Copies } from './copies.ts';
import { createPlanner } from './plan.ts';
import { type DeviceClock, NO_STREAM } from './set-back.ts';

/** What is remembered of each device that has sent something, and how it is come by. */
export interface DeviceIntakes {
  /** That of a registered device, up to date with what is registered. */
  of(id: string): DeviceIntake | undefined;
  /** What there is already of it. */
  known(id: string): DeviceIntake | undefined;
}

export interface DeviceIntakesOptions {
  readonly device: (id: string) => DeviceRecord | undefined;
  /** A number that changes whenever `device` may answer otherwise than before. */
  readonly devicesVersion: () => number;
  /** A device is registered no more. */
  readonly onGone: (intake: DeviceIntake) => void;
}

export function createDeviceIntakes(options: DeviceIntakesOptions): DeviceIntakes {
  const devices = new Map<string, DeviceIntake>();
  const numbers: { rows: Rows } = { rows: new Float64Array(0) };
  const freeRows: number[] = [];
  const planDecoding = createPlanner();
  let last: DeviceIntake | undefined;

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
        options.onGone(known);
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

  return { of: intakeOf, known: (id) => devices.get(id) };
}

/** A clock stands when it says one time for longer than this, and than so many reports. Many devices round to minutes. */
const STILL_LEAST_MS = 120_000;
const STILL_REPORTS = 3;

/** Whether the clock stands: one time in all messages, for longer than anybody rounds it. */
export function standsStill(intake: DeviceIntake, newestMs: number, beforeMs: number, receivedAtMs: number): boolean {
  // The offset is still that of the message before, which tells the time it bore.
  if (newestMs !== beforeMs + intake.clockOffsetMs || receivedAtMs === beforeMs) {
    if (receivedAtMs !== beforeMs && intake.stillSinceMs !== 0) intake.stillSinceMs = 0;
    return false;
  }
  if (intake.stillSinceMs === 0) intake.stillSinceMs = beforeMs;
  return receivedAtMs - intake.stillSinceMs > Math.max(STILL_LEAST_MS, STILL_REPORTS * intake.reportEveryMs);
}

/**
 * Whether a message may be one that came before. Over another connection it may, unless the former one was ended in
 * order, and with DUP; what follows such a stretch without DUP over the same connection is new.
 */
export function deliveryOf(intake: DeviceIntake, { connection, isDuplicate = false }: DeviceMessage): Delivery {
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

/** A device was heard from; gives when it was before. */
export function heardFrom(intake: DeviceIntake, receivedAtMs: number): number {
  intake.messages++;
  const beforeMs = intake.lastSeenMs;
  intake.lastSeenMs = receivedAtMs;
  return beforeMs;
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
export class DeviceIntake implements TokenBucket, DeviceClock, DeviceToRead, Copies {
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
  /** Messages since its last silence that were told of, for who looks at it later. */
  told = 0;
  lastRejection: (Rejection & { readonly atMs: number }) | null = null;
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
