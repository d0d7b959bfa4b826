import type { Quality, Value } from './reading.ts';
import type { Rejection } from './rejection.ts';

/** A message that is read to see what it would yield; nothing of it is kept. */
export interface MessageToTry {
  /** As it was published; what stands at `{device}` or `+` of a pattern may be anything. Undefined: nobody knows it. */
  readonly topic: string | undefined;
  readonly payload: Uint8Array;
  /** When it arrived, ms since 1970. */
  readonly receivedAtMs: number;
}

/** What a message yields for a device of some profile. */
export interface Trial {
  readonly profile: string;
  /** The name of the payload format that read it; null when messages of the topic are not read at all. */
  readonly format: string | null;
  /** What became of it for each device that it names, in the order in which it does. */
  readonly devices: readonly TriedDevice[];
  /** Why it could not be opened, or a part of it names no device. */
  readonly rejection: Rejection | null;
  /** How much it looks like a message of such a device, to be compared with that of other profiles; 0: not at all. */
  readonly likeness: number;
}

export interface TriedDevice {
  /** Ids that the device may go by; none where neither topic nor message names one. */
  readonly ids: readonly string[];
  /** Sorted by time; at most TRIED_READINGS_MAX of them. */
  readonly readings: readonly TriedReading[];
  readonly readingCount: number;
  /** What could not be read. */
  readonly rejection: Rejection | null;
  /** What a decoder gave that nothing was read of, as the profile names none of it; at most UNUSED_FIELDS_MAX. */
  readonly unused: readonly UnusedField[];
}

/** A field of a decoder's: its path, such as `water_level` or `probe.depth`. */
export interface UnusedField {
  readonly name: string;
  readonly value: Value;
}

/** Fields that are shown of what nothing was read of. */
export const UNUSED_FIELDS_MAX = 50;

export interface TriedReading {
  /** As the profile names it. */
  readonly field: string;
  readonly value: Value;
  readonly unit: string | null;
  /** Event time, ms since 1970; the arrival where the message bears none. */
  readonly tsMs: number;
  readonly quality: Quality;
}

/** Readings that are shown of a device; a person looks at a handful. */
export const TRIED_READINGS_MAX = 200;

/** Characters of a message that is tried; real ones have some hundreds. */
export const TRIED_CHARACTERS_MAX = 65_536;
