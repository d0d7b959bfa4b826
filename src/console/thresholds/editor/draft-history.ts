import type { ThresholdDocument } from '../../../model/threshold.ts';
import type { PresentThresholds } from '../present-thresholds.ts';

/** Steps that can be taken back. */
const UNDO_MAX = 100;
/** Changes of the same field within so long are one step, ms: typing a figure is one change. */
const SAME_STEP_MS = 1_000;

/** A document being edited, what it was made from, and the way back. */
export interface DraftHistory {
  /** What the draft was made from. */
  readonly base: PresentThresholds;
  readonly draft: ThresholdDocument;
  readonly past: readonly ThresholdDocument[];
  /** The field that was changed last, and when on the browser's own clock. */
  readonly last: { readonly what: string; readonly atMs: number } | null;
}

export type DraftStep =
  | {
      readonly kind: 'change';
      readonly how: (draft: ThresholdDocument) => ThresholdDocument;
      /** The field; empty for a change that is a step by itself. */
      readonly what: string;
      readonly atMs: number;
    }
  | { readonly kind: 'undo' }
  /** Anew from what is in force now, with a draft of it. */
  | { readonly kind: 'begin'; readonly from: PresentThresholds; readonly draft: ThresholdDocument };

export function draftStep(state: DraftHistory, step: DraftStep): DraftHistory {
  switch (step.kind) {
    case 'change': {
      const { what, atMs } = step;
      const draft = step.how(state.draft);
      if (draft === state.draft) return state;
      const isSame = what !== '' && state.last?.what === what && atMs - state.last.atMs < SAME_STEP_MS;
      const past = isSame ? state.past : [...state.past, state.draft].slice(-UNDO_MAX);
      return { ...state, draft, past, last: { what, atMs } };
    }
    case 'undo': {
      const before = state.past.at(-1);
      return before === undefined ? state : { ...state, draft: before, past: state.past.slice(0, -1), last: null };
    }
    case 'begin':
      return begun(step.from, step.draft);
  }
}

export function begun(from: PresentThresholds, draft: ThresholdDocument = from.document): DraftHistory {
  return { base: from, draft, past: [], last: null };
}
