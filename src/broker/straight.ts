import type { PublishPacket } from 'aedes';

/** What is relied on of the parser of mqtt-packet 9, beyond its types. */
interface ParserParts {
  readonly settings?: { readonly protocolVersion?: number };
  /** What has been read of the socket and not parsed yet. */
  readonly _list: { readonly length: number; readonly _bufs: readonly Buffer[]; consume(bytes: number): unknown };
  /** Reads the first byte of a packet; false when there is none. */
  _parseHeader(): boolean;
}

/** A PUBLISH of QoS 1, with or without DUP and RETAIN. */
const KIND_MASK = 0b1111_0110;
const PUBLISH_QOS_1 = 0b0011_0010;
const DUP = 0b1000;
const RETAIN = 0b0001;
const VERSION_5 = 5;

/**
 * Reads whole QoS 1 publishes straight from what the socket gave, before the parser looks at it: the parser moves a buffer
 * along field by field, which costs half of what a message allocates. Each goes to `take`; what that declines, what is not
 * whole yet, and every other packet is left to the parser, which is asked again for what stands behind. `begin` and `end`
 * are called around those that are taken together.
 *
 * Nothing happens when the parser is built otherwise than in the mqtt-packet this was written for.
 */
export function readStraight(
  parser: unknown,
  { begin, take, end }: { begin(): void; take(packet: PublishPacket): boolean; end(hasTaken: boolean): void },
): void {
  const parts = parser as ParserParts;
  if (typeof parts._parseHeader !== 'function' || !Array.isArray(parts._list?._bufs)) return;
  const usual = parts._parseHeader.bind(parts);

  /** Takes the publishes that `chunk` begins with, and gives how many bytes they were. */
  function takeFrom(chunk: Buffer): number {
    let at = 0;
    while (at + 2 <= chunk.length) {
      const flags = chunk[at] ?? 0;
      if ((flags & KIND_MASK) !== PUBLISH_QOS_1) break;
      let from = at + 1;
      let byte = chunk[from++] ?? 0;
      let length = byte & 0x7f;
      for (let factor = 128; byte >= 0x80 && factor <= 128 ** 3; factor *= 128) {
        byte = chunk[from++] ?? 0;
        length += (byte & 0x7f) * factor;
      }
      const to = from + length;
      if (byte >= 0x80 || to > chunk.length || length < 4) break;
      const topicFrom = from + 2;
      const topicTo = topicFrom + (((chunk[from] ?? 0) << 8) | (chunk[from + 1] ?? 0));
      const payloadFrom = topicTo + 2;
      if (payloadFrom > to) break;
      const isTaken = take({
        cmd: 'publish',
        topic: chunk.toString('utf8', topicFrom, topicTo),
        payload: chunk.subarray(payloadFrom, to),
        qos: 1,
        messageId: ((chunk[topicTo] ?? 0) << 8) | (chunk[topicTo + 1] ?? 0),
        dup: (flags & DUP) !== 0,
        retain: (flags & RETAIN) !== 0,
      });
      if (!isTaken) break;
      at = to;
    }
    return at;
  }

  parts._parseHeader = () => {
    const chunk = parts._list._bufs[0];
    const first = chunk?.[0] ?? 0;
    if (chunk === undefined || (first & KIND_MASK) !== PUBLISH_QOS_1 || parts.settings?.protocolVersion === VERSION_5) {
      return usual();
    }
    begin();
    const bytes = takeFrom(chunk);
    parts._list.consume(bytes);
    end(bytes > 0);
    return parts._list.length > 0 && usual();
  };
}
