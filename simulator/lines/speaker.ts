import type { Scalar } from '../signals.ts';

/**
 * How a device of a line protocol speaks. It is written from the standards, without the server's own code, so that a mistake
 * of one is not made good by the other.
 */
export interface Speaker {
  /** A profile of devices/ that is read by it. */
  readonly profile: string;
  /** The address of the n-th device, from 1, and the id it is registered by. */
  address(n: number): string;
  id(address: string): string;
  /** What a device sends of its values: one frame, or several. */
  report(report: LineReport): Uint8Array;
  /** How many answers stand in what was heard, what the device says to what it was told and asked in it, and what is left. */
  answers(heard: Uint8Array, nowMs: number): Answers;
}

export interface Answers {
  readonly count: number;
  readonly says?: readonly Uint8Array[];
  readonly rest: Uint8Array;
}

export interface LineReport {
  readonly address: string;
  readonly atMs: number;
  /** Of this device, from 1. */
  readonly serial: number;
  readonly values: Readonly<Record<string, Scalar>>;
}

const OFFSET_MS = 8 * 3_600_000;

/** Year, month, day, hour, minute, second of a time in Beijing. */
export function beijing(atMs: number): [number, number, number, number, number, number] {
  const at = new Date(atMs + OFFSET_MS);
  return [
    at.getUTCFullYear(),
    at.getUTCMonth() + 1,
    at.getUTCDate(),
    at.getUTCHours(),
    at.getUTCMinutes(),
    at.getUTCSeconds(),
  ];
}
