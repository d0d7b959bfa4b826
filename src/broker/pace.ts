import type { Client } from 'aedes';
import type { Clock } from '../lib/clock.ts';
import { newBucket, type TokenBucket, takeToken } from '../lib/token-bucket.ts';
import type { Turns } from '../lib/turns.ts';
import { isControl, type ReadWork, workOf } from './packet-guard.ts';

/** What the pace relies on of a connection in Aedes 1.2, beyond its types. */
interface ClientParts {
  readonly conn: { readonly _readableState?: { highWaterMark: number } };
  readonly _parser: { parse(chunk: Buffer): unknown };
  /** Packets of the present socket read that are not done yet; the next read waits for them. */
  _parsingBatch: number;
  readonly _nextBatch: () => void;
}

/** A packet that is no PUBLISH, as far as its cost goes. */
export interface ControlPacket {
  readonly cmd: string;
  readonly messageId?: number;
  readonly subscriptions?: readonly { readonly topic: string }[];
  readonly unsubscriptions?: readonly unknown[];
}

/** What somebody has spent, and may spend in a second; five times that at once. */
export interface Allowance {
  readonly bucket: TokenBucket;
  readonly unitsPerSecond: number;
}

export const newAllowance = (unitsPerSecond = UNITS_PER_SECOND): Allowance => ({ bucket: newBucket(), unitsPerSecond });

export interface Pace {
  /**
   * It is known whose the connection is, and its CONNECT is answered: what waits behind that is taken. All it spends counts with
   * what else the same owner spends, so that coming again gains nothing.
   */
  begin(allowance: Allowance): void;
  /** Counts a packet that is no PUBLISH. `isExpected`: it answers one that was sent or taken, and costs nothing. */
  count(packet: ControlPacket, isExpected: boolean): void;
  /** Counts what its packets bring about beyond themselves. */
  spend(units: number): void;
}

export interface PaceOptions {
  readonly clock: Clock;
  /** Shared by all connections: for pings and the like, and for publishes that come by the hundred in one read. */
  readonly turns: { readonly control: Turns; readonly bulk: Turns };
  /** Of the chunk that was read from the socket last. */
  readonly readWork: () => ReadWork;
  /** What is spent until it is known whose the connection is. */
  readonly stranger: Allowance;
}

const UNITS_PER_SECOND = 1_000;
export const UNITS_OF_A_CONNECT = 50;
export const UNITS_OF_A_PACKET = 20;
const UNITS_OF_A_FILTER = 50;
/** It may bring thousands of retained messages, one in each turn of the loop. */
const UNITS_OF_A_WILDCARD = 200;
/** Of a read that holds the header of no packet and hardly a byte: a packet in crumbs costs as many reads as it has bytes. */
const UNITS_OF_A_CRUMB = 5;
const CRUMB_BYTES = 64;
/** Of a chunk with more work in it than this (`workOf`), so much is parsed in each turn. */
const WORK_MAX = 8;
/** More than there ever are packets in one read: while it counts in, nothing is read. */
const HOLD = 1 << 24;

/**
 * Bounds what a connection can cost, whatever its bytes are, beyond its publishes, which have the rate of their device. A
 * chunk that is full of small packets is parsed in slices, in turns with all such connections; one that has spent what it
 * may is not read on until it may again. Behind a CONNECT nothing is parsed before it is answered. All its packets keep
 * their order. A chunk as devices send them goes straight through: it costs some comparisons for each read.
 *
 * Nothing happens when the connection is built otherwise than in the Aedes this was written for.
 */
