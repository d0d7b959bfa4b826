import type { Level } from '../model/level.ts';
import type { Value } from '../model/reading.ts';
import type { RuleKind } from '../model/threshold.ts';

export const TRANSITION_TYPES = [
  /** No alert was open; one is now. */
  'raised',
  /** The open alert went to a more severe level (a latched alert that had recovered is breached again by this). */
  'escalated',
  'deescalated',
  /** Latched: the condition has passed, the alert stays until it is reset. */
  'recovered',
  /** Latched: the condition came back, at the level of the alert or below it. */
  'relapsed',
  /** The alert is over. */
  'cleared',
  /** The point fell silent or the metric went bad while the alert was open. */
  'unverified',
  /** Good data shows that the alert still stands. */
  'verified',
  /** Late data shows a breach that live evaluation never saw. No alert opens. */
  'retrospective',
] as const;
export type TransitionType = (typeof TRANSITION_TYPES)[number];

/** Why a transition happened when it was not data or time alone. */
export type TransitionReason = 'threshold-changed' | 'schedule-changed' | 'point-removed' | 'reset';

/** One change of one rule of one point: what alerts/ turns into alerts and entries of the log. */
export interface Transition {
  readonly point: string;
  readonly rule: string;
  readonly kind: RuleKind;
  readonly type: TransitionType;
  /** Of the alert after the transition; for `cleared` the level it had. */
  readonly level: Level;
  /** The local name of the level, such as 一级报警. */
  readonly label: string | null;
  /** When it happened: event time, or the deadline's own. Never before the alert's transition before it. */
  readonly atMs: number;
  /** Arrival of the reading that caused it, or the arrival time at which the deadline fell due. */
  readonly receivedAtMs: number;
  readonly metric: string | null;
  /** What was compared with the limit (the value, or the change, mean, … over the window), in `unit`. */
  readonly value: Value;
  /** The limit of the level, in `unit`; null where the rule has none. */
  readonly limit: Value;
  /** The unit the rule is written in. */
  readonly unit: string | null;
  /** The worst since the breach began, and the most severe level the alert has had. */
  readonly peak: { readonly value: Value; readonly at: number; readonly level: Level };
  /** Of the thresholds in force. */
  readonly revision: number;
  /** The rule is latched: only an operator's reset clears the alert. */
  readonly latched: boolean;
  /** Whether the alert is unverified after the transition. */
  readonly unverified: boolean;
  /** Three raises or more in the 60 s up to this transition. */
  readonly chattering: boolean;
  readonly reason: TransitionReason | null;
  /** The journal entry that caused it. */
  readonly position: number;
}

/** A transition as a rule makes it, before the evaluator adds whose it is. */
export type RuleTransition = Omit<Transition, 'point' | 'revision' | 'position'>;

export const NO_TRANSITIONS: readonly never[] = Object.freeze([]);
