import type { Dialect } from './dialect.ts';
import type { Rejection } from './rejection.ts';

/**
 * The seam of line protocols: what a frame says, apart from how it came in and what is answered. Each is a folder below
 * `gateways/`, whose source hands its frames on with the route of their topic, `NAME/ADDRESS`; intake opens them by that
 * route, and so does whoever reads a kept frame again.
 *
 * Opening and reading are total: no bytes make them throw, hang or grow. A checksum is checked here, so that what a frame
 * yields does not depend on where it came from.
 */
export interface FrameProtocol {
  /** The first level of its topics. */
  readonly name: string;
  /** `address`: the last level of its topic, for what does not say it itself. */
  open(payload: Uint8Array, address: string): OpenedFrames;
}

/** What a message of one or several frames holds: nothing at all of one that is known and says nothing of a sensor. */
export interface OpenedFrames {
  readonly parts: readonly FramePart[];
  readonly rejection: Rejection | null;
}

export interface FramePart {
  /** Ids that its device may go by; the first that is registered is meant. */
  readonly devices: readonly string[];
  /** Under which of them it is kept as long as none is registered; left out: the first. */
  readonly unknownAs?: string | undefined;
  /** `dialect`: what the profile says of protocols of the device that was found, whose id is `device`. */
  read(dialect: Dialect | undefined, receivedAtMs: number, device: string): FrameReadings;
}

export interface FrameReadings {
  readonly items: readonly FrameItem[];
  readonly rejection: Rejection | null;
}

export type FrameValue = number | string | boolean | null;

/** Values of one moment, under the names that a profile gives its fields. */
export interface FrameItem {
  /** Ms since 1970; undefined: the arrival. */
  readonly tsMs: number | undefined;
  /** null: the device says that there is no value. */
  readonly values: Readonly<Record<string, FrameValue>>;
  /** Those of the names whose values the device itself says not to rely on. */
  readonly bad?: ReadonlySet<string> | undefined;
  /** Nothing is wrong where the profile asks for none of it: that a device is there, that some part of it is well. */
  readonly isOptional?: boolean | undefined;
}
