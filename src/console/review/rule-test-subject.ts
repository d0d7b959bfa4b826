import type { ThresholdDocument } from '../../model/threshold.ts';

/** What a rule test is made of. */
export interface RuleTestSubject {
  readonly point: string;
  /** The period of real history, ms. */
  readonly fromMs: number;
  readonly toMs: number;
  /** The values whose outcome the test expects; left out: those in force. */
  readonly document?: ThresholdDocument | undefined;
}
