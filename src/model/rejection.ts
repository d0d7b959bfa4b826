/**
 * Why a payload, or a part of it, could not be read, as data: what, and the figures in question. Words for it are chosen
 * where somebody reads it (rejection-words.ts). It goes into the journal and the quarantine as it is, so a code keeps its
 * meaning for ever, and what it says of itself is only ever added to.
 *
 * Whoever reads a further format adds its codes to `RejectionValues`, to `REASONS`, and the words of both languages.
 */
export interface Rejection<C extends RejectionCode = RejectionCode> {
  readonly reason: RejectReason;
  readonly code: C;
  readonly values: RejectionValues[C] & Which;
}

/** Of a payload of several things: which one it is said of, and how much there was besides that could not be read. */
export interface Which {
  /** The item of a batch, from 0; left out when the payload is no batch. */
  readonly item?: number;
  /** Left out when nothing else was wrong. */
  readonly more?: number;
}

/** Under what a rejection is shown, counted and filtered; never renamed. Several codes may belong to one. */
export type RejectReason =
  | 'unknown-device'
  | 'not-json'
  | 'not-an-object'
  | 'empty'
  | 'too-many-readings'
  | 'too-large'
  | 'bad-time'
  | 'bad-value'
  | 'duplicate-key'
  | 'no-known-field'
  | 'no-device'
  | 'not-its-own'
  | 'unknown-message'
  | 'encrypted'
  | 'no-codec'
  | 'bad-frame'
  | 'bad-checksum'
  | 'codec-refused'
  | 'codec-off'
  | 'history-rejected';

type None = Readonly<Record<never, never>>;

/** What was found in the place of something else: a value as JSON, cut when nobody would read it all. */
export type Found =
  | { readonly kind: 'array' | 'object' }
  | { readonly kind: 'value' | 'beginning'; readonly text: string };

/** What a value should have been; `names` of a list are one text, cut when nobody would read it all. */
export type ExpectedValue =
  | { readonly kind: 'number' | 'boolean' | 'base64' | 'hex' }
  | { readonly kind: 'one-of'; readonly names: string }
  | { readonly kind: 'text'; readonly charactersMax: number };

/** What a time should have been: a number of these since 1970, ISO 8601, or whichever of it and ms. */
export type ExpectedTime = 's' | 'ms' | 'us' | 'ns' | 'iso' | 'ms-or-iso';

export interface RejectionValues {
  'unknown-device': None;
  /** Who sent it may not speak for the device. */
  'not-its-own': None;
  'no-device': None;
  'too-large': { readonly bytes: number };
  /** It ends before it is whole. */
  'json-unfinished': None;
  /** `position`: how many characters of it are JSON. */
  'json-broken': { readonly position: number };
  'too-many-keys': { readonly most: number };
  'no-json': { readonly found: Found };
  'not-an-object': { readonly found: Found };
  empty: None;
  'too-many-items': { readonly count: number; readonly most: number };
  'too-many-items-within': { readonly most: number };
  'key-too-often': { readonly name: string; readonly count: number; readonly most: number };
  'list-too-long': { readonly name: string; readonly count: number; readonly most: number };
  /** The lists within the items of a payload, all together; `name` is the one that was too much. */
  'lists-too-long': { readonly name: string; readonly most: number };
  'time-repeated': None;
  'values-repeated': None;
  'key-repeated': { readonly name: string };
  'bad-time': { readonly name: string; readonly expected: ExpectedTime; readonly found: Found };
  'bad-value': { readonly name: string; readonly expected: ExpectedValue; readonly found: Found };
  /** A unit that cannot be that of the metric, such as of a length where a temperature is measured. */
  'unit-of-other-quantity': { readonly name: string; readonly expected: string; readonly found: string };
  /** A metric of a type that is no single value: an array, a set of data, a file (Sparkplug B). */
  'no-single-value': { readonly name: string; readonly type: string };
  /** A single value where a profile asks for an element of an array. */
  'no-array': { readonly name: string };
  'no-known-field': None;
  /** The device's profile says nothing of the topic. */
  'topic-not-in-profile': None;
  /** None of the messages of the server or bridge that publishes to this topic. */
  'unknown-message': { readonly server: string };
  /** `name`: where the part stands that nobody here has the key to. */
  encrypted: { readonly name: string };
  /** Data by numbers or of types that no birth of its edge node has told, or of one that was not born (Sparkplug B). */
  'not-born': None;
  /** A frame that its network server did not decode, and whose device's profile names no codec. */
  'no-codec': None;
  /** No frame of this protocol, or one that is not what its head says. */
  'no-frame': { readonly protocol: string };
  'wrong-checksum': { readonly protocol: string };
  /** The frame says another length than it has. */
  'wrong-length': { readonly protocol: string };
  /** The codec says that it can't read this frame, or gives nothing that could be values: `said` are its words. */
  'codec-refused': { readonly said: string };
  /** The codec of the profile is switched off because it did what none may; `said` are the engine's words. */
  'codec-off': { readonly profile: string; readonly fault: string; readonly said: string };
  /** The history store will not have readings that were read; `said` are its own words. */
  'history-rejected': {
    readonly readings: number;
    readonly firstMs: number;
    readonly lastMs: number;
    readonly devices: readonly string[];
    readonly said: string;
  };
}

export type RejectionCode = keyof RejectionValues;

const REASONS: { readonly [C in RejectionCode]: RejectReason } = {
  'unknown-device': 'unknown-device',
  'not-its-own': 'not-its-own',
  'no-device': 'no-device',
  'too-large': 'too-large',
  'json-unfinished': 'not-json',
  'json-broken': 'not-json',
  'too-many-keys': 'too-many-readings',
  'no-json': 'not-json',
  'not-an-object': 'not-an-object',
  empty: 'empty',
  'too-many-items': 'too-many-readings',
  'too-many-items-within': 'too-many-readings',
  'key-too-often': 'too-many-readings',
  'list-too-long': 'too-many-readings',
  'lists-too-long': 'too-many-readings',
  'time-repeated': 'duplicate-key',
  'values-repeated': 'duplicate-key',
  'key-repeated': 'duplicate-key',
  'bad-time': 'bad-time',
  'bad-value': 'bad-value',
  'unit-of-other-quantity': 'bad-value',
  'no-single-value': 'bad-value',
  'no-array': 'bad-value',
  'no-known-field': 'no-known-field',
  'topic-not-in-profile': 'no-known-field',
  'unknown-message': 'unknown-message',
  encrypted: 'encrypted',
  'not-born': 'unknown-message',
  'no-codec': 'no-codec',
  'no-frame': 'bad-frame',
  'wrong-checksum': 'bad-checksum',
  'wrong-length': 'bad-checksum',
  'codec-refused': 'codec-refused',
  'codec-off': 'codec-off',
  'history-rejected': 'history-rejected',
};

/** Why something could not be read: `rejectionOf('list-too-long', { name, count, most })`. */
export function rejectionOf<C extends RejectionCode>(code: C, values: RejectionValues[C]): Rejection<C> {
  return { reason: REASONS[code], code, values };
}

/** What is kept of a rejection beside its reason; of one that an earlier program kept, the English sentence it wrote. */
export type WhyRejected = Pick<Rejection, 'code' | 'values'> | string;
