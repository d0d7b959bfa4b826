import type { PresentThresholds } from '../present-thresholds.ts';
import type { Problem } from '../problem-words.ts';

/** What became of a draft that was to be put in force. */
export type SaveOutcome =
  | { readonly kind: 'saved'; readonly present: PresentThresholds }
  /** Nothing has changed yet: it waits for its time, or for a second person. */
  | { readonly kind: 'scheduled' | 'proposed' }
  /** Somebody else was faster. */
  | { readonly kind: 'conflict' }
  | { readonly kind: 'invalid'; readonly errors: readonly Problem[] }
  | { readonly kind: 'failed'; readonly words: string };
