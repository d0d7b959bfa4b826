import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { crc32 } from 'node:zlib';

export interface PacketGuardOptions {
  /** Bytes of a PUBLISH. What is larger is read past, if `maySkip`. */
  readonly publishBytesMax: number;
  /** Bytes of all other packets, and of whatever comes first. */
  readonly otherBytesMax: number;
  /** Whether a publish to that topic that is too large is read past; otherwise the stream ends. */
  readonly maySkip: (topic: string) => boolean;
  /** Told when the stream ends because of a packet; `bytes` is what it announced. */
  readonly onRefused: (reason: PacketRefusal, bytes: number) => void;
  /** Told for each piece of a packet that is not complete yet. */
  readonly onUnderWay: () => void;
  /** What the large packets under way of all streams hold in memory. */
  readonly budget: PacketBudget;
}

export type PacketRefusal = 'packet-too-large' | 'too-much-under-way' | 'too-many-filters';

/** Bytes of large packets that are not complete yet, of all streams together. */
export interface PacketBudget {
  readonly bytesMax: number;
  bytes: number;
}

/** A publish that was too large to be taken. */
export interface OversizedPublish {
  readonly payloadBytes: number;
  /** The first bytes of its payload. */
  readonly head: Uint8Array;
  /** CRC-32 of its topic and the whole of its payload. */
  readonly digest: number;
}

/** What a chunk that was read holds, as far as its cost goes. */
export interface ReadWork {
  /** The work of its packets, of those whose header it holds (`workOf`). */
  readonly work: number;
  /** Whether there is more in it than publishes and answers to publishes. */
  readonly hasControls: boolean;
  /** How many of its first bytes belong to a packet that began before it. */
  readonly leadBytes: number;
}

export interface PacketGuard {
  /** Of the chunk that was read last. */
  readWork(): ReadWork;
  /** What a publish stands for when its payload is one that the guard made up; once. */
  takeOversized(payload: Uint8Array): OversizedPublish | undefined;
}

const CONNECT = 1;
const PUBLISH = 3;
const PUBCOMP = 7;
const SUBSCRIBE = 8;
const UNSUBSCRIBE = 10;
/** Of one packet. Each is looked at before any of them is answered, and a connection may have no more than 200. */
const FILTERS_MAX = 1_000;
/** Packets above this count in the budget. */
const LARGE_BYTES = 64 * 1024;
/** No topic that may be published to is longer. */
const TOPIC_BYTES_MAX = 1_024;
const HEAD_BYTES = 4_096;
/** The payload of a publish that stands for one too large. */
export const TICKET_BYTES = 16;
const NOTHING = Buffer.alloc(0);
/** The length of properties of which there are none. */
const NO_PROPERTIES = Buffer.from([0]);
/** In a CONNECT, after the length and the name `MQTT`. */
const VERSION_AT = 6;
/** A variable byte integer has no more of them. */
const LENGTH_BYTES_MAX = 4;

/**
 * What a packet costs to handle, by its first byte, against a PINGREQ. A publish of QoS 1 takes the short way; answers to
 * what was published come in plenty, and honestly; a SUBSCRIBE may bring retained messages.
 */
const WORK = Float64Array.from({ length: 256 }, (_, flags) => {
  const type = flags >> 4;
  if (type === SUBSCRIBE) return 8;
  if (type === PUBLISH) return (flags & 6) === 2 ? 1 / 16 : 1 / 4;
  return type > PUBLISH && type <= PUBCOMP ? 1 / 4 : 1;
});
export const workOf = (flags: number): number => WORK[flags] ?? 1;
/** Whether a packet is neither a publish nor an answer to one: those nobody has reason to send in plenty. */
export const isControl = (flags: number): boolean => flags >> 4 < PUBLISH || flags >> 4 > PUBCOMP;

/** A packet that is read past: its variable header is gathered, then the first bytes of its payload. */
interface Skipped {
  readonly flags: number;
  /** Bytes of its body still to come. */
  left: number;
  /** Topic and packet id, as they stand in the packet. */
  header: Buffer;
  /** Bytes that `header` must have; at first those that tell the topic's length. */
  headerBytes: number;
  isHeaderWhole: boolean;
  /** Of version 5, its properties, which are passed over: what is known of their length, and what of them is to come. */
  properties: { length: number[]; left: number } | undefined;
  payloadBytes: number;
  head: Buffer[];
  headBytes: number;
  digest: number;
}

/**
 * Watches the MQTT fixed headers that pass through `stream`. A packet that announces too much would be buffered by the
 * parser behind, up to 256 MB of it. A publish that does is read past as it streams, and in its place the parser gets one
 * of the same topic, flags and packet id whose payload is a ticket that nobody else can know: so it is refused,
 * acknowledged and told from its redelivery like any other, in its turn. Any other packet ends the stream.
 *
 * Costs one look at each packet's header; bodies are stepped over.
 */
