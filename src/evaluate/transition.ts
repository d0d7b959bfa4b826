import type { Transition, TransitionType } from '../model/transition.ts';

export type { TransitionType };

/** Why a transition happened when it was not data or time alone. */
export type TransitionReason = 'threshold-changed' | 'schedule-changed' | 'point-removed' | 'reset';

/** What alerts/ is told, and what only evaluation and its tests look at. */
export interface EvaluatedTransition extends Transition {
  readonly reason: TransitionReason | null;
  /** Whether the alert is unverified after the transition. */
  readonly unverified: boolean;
  /** The journal entry that caused it. */
  readonly position: number;
}

/** A transition as a rule makes it, before the evaluator adds whose it is. */
export type RuleTransition = Omit<EvaluatedTransition, 'point' | 'revision' | 'position'>;

export const NO_TRANSITIONS: readonly never[] = Object.freeze([]);
