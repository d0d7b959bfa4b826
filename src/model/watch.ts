import type { MessageEntry, QuarantineEntry, UplinkEntry } from './entry.ts';
import type { Quality, Reading, Value } from './reading.ts';
import type { DeviceRecord } from './registry.ts';
import type { Rejection, WhyRejected } from './rejection.ts';
import type { DeviceMessage } from './source.ts';

/**
 * Messages of a device that somebody looks at, beside what was read of them. What could be read is journalled as readings
 * alone, so the bytes are only there of messages that came while the device was watched, and of the last of those that say
 * something seldom.
 */
export interface Watch {
  /** Ids of the devices that are watched; nearly always none. Who reads messages asks it before telling anything. */
  readonly devices: ReadonlySet<string>;
  /** A message of one of them was read, or one of a device that had said nothing for a while. */
  took(device: DeviceRecord, message: MessageBytes, read: MessageRead): void;
  /** What was made of an uplink, which of a device whose message was told of before. */
  answered(uplink: UplinkEntry, answers: readonly (MessageEntry | QuarantineEntry)[]): void;
}

/** `payload` may be part of a buffer that is used again: it is to be copied. */
export type MessageBytes = Pick<DeviceMessage, 'route' | 'topic' | 'payload' | 'oversizedBytes'>;

export interface MessageRead {
  readonly receivedAtMs: number;
  readonly readings: readonly Reading[];
  readonly rejection: Rejection | null;
  /** What waits for the codec, where it is one's turn. */
  readonly uplink?: UplinkEntry | undefined;
}

/** A message as it was kept. */
export interface WatchedMessage {
  /** Counts the messages of a device since it is watched, from 1. */
  readonly number: number;
  readonly receivedAtMs: number;
  readonly topic: string;
  /** The payload format that its topic is read in. */
  readonly format: string;
  /** The first bytes. */
  readonly payload: Uint8Array;
  readonly payloadBytes: number;
  /** The first ones, under the names that the device gives its fields. */
  readonly readings: readonly WatchedReading[];
  readonly readingCount: number;
  /** Whether the profile's codec has not read it yet. */
  readonly isWaiting: boolean;
  readonly rejection: { readonly reason: string; readonly why: WhyRejected } | null;
}

export interface WatchedReading {
  readonly field: string;
  readonly value: Value;
  readonly unit: string | null;
  /** Event time, ms since 1970. */
  readonly tsMs: number;
  readonly quality: Quality;
}

/** What is kept of a device. */
export interface Watched {
  /** The newest first. */
  readonly messages: readonly WatchedMessage[];
  readonly sinceMs: number;
  /** When it ends, unless somebody asks again. */
  readonly untilMs: number;
}