export function guardPackets(stream: Duplex, options: PacketGuardOptions): PacketGuard {
  const read = stream.read.bind(stream);
  const { budget } = options;
  const oversized = new Map<string, OversizedPublish>();
  /** Bytes of the present packet's body still to come. */
  let bodyLeft = 0;
  /** What of the present packet's body counts in the budget. */
  let heldBytes = 0;
  let isLarge = false;
  /** The first byte of the present packet; undefined between packets. */
  let flags: number | undefined;
  let length = 0;
  let factor = 1;
  let isFirst = true;
  /** Whether the client speaks version 5, where properties stand before a payload. */
  let isVersion5 = false;
  /** Body bytes of the first packet before the one that tells the version. */
  let versionIn = VERSION_AT;
  /** The beginning of a fixed header that is not complete yet: the parser gets it whole or not at all. */
  let withheld: Buffer | undefined;
  let skipped: Skipped | undefined;
  let refusal: PacketRefusal | undefined;
  let work = 0;
  let hasControls = false;
  let leadBytes = 0;
  let filters: FilterCount | undefined;

  function limitOf(byte: number): number {
    return !isFirst && byte >> 4 === PUBLISH ? options.publishBytesMax : options.otherBytesMax;
  }

  /** What the parser may have of a chunk; null when nothing is left of it. Sets `refusal` when the stream must end. */
  function passed(chunk: Buffer): Buffer | null {
    /** What is handed on, as soon as that is not the chunk as it is. */
    let out: Buffer[] | undefined = withheld === undefined ? undefined : [withheld];
    let from = 0;
    let headerAt = 0;
    let at = 0;
    work = 0;
    hasControls = false;
    leadBytes = bodyLeft;
    while (at < chunk.length) {
      if (skipped !== undefined) {
        const piece = chunk.subarray(at, at + skipped.left);
        at += piece.length;
        from = at;
        if (!takePiece(skipped, piece)) return refuse('packet-too-large');
        if (skipped.left === 0) {
          out = [...(out ?? []), standIn(skipped)];
          skipped = undefined;
        }
        continue;
      }
      if (bodyLeft > 0) {
        const step = Math.min(bodyLeft, chunk.length - at);
        if (versionIn >= 0) {
          isVersion5 = versionIn < step && chunk[at + versionIn] === 5;
          versionIn -= step;
        }
        bodyLeft -= step;
        if (filters !== undefined && !filters.take(chunk, at, at + step)) return refuse('too-many-filters');
        at += step;
        if (isLarge && !hold(step)) return refuse('too-much-under-way');
        continue;
      }
      const byte = chunk[at++] ?? 0;
      if (flags === undefined) {
        flags = byte;
        headerAt = at - 1;
        length = 0;
        factor = 1;
        continue;
      }
      length += (byte & 0x7f) * factor;
      factor *= 128;
      // A fifth length byte is not MQTT; the parser behind says so and closes.
      if (byte >= 0x80 && factor <= 128 ** 3) continue;
      if (length > limitOf(flags) && byte < 0x80) {
        if (isFirst || flags >> 4 !== PUBLISH || (flags & 6) === 6) return refuse('packet-too-large');
        out = withheld === undefined ? added(out, chunk.subarray(from, headerAt)) : [];
        skipped = newSkipped(flags, length, isVersion5);
        from = at;
      } else {
        bodyLeft = length;
        isLarge = length > LARGE_BYTES;
      }
      const type = flags >> 4;
      work += workOf(flags);
      hasControls ||= isControl(flags);
      filters =
        type === SUBSCRIBE || type === UNSUBSCRIBE ? countFilters(type === SUBSCRIBE ? 1 : 0, isVersion5) : undefined;
      isFirst &&= type !== CONNECT;
      withheld = undefined;
      flags = undefined;
    }
    if (bodyLeft > 0 || skipped !== undefined) options.onUnderWay();
    if (flags !== undefined) {
      // A header that began before this chunk is the only thing in it.
      const begun = chunk.subarray(withheld === undefined ? headerAt : 0);
      out = withheld === undefined ? added(out, chunk.subarray(from, headerAt)) : [];
      withheld = Buffer.concat([withheld ?? NOTHING, begun]);
    } else if (from > 0 || out !== undefined) out = added(out, chunk.subarray(from));
    if (out === undefined) return chunk;
    return out.length === 0 ? null : Buffer.concat(out);
  }

  function refuse(reason: PacketRefusal): null {
    refusal = reason;
    return null;
  }

  function hold(bytes: number): boolean {
    heldBytes += bytes;
    budget.bytes += bytes;
    if (bodyLeft === 0) letGo();
    return budget.bytes <= budget.bytesMax;
  }

  function letGo(): void {
    budget.bytes -= heldBytes;
    heldBytes = 0;
  }
  stream.once('close', letGo);

  /** False when the packet may not be read past. */
  function takePiece(packet: Skipped, piece: Buffer): boolean {
    packet.left -= piece.length;
    let payload = piece;
    while (!packet.isHeaderWhole) {
      const missing = packet.headerBytes - packet.header.length;
      packet.header = Buffer.concat([packet.header, payload.subarray(0, missing)]);
      payload = payload.subarray(missing);
      if (packet.header.length < packet.headerBytes) return packet.left > 0;
      const topicBytes = packet.header.readUInt16BE(0);
      const isWhole = packet.headerBytes > 2;
      const idBytes = (packet.flags & 6) === 0 ? 0 : 2;
      if (isWhole) {
        const topic = packet.header.toString('utf8', 2, 2 + topicBytes);
        if (!options.maySkip(topic)) return false;
        packet.digest = crc32(topic);
        packet.isHeaderWhole = true;
      } else if (topicBytes === 0 || topicBytes > TOPIC_BYTES_MAX) return false;
      else packet.headerBytes = 2 + topicBytes + idBytes;
    }
    if (packet.properties !== undefined) {
      const rest = withoutProperties(packet.properties, payload);
      if (rest === undefined) return false;
      payload = rest;
    }
    packet.payloadBytes += payload.length;
    packet.digest = crc32(payload, packet.digest);
    if (packet.headBytes < HEAD_BYTES) {
      const more = Buffer.from(payload.subarray(0, HEAD_BYTES - packet.headBytes));
      packet.head.push(more);
      packet.headBytes += more.length;
    }
    return true;
  }

  /** The publish that the parser gets in place of one that was read past. */
  function standIn({ flags, header, properties, payloadBytes, head, digest }: Skipped): Buffer {
    const ticket = randomBytes(TICKET_BYTES);
    oversized.set(ticket.toString('latin1'), { payloadBytes, head: Buffer.concat(head), digest });
    const noProperties = properties === undefined ? NOTHING : NO_PROPERTIES;
    const bytes = header.length + noProperties.length + TICKET_BYTES;
    const lengthBytes = bytes < 128 ? [bytes] : [(bytes & 0x7f) | 0x80, bytes >> 7];
    return Buffer.concat([Buffer.from([flags, ...lengthBytes]), header, noProperties, ticket]);
  }

  stream.read = (size?: number) => {
    const chunk: unknown = read(size);
    if (!Buffer.isBuffer(chunk)) return chunk;
    const kept = passed(chunk);
    if (refusal === undefined) return kept;
    options.onRefused(refusal, length);
    stream.destroy(new Error(refusal));
    return null;
  };

  return {
    readWork: () => ({ work, hasControls, leadBytes }),

    takeOversized(payload) {
      if (oversized.size === 0 || payload.length !== TICKET_BYTES) return undefined;
      const ticket = Buffer.from(payload).toString('latin1');
      const found = oversized.get(ticket);
      oversized.delete(ticket);
      return found;
    },
  };
}

