import type { Reading } from './reading.ts';
import type { DeviceRecord } from './registry.ts';
import type { Rejection } from './rejection.ts';
import type { Metric } from './site.ts';

/**
 * The seam of payload formats: what a device of some profile sent on some topic, and when it arrived, to the readings in it
 * or why there are none. Each format is a folder below `decode/formats/`, with cases beside it; a route (route.ts) says
 * which messages are read in it.
 *
 * Lifecycle: a format is made once, at the start, and `read` is called for every message between the socket and its
 * acknowledgement, so it
 * - is total: no payload makes it throw, hang or grow; what it can't read it rejects with a reason, and all that it could
 *   read beside that is kept;
 * - is a function of its arguments: no clock, no I/O, no memory of earlier messages but what `DeviceToRead` says, so that
 *   the same message gives the same readings;
 * - prepares nothing per message: what can be said of a device or profile beforehand stands in `DeviceToRead`.
 *
 * A reading's series are those that the device's record gives for its field, its time is in whole ms since 1970, or the
 * arrival as it was given when it has none of its own, and readings are sorted by it. A vendor's codec does not fit in here
 * by its own time: it runs elsewhere, on what was journalled, and its format only takes the message over.
 */
export interface PayloadFormat {
  readonly name: string;
  /** `receivedAtMs` bears a fraction, by which readings without a time of their own are known later on. */
  read(device: DeviceToRead, topic: string, payload: Uint8Array, receivedAtMs: number): Decoded;
}

/**
 * A format whose messages say themselves whose they are, of one device or of several: of gateways and network servers. It
 * keeps to the same rules, and opens a message once; each part is then read for its device.
 */
export interface EnvelopeFormat {
  readonly name: string;
  open(topic: string, payload: Uint8Array): Opened;
}

/** What is in a message: nothing at all of one that is known and says nothing of a sensor. */
export interface Opened {
  /** One for each device. */
  readonly parts: readonly EnvelopePart[];
  /** Why it can't be opened, or a part of it has no device. */
  readonly rejection: Rejection | null;
}

export interface EnvelopePart {
  /** Ids that its device may go by; the first that is registered is meant. */
  readonly devices: readonly string[];
  /** Under which of them it is kept as long as none is registered, once for all such parts; left out: the first. */
  readonly unknownAs?: string | undefined;
  /** What tells it apart, where networks deliver one thing several times; left out where nothing does. */
  readonly once?: Once | undefined;
  /** A frame as it was sent, which only its device's codec can read: `read` says that there is none. */
  readonly raw?: RawUplink | undefined;
  /** What the sender's own decoder made of it: fields that a profile may name, for who looks at what there is. */
  readonly said?: Readonly<Record<string, unknown>> | undefined;
  /** It tells of the network rather than of a sensor, and is nobody's loss where its device is not known. */
  readonly isAside?: boolean | undefined;
  /** `firstMs`: the time of the first copy, where this is another one. Its readings bear it, and so are the same. */
  read(device: DeviceToRead, receivedAtMs: number, firstMs?: number): Decoded;
}

/** One thing that may come several times: as several gateways heard it, or as it is sent again. */
export interface Once {
  /** Tells it from others of its device at about that time. */
  readonly key: string;
  readonly atMs: number;
}

/** A frame of LoRaWAN that nobody has decoded yet. */
export interface RawUplink {
  readonly fPort: number;
  readonly bytes: Uint8Array;
  /** When the network received it, ms since 1970; undefined where it does not say. */
  readonly receivedAtMs: number | undefined;
  readonly fCnt: number | undefined;
  /** What the network says of it: the fields `uplink.…` of a profile. */
  readonly network: Readonly<Record<string, unknown>>;
}

/** What is known beforehand of the device that a message is of. */
export interface DeviceToRead extends DecodePlan {
  readonly record: DeviceRecord;
  /** How far ahead of its arrival the newest time of the device's message before was, ms; 0 when there was none. */
  readonly clockOffsetMs: number;
}

/** What decoding needs to know of a device, prepared once. */
export interface DecodePlan {
  /** The same object for all devices of a profile, so that what is looked at for each message stays near at hand. */
  readonly fields: ReadonlyMap<string, FieldPlan>;
  /** The series that each field goes to, by the field's index: nearly always one. */
  readonly series: readonly (number | readonly number[])[];
  /** How far apart times of a batch may be that one clock made, where some of them can't be right, ms. */
  readonly holeMaxMs: number;
}

export interface FieldPlan {
  readonly index: number;
  readonly metric: Metric;
  readonly low: number;
  readonly high: number;
  readonly sentinels: readonly number[] | undefined;
}

/**
 * What became of a payload. `readings` are sorted by time; `rejection` stands alone when nothing could be read, and
 * beside readings when some of it could. It tells of the first thing that could not be read, and how many more there were.
 */
export interface Decoded {
  readonly readings: readonly Reading[];
  readonly rejection: Rejection | null;
  /** How far the device's clock was off, where its times had to be corrected: above 0 ahead of ours; else 0. */
  readonly clockAheadMs: number;
  /** It was almost in the format, and was read as what was meant. */
  readonly isRepaired: boolean;
  /** Its sender had stored it and says so: it tells nothing of how the device's clock goes. */
  readonly isHistory?: boolean | undefined;
}
