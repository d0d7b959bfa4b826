import type { Client } from 'aedes';
import type { Clock } from '../lib/clock.ts';
import { newBucket, type TokenBucket, takeToken } from '../lib/token-bucket.ts';
import type { Turns } from '../lib/turns.ts';

/** What the pace relies on of a connection in Aedes 1.2, beyond its types. */
interface ClientParts {
  readonly _parser: { parse(chunk: Buffer): unknown };
  /** Packets of the present socket read that are not done yet; the next read waits for them. */
  _parsingBatch: number;
  readonly _nextBatch: () => void;
}

/** A packet that is no PUBLISH, as far as its cost goes. */
export interface ControlPacket {
  readonly cmd: string;
  readonly messageId?: number;
  readonly subscriptions?: readonly unknown[];
  readonly unsubscriptions?: readonly unknown[];
}

/** What somebody has spent, and may spend in a second; five times that at once. */
export interface Allowance {
  readonly bucket: TokenBucket;
  readonly unitsPerSecond: number;
}

export const newAllowance = (unitsPerSecond = UNITS_PER_SECOND): Allowance => ({ bucket: newBucket(), unitsPerSecond });

export interface Pace {
  /** Counts with all else that the same owner spends, so that coming again gains nothing. */
  spendFrom(allowance: Allowance): void;
  /** Counts a packet that is no PUBLISH. `isExpected`: it answers one that was sent or taken, and costs nothing. */
  count(packet: ControlPacket, isExpected: boolean): void;
}

export interface PaceOptions {
  readonly clock: Clock;
  /** Shared by all connections. */
  readonly turns: Turns;
  /** How many packets that are no PUBLISH were read from the socket since this was asked last. */
  readonly readControls: () => number;
}

const UNITS_PER_SECOND = 1_000;
export const UNITS_OF_A_CONNECT = 50;
const UNITS_OF_A_PACKET = 20;
const UNITS_OF_A_FILTER = 50;
/** Of a chunk with more control packets than this, a slice is parsed in each turn. */
const CONTROLS_MAX = 8;
const SLICE_BYTES = 128;
/** More than there ever are packets in one read: while it counts in, nothing is read. */
const HOLD = 1 << 24;

/**
 * Bounds what a connection can cost beyond its publishes, which have the rate of their device. A chunk that is full of
 * other packets is parsed in slices, in turns with all such connections; one that has spent what it may is not read on
 * until it may again. All its packets keep their order. A publish is not looked at: it costs a comparison for each read.
 *
 * Nothing happens when the connection is built otherwise than in the Aedes this was written for.
 */
export function paceReading(client: Client, { clock, turns, readControls }: PaceOptions): Pace {
  const parts = client as unknown as ClientParts;
  let allowance = newAllowance();
  let waitMs = 0;
  /** What was read and not parsed yet; undefined when it goes straight through. */
  let rest: Buffer | undefined;
  let cancelWait: (() => void) | undefined;

  function spend(units: number): void {
    waitMs = takeToken(allowance.bucket, allowance.unitsPerSecond, clock.steadyMs(), units);
  }

  const pace: Pace = {
    spendFrom(shared) {
      allowance = shared;
      spend(0);
    },

    count({ cmd, subscriptions, unsubscriptions }, isExpected) {
      if (isExpected || cmd === 'disconnect') return;
      const filters = subscriptions ?? unsubscriptions;
      const units = filters === undefined ? UNITS_OF_A_PACKET : Math.max(1, filters.length) * UNITS_OF_A_FILTER;
      spend(units);
    },
  };
  if (typeof parts._parser?.parse !== 'function' || typeof parts._nextBatch !== 'function') return pace;
  const parse = parts._parser.parse.bind(parts._parser);

  /** Parses a slice when it is its turn, and then the next, as soon as the connection may spend again. */
  function goOn(): void {
    if (waitMs > 0) cancelWait = clock.after(waitMs, () => turns.next(parseSlice));
    else turns.next(parseSlice);
  }

  function parseSlice(): void {
    cancelWait = undefined;
    waitMs = 0;
    if (rest === undefined || client.closed) return;
    const slice = rest.subarray(0, SLICE_BYTES);
    rest = rest.subarray(SLICE_BYTES);
    parse(slice);
    if (rest.length > 0 || waitMs > 0) return goOn();
    rest = undefined;
    // One more than was added is taken off by the call itself.
    parts._parsingBatch -= HOLD - 1;
    parts._nextBatch();
  }

  parts._parser.parse = (chunk: Buffer) => {
    const controls = readControls();
    if (rest !== undefined) {
      // Not even a read that was under way overtakes what waits.
      rest = Buffer.concat([rest, chunk]);
      return;
    }
    if (controls <= CONTROLS_MAX && waitMs === 0) {
      parse(chunk);
      return;
    }
    rest = chunk;
    parts._parsingBatch += HOLD;
    goOn();
  };
  client.conn.once('close', () => cancelWait?.());
  return pace;
}
