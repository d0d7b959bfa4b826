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
  readonly authenticationMethod?: true;
}

export type PropertiesRead =
  | { readonly ok: true; readonly properties: Properties; readonly bytes: number }
  | { readonly ok: false; readonly reason: number };

/** What a property's value looks like (OASIS MQTT 5.0, 2.2.2.2). */
type Form = 'byte' | 'two' | 'four' | 'varint' | 'text' | 'pair';

interface PropertyKind {
  readonly form: Form;
  /** Where a client may say it. */
  readonly in: readonly PropertiesOf[];
  readonly name?: Exclude<keyof Properties, 'authenticationMethod'>;
  /** Zero means nothing here, and is an error. */
  readonly isPositive?: true;
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

const KINDS: ReadonlyMap<number, PropertyKind> = new Map<number, PropertyKind>([
  [0x01, { form: 'byte', in: OF_MESSAGE }],
  [0x02, { form: 'four', in: OF_MESSAGE }],
  [0x03, { form: 'text', in: OF_MESSAGE }],
  [0x08, { form: 'text', in: OF_MESSAGE }],
  [0x09, { form: 'text', in: OF_MESSAGE }],
  [0x0b, { form: 'varint', in: ['subscribe'], name: 'subscriptionIdentifier', isPositive: true }],
  [0x11, { form: 'four', in: ['connect', 'disconnect'], name: 'sessionExpiryInterval' }],
  [AUTHENTICATION_METHOD, { form: 'text', in: ['connect', 'auth'] }],
  [0x16, { form: 'text', in: ['connect', 'auth'] }],
  [0x17, { form: 'byte', in: ['connect'] }],
  [0x18, { form: 'four', in: ['will'], name: 'willDelayInterval' }],
  [0x19, { form: 'byte', in: ['connect'] }],
  [0x1f, { form: 'text', in: ['acknowledgement', 'disconnect', 'auth'] }],
  [0x21, { form: 'two', in: ['connect'], name: 'receiveMaximum', isPositive: true }],
  [0x22, { form: 'two', in: ['connect'] }],
  [TOPIC_ALIAS, { form: 'two', in: ['publish'] }],
  [USER_PROPERTY, { form: 'pair', in: ANYWHERE }],
  [0x27, { form: 'four', in: ['connect'], name: 'maximumPacketSize', isPositive: true }],
]);

export const NONE: Properties = {};
const MALFORMED: PropertiesRead = { ok: false, reason: REASON.malformed };
const PROTOCOL_ERROR: PropertiesRead = { ok: false, reason: REASON.protocolError };

/**
 * Reads the properties at the beginning of some bytes, their length first. What they say besides is passed over: user
 * properties, content types, what a message is to be answered by. Total; whatever version 5 forbids has its reason.
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
  return { ok: true, properties, bytes: end };
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
      return readText(bytes, at);
    case 'pair': {
      const name = readText(bytes, at);
      return name === undefined ? undefined : readText(bytes, name.next);
    }
  }
}

function readNumber(bytes: Uint8Array, at: number, length: number): Value | undefined {
  if (at + length > bytes.length) return undefined;
  let value = 0;
  for (let i = at; i < at + length; i++) value = value * 256 + (bytes[i] ?? 0);
  return { value, next: at + length };
}

function readText(bytes: Uint8Array, at: number): Value | undefined {
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
