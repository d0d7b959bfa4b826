import type { Alert, Comparison } from './alert.ts';
import type { Level } from './level.ts';
import type { NameText } from './names.ts';
import type { Value } from './reading.ts';

/** What a rule went through, as evaluation found it; alerts/ makes alerts and log entries of it. */
export interface Transition {
  readonly point: string;
  readonly rule: string;
  readonly kind: Exclude<Alert['kind'], 'system'>;
  readonly type: TransitionType;
  readonly level: Level;
  /** The local name of the level, such as 一级报警. */
  readonly label: NameText | null;
  /** Event time; for a deadline its own time. Ms since 1970. */
  readonly atMs: number;
  /** Arrival of what caused it, ms since 1970. */
  readonly receivedAtMs: number;
  readonly metric: string | null;
  /** The value that caused it, in the rule's unit. */
  readonly value: Value;
  readonly limit: Value;
  /** How the two were compared; null for what is no limit on a number. */
  readonly comparison: Comparison | null;
  readonly unit: string | null;
  readonly peak: { readonly value: Value; readonly at: number; readonly level: Level };
  /** The revision of the threshold document in force. */
  readonly revision: number;
  readonly latched: boolean;
  readonly chattering: boolean;
  /** Machine-readable, such as `threshold-changed`; null when the readings speak for themselves. */
  readonly reason: string | null;
}

export type TransitionType =
  | 'raised'
  | 'escalated'
  | 'deescalated'
  /** A latched rule's condition has passed; the alert stays until it is reset. */
  | 'recovered'
  | 'relapsed'
  | 'cleared'
  | 'unverified'
  | 'verified'
  /** Late data showed a breach that live evaluation could not see. */
  | 'retrospective';
