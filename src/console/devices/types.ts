import type { Name } from '../../model/names.ts';
import type { Family } from '../../model/site.ts';

/** Where a device is in the API. */
export function devicePath(id: string): string {
  return `/devices/${encodeURIComponent(id)}`;
}

/** What an id may be. */
export const ID = /^[^/+#?%\s]{1,128}$/;

export interface Device {
  readonly id: string;
  readonly name: Name;
  readonly profile: string;
  readonly family: Family;
  readonly points: readonly string[];
  readonly reportEveryMs: number;
  readonly hasSecret: boolean;
  readonly grantedAlerts: boolean;
  readonly online: boolean;
  readonly connected: boolean;
  readonly lastSeen: number | null;
  readonly clockSkewed: boolean;
  /** The newest time in its last message minus the arrival, ms; null when there was none. */
  readonly clockOffsetMs: number | null;
  /** Messages of which something could not be read, since the start. */
  readonly refused: number;
  /** Messages that were almost JSON, and were read as what was meant. */
  readonly repaired: number;
  readonly lastRefusal: { readonly at: number; readonly reason: string; readonly detail: string } | null;
}

export interface Quarantined {
  readonly id: number;
  readonly receivedAt: number;
  readonly device: string;
  readonly topic: string;
  readonly reason: string;
  readonly detail: string;
  readonly payload: string;
  readonly payloadBase64: string | null;
  readonly payloadBytes: number;
}
