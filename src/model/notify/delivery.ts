import type { Level } from '../level.ts';

/** How far a message to one recipient has come. A channel without receipts never gets past `accepted`. */
export const DELIVERY_STATES = ['queued', 'accepted', 'delivered', 'answered', 'failed'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** Why somebody is told something. */
export const REASONS_TOLD = [
  'raised',
  'escalated',
  'repeat',
  'step',
  /** It had been put aside or suppressed, and is before people again. */
  'returned',
  /** A new setup has somebody for what nobody was told of. */
  'setup-changed',
  'silence-ended',
  'quiet-ended',
  /** It was red and no longer is. */
  'deescalated',
  'acknowledged',
  'cleared',
  'rehearsal',
  'test',
] as const;
export type ReasonTold = (typeof REASONS_TOLD)[number];

/** Whom a message goes to: a person by an address of his, or the group behind the channel. */
export type Recipient = { readonly person: string } | { readonly group: true };

/**
 * That somebody is to be told something by some way: what deciding gives and the outbox keeps. The same decision has the
 * same id whenever it is made again, so that nothing is told twice after a crash.
 */
export interface Intent {
  readonly id: string;
  readonly reason: ReasonTold;
  /** Alerts it tells of, most severe first; none for a rehearsal or a test. */
  readonly alerts: readonly string[];
  /** The most severe level it tells of; decides what is sent first and what may use the places kept for red. */
  readonly level: Level | null;
  readonly channel: string;
  readonly to: Recipient;
  /** When it was decided, by the server's clock, ms since 1970: of the entry or the deadline that is behind it. */
  readonly atMs: number;
  /** The route it came by and the step of its ladder from 0; null when it came by none. */
  readonly route: string | null;
  readonly step: number | null;
  /**
   * Of what is to be told only to those who were told before: ids of the intents that said so. It is sent once one of them has
   * been accepted, waits while none has, and is dropped when all have failed or were withdrawn. Null: sent in any case.
   */
  readonly follows: readonly string[] | null;
}

/** An announced alert that a setup has nobody for. */
export interface NotTold {
  readonly alert: string;
  readonly level: Level;
  /** `no-route`: none takes it; `nobody`: the route that takes it leads to nobody who can be reached. */
  readonly why: 'no-route' | 'nobody';
  readonly route: string | null;
}
