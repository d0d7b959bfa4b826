import type { Level } from '../../model/level.ts';

/** What is drawn over readings. */
export interface LimitLine {
  readonly level: Level;
  readonly value: number;
  readonly text: string;
  /** What was in force before, for comparison: without words, finer and greyer. */
  readonly isFormer?: boolean;
  /** Where the level is left again: the deadband between the two is tinted. */
  readonly releaseAt?: number | undefined;
}

export interface AlertSpan {
  readonly level: Level;
  readonly fromMs: number;
  /** Null while it lasts. */
  readonly toMs: number | null;
}
