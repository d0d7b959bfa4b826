import type { ThresholdDocument } from '../../model/threshold.ts';

/** What is in force at a point. */
export interface PresentThresholds {
  readonly revision: number;
  readonly document: ThresholdDocument;
  /** Until when, ms, while the values are temporary. */
  readonly untilMs: number | null;
}
