import { isUtf8 } from 'node:buffer';
import { REASON } from './reasons.ts';

/** Where properties stand. */
export type PropertiesOf =
  | 'connect'
  | 'will'
  | 'publish'
  | 'subscribe'
  | 'unsubscribe'
  | 'acknowledgement'
  | 'disconnect'
  | 'auth';

/** Nobody's honest ones are longer, and going through them takes time. Without the length before them. */
export const PROPERTIES_BYTES_MAX = 64 * 1024;

/** The properties that change what is done; all others are checked and passed over. */
export interface Properties {
  readonly sessionExpiryInterval?: number;
  readonly receiveMaximum?: number;
  readonly maximumPacketSize?: number;
  readonly willDelayInterval?: number;
  readonly subscriptionIdentifier?: number;
  readonly messageExpiryInterval?: number;
  readonly authenticationMethod?: true;
  /** All of those of a message as they were sent, without their length; `handedOn` has those that its receivers get. */
  readonly ofMessage?: Uint8Array;
}

export type PropertiesRead =
  | { readonly ok: true; readonly properties: Properties; readonly bytes: number }
  | { readonly ok: false; readonly reason: number };

/** What a property's value looks like (OASIS MQTT 5.0, 2.2.2.2). */
type Form = 'byte' | 'two' | 'four' | 'varint' | 'text' | 'binary' | 'pair';

interface PropertyKind {
  readonly form: Form;
  /** Where a client may say it. */
  readonly in: readonly PropertiesOf[];
  readonly name?: Exclude<keyof Properties, 'authenticationMethod' | 'ofMessage'>;
  /** Zero means nothing here, and is an error. */
  readonly isPositive?: true;
  /** Whoever takes the message gets it as it is (3.3.2.3). */
  readonly isHandedOn?: true;
}

const ANYWHERE: readonly PropertiesOf[] = [
  'connect',
  'will',
  'publish',
  'subscribe',
  'unsubscribe',
  'acknowledgement',
  'disconnect',
  'auth',
];
const OF_MESSAGE = ['publish', 'will'] as const;
const USER_PROPERTY = 0x26;
const TOPIC_ALIAS = 0x23;
const AUTHENTICATION_METHOD = 0x15;
const PAYLOAD_FORMAT = 0x01;
const MESSAGE_EXPIRY = 0x02;
const RESPONSE_TOPIC = 0x08;
const SUBSCRIPTION_IDENTIFIER = 0x0b;

const KINDS: ReadonlyMap<number, PropertyKind> = new Map<number, PropertyKind>([
  [PAYLOAD_FORMAT, { form: 'byte', in: OF_MESSAGE, isHandedOn: true }],
  [MESSAGE_EXPIRY, { form: 'four', in: OF_MESSAGE, name: 'messageExpiryInterval' }],
  [0x03, { form: 'text', in: OF_MESSAGE, isHandedOn: true }],
  [RESPONSE_TOPIC, { form: 'text', in: OF_MESSAGE, isHandedOn: true }],
  [0x09, { form: 'binary', in: OF_MESSAGE, isHandedOn: true }],
  [SUBSCRIPTION_IDENTIFIER, { form: 'varint', in: ['subscribe'], name: 'subscriptionIdentifier', isPositive: true }],
  [0x11, { form: 'four', in: ['connect', 'disconnect'], name: 'sessionExpiryInterval' }],
  [AUTHENTICATION_METHOD, { form: 'text', in: ['connect', 'auth'] }],
  [0x16, { form: 'binary', in: ['connect', 'auth'] }],
  [0x17, { form: 'byte', in: ['connect'] }],
  [0x18, { form: 'four', in: ['will'], name: 'willDelayInterval' }],
  [0x19, { form: 'byte', in: ['connect'] }],
  [0x1f, { form: 'text', in: ['acknowledgement', 'disconnect', 'auth'] }],
  [0x21, { form: 'two', in: ['connect'], name: 'receiveMaximum', isPositive: true }],
  [0x22, { form: 'two', in: ['connect'] }],
  [TOPIC_ALIAS, { form: 'two', in: ['publish'] }],
  [USER_PROPERTY, { form: 'pair', in: ANYWHERE, isHandedOn: true }],
  [0x27, { form: 'four', in: ['connect'], name: 'maximumPacketSize', isPositive: true }],
]);

export const NONE: Properties = {};
const MALFORMED: PropertiesRead = { ok: false, reason: REASON.malformed };
const PROTOCOL_ERROR: PropertiesRead = { ok: false, reason: REASON.protocolError };

/**
 * Reads the properties at the beginning of some bytes, their length first. What they say besides is passed over: user
 * properties, content types, what a message is to be answered by, of which `handedOn` makes something when somebody is to
 * get it. Total; whatever version 5 forbids has its reason.
 */
