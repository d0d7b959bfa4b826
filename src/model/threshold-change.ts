import type { FieldProblem } from './problem.ts';
import type { ThresholdDocument } from './threshold.ts';
import type { Proposal, ScheduledChange } from './threshold-records.ts';

/** What somebody may want to change of thresholds, and what can come of it. */

export interface ThresholdChange {
  readonly point: string;
  readonly expectedRevision: number;
  readonly document: ThresholdDocument;
  readonly author: string;
  readonly reason: string | null;
  /** Temporary values: the former ones come back then, ms. */
  readonly untilMs?: number | null | undefined;
}

export type ThresholdFailure =
  | { readonly ok: false; readonly error: 'unknown-point' }
  | { readonly ok: false; readonly error: 'lost-race'; readonly revision: number }
  | { readonly ok: false; readonly error: 'invalid'; readonly problems: readonly FieldProblem[] };

export type PointFailure = ThresholdFailure & { readonly point: string };

export interface ThresholdFailures {
  readonly ok: false;
  readonly error: 'failures';
  readonly failures: readonly PointFailure[];
}

export type ScheduleOutcome =
  | { readonly ok: true; readonly scheduled: ScheduledChange }
  | ThresholdFailure
  /** A second person must agree at the time, not long before. */
  | { readonly ok: false; readonly error: 'needs-approval' };

/** Nothing has changed: somebody else must approve it first, or it must be said why. */
export type SecondPersonNeeded =
  | { readonly ok: false; readonly error: 'proposed'; readonly proposal: Proposal }
  | { readonly ok: false; readonly error: 'reason-required' };

export type ProposalOutcome =
  | { readonly ok: true; readonly proposal: Proposal }
  | { readonly ok: false; readonly error: 'unknown-proposal' | 'own' | 'expired' }
  | { readonly ok: false; readonly error: 'decided'; readonly proposal: Proposal }
  | {
      readonly ok: false;
      readonly error: 'refused';
      readonly failures: readonly PointFailure[];
    };
