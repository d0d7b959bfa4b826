import type { ThresholdDocument } from './threshold.ts';
import type { Weakening } from './weakening.ts';

/** What the registry keeps of changes of thresholds, and the API tells of them. */

export interface ThresholdRevision {
  readonly point: string;
  readonly revision: number;
  readonly document: ThresholdDocument;
  readonly author: string;
  readonly atMs: number;
  readonly reason: string | null;
  /** Temporary: in force until then, ms since 1970, unless it is changed before; null for good. */
  readonly untilMs: number | null;
  /** The revision whose document comes back at `untilMs`; null when the revision is for good. */
  readonly revertsTo: number | null;
  /** Who approved it, when a second person had to; null otherwise. */
  readonly approvedBy: string | null;
  /** The id of the proposal it was made from, or null. */
  readonly proposal: string | null;
}

/** A change that comes into force at a time ahead, if nothing has changed by then what it was made from. */
export interface ScheduledChange {
  readonly point: string;
  /** What the change was made from. */
  readonly revision: number;
  readonly document: ThresholdDocument;
  readonly author: string;
  /** When it was asked for, ms. */
  readonly atMs: number;
  readonly reason: string | null;
  /** When it comes into force, ms. */
  readonly fromMs: number;
  /** Temporary: until when, ms; null for good. */
  readonly untilMs: number | null;
  /** Why it could not; null while it waits. */
  readonly failure: 'unknown-point' | 'lost-race' | 'invalid' | null;
}

/** One point's change within a proposal. */
export interface ProposedItem {
  readonly point: string;
  /** What the change was made from. */
  readonly revision: number;
  readonly document: ThresholdDocument;
  /** Temporary values: the former ones come back then, ms. */
  readonly untilMs: number | null;
  /** What it makes harder to reach, as it was when proposed. */
  readonly weakens: readonly Weakening[];
  /** The revision it became; null until it is approved. */
  readonly made: number | null;
}

/** Changes of one or more points that wait for a second person, and stand or fall together. */
export interface Proposal {
  readonly id: string;
  /** Rises with each proposal. */
  readonly number: number;
  readonly author: string;
  readonly atMs: number;
  readonly reason: string;
  /** When nobody can approve it any more. */
  readonly expiresMs: number;
  /** Null while nobody has decided. */
  readonly decision: 'approved' | 'rejected' | 'withdrawn' | null;
  readonly decidedBy: string | null;
  readonly decidedMs: number | null;
  readonly note: string | null;
  readonly items: readonly ProposedItem[];
}
