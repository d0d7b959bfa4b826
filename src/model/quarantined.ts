import type { WhyRejected } from './rejection.ts';

/** A message of which something could not be read, as it is kept for people to look at. */
export interface QuarantinedPayload {
  readonly id: number;
  readonly receivedAtMs: number;
  readonly device: string;
  readonly topic: string;
  /** Stable code to filter by: unknown-device, not-json, … */
  readonly reason: string;
  readonly why: WhyRejected;
  /** The payload's first bytes as text, invalid UTF-8 replaced. */
  readonly payload: string;
  /** The same bytes in base64 when they are no UTF-8; otherwise null. */
  readonly payloadBase64: string | null;
  readonly payloadBytes: number;
}

export interface QuarantineFilter {
  readonly limit: number;
  /** Only what came before the message of this id. */
  readonly before?: number | undefined;
  readonly device?: string | undefined;
  readonly reason?: string | undefined;
}

/** A message that could not be read when it came, as far as it is kept at hand; the journal has it whole for longer. */
export interface KeptPayload {
  readonly id: number;
  readonly receivedAtMs: number;
  readonly topic: string;
  readonly reason: string;
  readonly payload: Uint8Array;
  /** `payload` is all of it. */
  readonly isWhole: boolean;
}