export function paceReading(client: Client, { clock, turns, readWork, stranger }: PaceOptions): Pace {
  const parts = client as unknown as ClientParts;
  let allowance = stranger;
  let waitMs = 0;
  /** What was read and not parsed yet; undefined when it goes straight through. */
  let rest: Buffer | undefined;
  /** How many bytes from here on belong to a packet whose header has been parsed. */
  let leadBytes = 0;
  let stage: 'connect' | 'connecting' | 'ready' = 'connect';
  let cancelWait: (() => void) | undefined;

  function spend(units: number): void {
    waitMs = takeToken(allowance.bucket, allowance.unitsPerSecond, clock.steadyMs(), units);
  }

  const pace: Pace = {
    begin(owned) {
      allowance = owned;
      spend(0);
      stage = 'ready';
      if (rest !== undefined) goOn();
    },

    count({ cmd, subscriptions, unsubscriptions }, isExpected) {
      if (isExpected || cmd === 'disconnect') return;
      const filters = subscriptions ?? unsubscriptions;
      if (filters === undefined) return spend(UNITS_OF_A_PACKET);
      const wildcards = subscriptions?.filter(({ topic }) => /[+#]/.test(topic)).length ?? 0;
      spend(Math.max(1, filters.length) * UNITS_OF_A_FILTER + wildcards * UNITS_OF_A_WILDCARD);
    },

    spend,
  };
  if (typeof parts._parser?.parse !== 'function' || typeof parts._nextBatch !== 'function') return pace;
  const parse = parts._parser.parse.bind(parts._parser);
  const stream = parts.conn._readableState;
  const highWaterMark = stream?.highWaterMark ?? 0;

  /** Parses a slice when it is its turn, and then the next, as soon as the connection may spend again. */
  function goOn(): void {
    if (waitMs > 0) cancelWait = clock.after(waitMs, takeTurn);
    else takeTurn();
  }

  function takeTurn(): void {
    cancelWait = undefined;
    waitMs = 0;
    if (rest === undefined || client.closed) return;
    if (stage !== 'ready') return parseHeldConnect(rest);
    const slice = nextSlice(rest, leadBytes, WORK_MAX);
    const turn = slice.hasControls ? turns.control : turns.bulk;
    turn.next(() => parseSlice(slice.end));
  }

  function parseSlice(end: number): void {
    if (rest === undefined || client.closed) return;
    const slice = rest.subarray(0, end);
    rest = rest.subarray(end);
    leadBytes = end - slice.length;
    parse(slice);
    if (rest.length > 0 || waitMs > 0) return goOn();
    letGo();
    parts._nextBatch();
  }

  /** Parses a CONNECT, or a piece of it. What stands behind it waits for its answer. */
  function parseConnect(chunk: Buffer): void {
    const end = leadBytes > 0 ? leadBytes : nextSlice(chunk, 0, 1).end;
    if (end <= chunk.length) stage = 'connecting';
    parse(chunk.subarray(0, end));
    leadBytes = 0;
    if (end < chunk.length && !client.closed) hold(chunk.subarray(end));
  }

  function parseHeldConnect(chunk: Buffer): void {
    if (stage === 'connecting') return;
    letGo();
    // Aedes takes a CONNECT at once only when nothing else is under way.
    parts._parsingBatch = 0;
    parseConnect(chunk);
    if (stage === 'connect') parts._nextBatch();
  }

  function hold(chunk: Buffer): void {
    rest = chunk;
    parts._parsingBatch += HOLD;
    // Or the stream would go on reading until its buffer is full, be it a byte at a time.
    if (stream !== undefined) stream.highWaterMark = 1;
  }

  /** To be followed by `_nextBatch`, which takes one off by itself. */
  function letGo(): void {
    rest = undefined;
    parts._parsingBatch -= HOLD - 1;
    if (stream !== undefined) stream.highWaterMark = highWaterMark;
  }

  parts._parser.parse = (chunk: Buffer) => {
    const { work, hasControls, leadBytes: lead } = readWork();
    if (rest !== undefined) {
      // Not even a read that was under way overtakes what waits.
      rest = Buffer.concat([rest, chunk]);
      return;
    }
    if (work === 0 && chunk.length < CRUMB_BYTES) spend(UNITS_OF_A_CRUMB);
    // What its other connections have spent since counts too.
    else if (waitMs > 0 || hasControls) spend(0);
    leadBytes = lead;
    if (stage === 'ready') {
      if (work <= WORK_MAX && waitMs === 0) return void parse(chunk);
      hold(chunk);
      return goOn();
    }
    if (stage === 'connecting') return hold(chunk);
    if (waitMs > 0) {
      hold(chunk);
      return goOn();
    }
    parseConnect(chunk);
  };
  client.conn.once('close', () => cancelWait?.());
  return pace;
}

/** Where a slice with so much work ends, which is at the end of a packet, and whether there are controls in it. */
function nextSlice(bytes: Buffer, from: number, workMax: number): { end: number; hasControls: boolean } {
  let at = from;
  let work = 0;
  let hasControls = false;
  while (at < bytes.length && work < workMax) {
    const flags = bytes[at++] ?? 0;
    work += workOf(flags);
    hasControls ||= isControl(flags);
    let length = 0;
    let factor = 1;
    let byte = 0x80;
    while (byte >= 0x80 && factor <= 128 ** 3) {
      byte = bytes[at++] ?? 0;
      length += (byte & 0x7f) * factor;
      factor *= 128;
    }
    at += length;
  }
  return { end: at, hasControls };
}
