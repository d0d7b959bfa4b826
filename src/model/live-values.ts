import type { Quality, Value } from './reading.ts';
import type { Rejection } from './rejection.ts';

/** What is known of points and devices at this moment. */

export interface LiveValue {
  readonly value: Value;
  readonly tsMs: number;
  readonly quality: Quality;
}

export interface DeviceStatus {
  /** Connected to the broker, or heard from within three report intervals. */
  readonly online: boolean;
  readonly connected: boolean;
  /** Arrival of the last message, ms; null when never. */
  readonly lastSeenMs: number | null;
  readonly clockSkewed: boolean;
  /** The newest time in its last message minus the arrival, ms; null when there was none since the start. */
  readonly clockOffsetMs: number | null;
  /** Messages of which something could not be read, since the start. */
  readonly refused: number;
  /** Messages that were almost JSON, and were read as what was meant, since the start. */
  readonly repaired: number;
  /** What could not be read last. */
  readonly lastRefusal: (Rejection & { readonly atMs: number }) | null;
}
