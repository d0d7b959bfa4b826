import type { ThresholdDocument } from './threshold.ts';

/** What every point begins with. */
export const EMPTY_DOCUMENT: ThresholdDocument = { rules: {} };
