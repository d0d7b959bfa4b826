import type { CommandAnswer, Commandable, DeviceCommand } from '../../model/device-command.ts';
import type { Dialect } from '../../model/dialect.ts';
import type { FrameProtocol } from '../../model/protocol.ts';

/**
 * What a line protocol adds to its frames' meaning (model/protocol.ts): where a frame ends in what comes in, and what is
 * answered. All of it is a function of bytes, but for the talk, which may remember what belongs together, within bounds.
 */
export interface LineProtocol extends FrameProtocol {
  /** The longest frame; whatever is longer is none. */
  readonly frameBytesMax: number;
  /** Whether it is spoken over UDP as well. */
  readonly hasDatagrams?: boolean | undefined;
  /** Looks for the next frame in what has come in. Total: whatever stands there, it comes to an end further on. */
  next(bytes: Uint8Array): NextFrame;
  /** Begins the talk with all devices of a listener. */
  talk(): Talk;
  /** What a device can be told; left out: nothing. */
  commandable?(device: string): Commandable;
  /** Of a device that is a part of another: the ids that other one may go by, and the part's place in it. */
  partOf?(device: string): { readonly devices: readonly string[]; readonly place: string } | undefined;
}

export type NextFrame =
  /** The bytes before `start` belong to no frame. */
  | { readonly kind: 'frame'; readonly start: number; readonly end: number }
  /** No whole frame is there; what stands before `keepFrom` will never be of one. */
  | { readonly kind: 'more'; readonly keepFrom: number };

export interface Talk {
  take(frame: Uint8Array, context: TalkContext): Taken;
  /** What tells a device something; undefined where it cannot be told this, left out where nothing can. */
  tell?(address: string, command: DeviceCommand, context: TalkContext): Told | undefined;
}

/** A command, as it goes to its device. */
export interface Told {
  readonly bytes: Uint8Array;
  /** What replies to it is said under one of these keys. */
  readonly keys: readonly string[];
}

/** What a frame says to something that its device was told. */
export type Reply =
  /** `begun`: it has it, and will say what came of it. */
  | { readonly kind: 'begun' | 'confirmed' | 'denied'; readonly key: string }
  | { readonly kind: 'answered'; readonly key: string; readonly answers: readonly CommandAnswer[] }
  /** Somebody has answered a guard check, whichever it was. */
  | { readonly kind: 'guard'; readonly answer: CommandAnswer };

export interface TalkContext {
  readonly nowMs: number;
  /** The dialect of the first of these ids that is registered; undefined when none is, or nothing is said of it. */
  dialectOf(devices: readonly string[]): Dialect | undefined;
}

/** What is to be done about a frame. */
export interface Taken {
  /** As the protocol names the device: the last level of its topic. Empty when the frame names none. */
  readonly address: string;
  /** Ids that the device may go by. */
  readonly devices: readonly string[];
  /** What is kept of it, with frames that belong to it: null when nothing in it is of a sensor. */
  readonly payload: Uint8Array | null;
  /** Whether it says no more than that the device is there: then of an unknown one nothing is kept but its name. */
  readonly isSignOfLife?: boolean | undefined;
  /** What the device is told: when the payload is on disk, and at once without one. */
  readonly answers: readonly Uint8Array[];
  /** What it says to what the device was told; asked for where something was. */
  readonly replies?: (() => readonly Reply[]) | undefined;
  /** The secret that the frame gives. */
  readonly secret?: string | undefined;
}
