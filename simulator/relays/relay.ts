import type { Scalar } from '../signals.ts';

/**
 * How what stands between devices and the server hands on what they say: a network server, a platform, a program. Written from its
 * maker's documents, without the server's own code, so that a mistake of one is not made good by the other.
 */
export interface Relay {
  /** A profile of devices/ whose devices it speaks for. */
  readonly profile: string;
  /** What the n-th device is registered by, from 1. */
  id(n: number): string;
  /** What it sends when a device has reported: the report, and what comes with it. */
  messages(report: RelayedReport): readonly RelayedMessage[];
}

export interface RelayedReport {
  readonly id: string;
  readonly atMs: number;
  /** Of this device, from 1. */
  readonly serial: number;
  readonly values: Readonly<Record<string, Scalar>>;
  /** Drawn from the seed, of a kind, from 0 to 1: the same for the same report. */
  readonly chance: (kind: string) => number;
}

export interface RelayedMessage {
  /** A topic of MQTT, or what is added to the address of HTTP. */
  readonly to: string;
  readonly payload: unknown;
}

export function numberOf(value: Scalar | undefined): number {
  return typeof value === 'number' ? value : 0;
}
