import type { Scalar } from './signals.ts';

/** What devices and networks get wrong, as seen at the broker. */
export const FAULT_NAMES = [
  'clock-ahead',
  'clock-behind',
  'no-time',
  'iso-time',
  'text-numbers',
  'null',
  'sentinel',
  'unknown-field',
  'duplicate',
  'burst',
  'shuffled-burst',
  'malformed',
] as const;
export type FaultName = (typeof FAULT_NAMES)[number];

/** One thing a device does. Times are simulated, ms since 1970. */
export type Action = Publish | { readonly type: 'offline' | 'online'; readonly atMs: number };

export interface Publish {
  readonly type: 'publish';
  readonly atMs: number;
  readonly topic: string;
  readonly payload: string | Uint8Array;
  readonly qos: 0 | 1 | 2;
  /** What is wrong with it on purpose; empty for a device that works. */
  readonly faults: readonly FaultName[];
}

/** What a device measures at one time. */
export interface Report {
  readonly tMs: number;
  readonly values: Readonly<Record<string, Scalar>>;
}
