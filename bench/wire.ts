/**
 * The few MQTT 3.1.1 packets the load generator needs, by hand: a client library spends more CPU on a message than the
 * server under test does, and would measure itself.
 */

const CONNECT = 0x10;
const CONNACK = 0x20;
const PUBLISH_QOS_1 = 0x32;
const PUBACK = 0x40;

export const PINGREQ = Buffer.from([0xc0, 0x00]);
export const DISCONNECT = Buffer.from([0xe0, 0x00]);

export interface Connect {
  readonly clientId: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly keepaliveS: number;
}

/** A CONNECT packet with a clean session. */
export function encodeConnect({ clientId, username, password, keepaliveS }: Connect): Buffer {
  const flags = 0x02 | (username === undefined ? 0 : 0x80) | (password === undefined ? 0 : 0x40);
  const header = Buffer.from([...text('MQTT'), 4, flags, keepaliveS >> 8, keepaliveS & 0xff]);
  const payload = [clientId, username, password].filter((part) => part !== undefined).map(text);
  return packet(CONNECT, Buffer.concat([header, ...payload]));
}

/** A PUBLISH of QoS 1, and where in it the packet id (2 bytes) and the payload stand, to be overwritten in copies. */
export interface PublishTemplate {
  readonly bytes: Buffer;
  readonly packetIdAt: number;
  readonly payloadAt: number;
}

export function encodePublish(topic: string, payload: string): PublishTemplate {
  const topicBytes = text(topic);
  const body = Buffer.concat([topicBytes, Buffer.from([0, 0]), Buffer.from(payload)]);
  const bytes = packet(PUBLISH_QOS_1, body);
  const bodyAt = bytes.length - body.length;
  return { bytes, packetIdAt: bodyAt + topicBytes.length, payloadAt: bodyAt + topicBytes.length + 2 };
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
}

function packet(type: number, body: Buffer): Buffer {
  const length: number[] = [];
  let rest = body.length;
  do {
    length.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest >>= 7;
  } while (rest > 0);
  return Buffer.concat([Buffer.from([type, ...length]), body]);
}

export interface Replies {
  readonly onConnack: (returnCode: number) => void;
  readonly onPuback: (packetId: number) => void;
}

/** Reads what a broker sends to a publisher out of socket chunks; packets may be cut anywhere. */
export function createReplyReader(replies: Replies): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    while (at + 2 <= bytes.length) {
      // Replies to a publisher are shorter than 128 bytes, so their length is one byte.
      const bodyLength = bytes[at + 1] ?? 0;
      const end = at + 2 + bodyLength;
      if (end > bytes.length) break;
      const type = (bytes[at] ?? 0) & 0xf0;
      if (type === PUBACK) replies.onPuback(((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0));
      else if (type === CONNACK) replies.onConnack(bytes[at + 3] ?? 0);
      at = end;
    }
    rest = bytes.subarray(at);
  };
}

/** Overwrites 13 ASCII digits: a time in ms since 1970 at the same place of a payload. */
export function writeTimeDigits(bytes: Buffer, at: number, tsMs: number): void {
  let rest = tsMs;
  for (let digit = 12; digit >= 0; digit--) {
    const tens = Math.floor(rest / 10);
    bytes[at + digit] = 48 + (rest - tens * 10);
    rest = tens;
  }
}