export function readProperties(bytes: Uint8Array, of: PropertiesOf): PropertiesRead {
  const length = readVarint(bytes, 0);
  if (length === undefined) return MALFORMED;
  const end = length.next + length.value;
  if (length.value === 0) return { ok: true, properties: NONE, bytes: end };
  if (length.value > PROPERTIES_BYTES_MAX) return { ok: false, reason: REASON.packetTooLarge };
  if (end > bytes.length) return MALFORMED;
  const properties: { -readonly [K in keyof Properties]: Properties[K] } = {};
  const seen = new Set<number>();
  for (let at = length.next; at < end; ) {
    const id = bytes[at] ?? 0;
    const kind = KINDS.get(id);
    if (kind === undefined) return MALFORMED;
    if (!kind.in.includes(of) || (id !== USER_PROPERTY && seen.has(id))) return PROTOCOL_ERROR;
    seen.add(id);
    // None was offered.
    if (id === TOPIC_ALIAS) return { ok: false, reason: REASON.topicAliasInvalid };
    const value = readValue(bytes, at + 1, kind.form);
    if (value === undefined || value.next > end) return MALFORMED;
    if (kind.isPositive === true && value.value === 0) return PROTOCOL_ERROR;
    if (kind.name !== undefined) properties[kind.name] = value.value;
    if (id === AUTHENTICATION_METHOD) properties.authenticationMethod = true;
    at = value.next;
  }
  if (of === 'publish' || of === 'will') properties.ofMessage = bytes.subarray(length.next, end);
  return { ok: true, properties, bytes: end };
}

/**
 * Of properties that were read, those that whoever takes the message gets, in their order, in memory of their own. A text
 * that is none is left out: a reading is taken all the same, but a client that gets one ends its connection.
 */
export function handedOn(ofMessage: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < ofMessage.length; ) {
    const kind = KINDS.get(ofMessage[at] ?? 0);
    const value = kind === undefined ? undefined : readValue(ofMessage, at + 1, kind.form);
    if (kind === undefined || value === undefined) break;
    const bytes = ofMessage.subarray(at, value.next);
    if (kind.isHandedOn === true && isSound(bytes, kind.form)) parts.push(bytes);
    at = value.next;
  }
  return Buffer.concat(parts);
}

/** Whether others may be given a property: its texts are some (1.5.4), its byte is no or yes, its topic can be published to. */
function isSound(bytes: Uint8Array, form: Form): boolean {
  if (form === 'byte') return (bytes[1] ?? 0) <= 1;
  if (form !== 'text' && form !== 'pair') return true;
  const end = readBytes(bytes, 1)?.next ?? bytes.length;
  const texts = [bytes.subarray(3, end), bytes.subarray(end + 2)];
  if (!texts.every((text) => isUtf8(text) && !text.includes(0))) return false;
  return bytes[0] !== RESPONSE_TOPIC || (end > 3 && !bytes.includes(0x23, 3) && !bytes.includes(0x2b, 3));
}

/** The properties that a message is delivered with, their length before them. */
export function deliveredWith(
  handed: Uint8Array,
  expiryS: number | undefined,
  identifiers: readonly number[],
): Uint8Array {
  const rest: number[] = [];
  if (expiryS !== undefined) {
    rest.push(MESSAGE_EXPIRY, (expiryS >>> 24) & 0xff, (expiryS >>> 16) & 0xff, (expiryS >>> 8) & 0xff, expiryS & 0xff);
  }
  for (const identifier of identifiers) rest.push(SUBSCRIPTION_IDENTIFIER, ...varint(identifier));
  return Buffer.concat([Buffer.from(varint(handed.length + rest.length)), handed, Buffer.from(rest)]);
}

interface Value {
  /** Of texts and pairs nothing but where they end. */
  readonly value: number;
  readonly next: number;
}

function readValue(bytes: Uint8Array, at: number, form: Form): Value | undefined {
  switch (form) {
    case 'byte':
      return readNumber(bytes, at, 1);
    case 'two':
      return readNumber(bytes, at, 2);
    case 'four':
      return readNumber(bytes, at, 4);
    case 'varint':
      return readVarint(bytes, at);
    case 'text':
    case 'binary':
      return readBytes(bytes, at);
    case 'pair': {
      const name = readBytes(bytes, at);
      return name === undefined ? undefined : readBytes(bytes, name.next);
    }
  }
}

function readNumber(bytes: Uint8Array, at: number, length: number): Value | undefined {
  if (at + length > bytes.length) return undefined;
  let value = 0;
  for (let i = at; i < at + length; i++) value = value * 256 + (bytes[i] ?? 0);
  return { value, next: at + length };
}

function readBytes(bytes: Uint8Array, at: number): Value | undefined {
  const length = readNumber(bytes, at, 2);
  return length === undefined ? undefined : { value: 0, next: length.next + length.value };
}

/** A variable byte integer: seven bits a byte, the lowest first, at most four bytes. */
export function readVarint(bytes: Uint8Array, at: number): Value | undefined {
  let value = 0;
  for (let i = 0; i < 4; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 128 ** i;
    if (byte < 0x80) return { value, next: at + i + 1 };
  }
  return undefined;
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const byte = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? byte | 0x80 : byte);
  } while (rest > 0);
  return bytes;
}