interface FilterCount {
  /** Takes a piece of the packet's body; false when there are too many filters in it. */
  take(chunk: Buffer, from: number, to: number): boolean;
}

/** Counts the filters of a SUBSCRIBE or UNSUBSCRIBE as it streams; `optionBytes` follow each. */
function countFilters(optionBytes: number, isVersion5: boolean): FilterCount {
  /** Bytes to step over: at first the packet id. */
  let left = 2;
  let high: number | undefined;
  let count = 0;
  /** In version 5, properties stand before them. */
  let isBeforeProperties = isVersion5;
  let propertyBytes = 0;
  let factor = 1;
  return {
    take(chunk, from, to) {
      let at = from;
      while (at < to) {
        const step = Math.min(left, to - at);
        left -= step;
        at += step;
        if (at === to) break;
        const byte = chunk[at++] ?? 0;
        if (isBeforeProperties) {
          propertyBytes += (byte & 0x7f) * factor;
          factor *= 128;
          isBeforeProperties = byte >= 0x80 && factor <= 128 ** 3;
          if (!isBeforeProperties) left = propertyBytes;
          continue;
        }
        if (high === undefined) {
          high = byte;
          continue;
        }
        left = high * 256 + byte + optionBytes;
        high = undefined;
        if (++count > FILTERS_MAX) return false;
      }
      return true;
    },
  };
}

/** What of a piece is payload; undefined when the properties before it have no length. */
function withoutProperties(properties: { length: number[]; left: number }, piece: Buffer): Buffer | undefined {
  let at = 0;
  const { length } = properties;
  while (at < piece.length && (length.length === 0 || (length.at(-1) ?? 0) >= 0x80)) {
    const byte = piece[at++] ?? 0;
    properties.left += (byte & 0x7f) * 128 ** length.length;
    length.push(byte);
    if (byte >= 0x80 && length.length === LENGTH_BYTES_MAX) return undefined;
  }
  const passed = Math.min(properties.left, piece.length - at);
  properties.left -= passed;
  return piece.subarray(at + passed);
}

function added(pieces: Buffer[] | undefined, piece: Buffer): Buffer[] {
  return piece.length === 0 ? (pieces ?? []) : [...(pieces ?? []), piece];
}

function newSkipped(flags: number, left: number, isVersion5: boolean): Skipped {
  return {
    flags,
    left,
    header: NOTHING,
    headerBytes: 2,
    isHeaderWhole: false,
    properties: isVersion5 ? { length: [], left: 0 } : undefined,
    payloadBytes: 0,
    head: [],
    headBytes: 0,
    digest: 0,
  };
}
