import { useCallback, useEffect, useMemo, useState } from 'react';
import { differencesOf } from '../../../model/difference.ts';
import type { ThresholdDocument } from '../../../model/threshold.ts';
import type { PresentThresholds } from '../useThresholds.ts';
import { type Path, setAt } from './draft.ts';

/** Steps that can be taken back. */
const UNDO_MAX = 100;
/** Changes of the same field within so long are one step, ms: typing a figure is one change. */
const SAME_STEP_MS = 1_000;

interface State {
  /** What the draft was made from. */
  readonly base: PresentThresholds;
  readonly draft: ThresholdDocument;
  readonly past: readonly ThresholdDocument[];
  readonly last: { readonly what: string; readonly atMs: number } | null;
}

/** A document being edited, what it was made from, and the way back. */
export function useDraft(present: PresentThresholds) {
  const [state, setState] = useState<State>({ base: present, draft: present.document, past: [], last: null });
  const { base, draft, past } = state;
  const changed = useMemo(() => differencesOf(base.document, draft).map(({ path }) => path), [base.document, draft]);
  const isDirty = changed.length > 0;

  const change = useCallback((how: (draft: ThresholdDocument) => ThresholdDocument, what = '') => {
    setState((before) => {
      const next = how(before.draft);
      if (next === before.draft) return before;
      const atMs = performance.now();
      const isSame = what !== '' && before.last?.what === what && atMs - before.last.atMs < SAME_STEP_MS;
      const past = isSame ? before.past : [...before.past, before.draft].slice(-UNDO_MAX);
      return { ...before, draft: next, past, last: { what, atMs } };
    });
  }, []);
  const set = useCallback(
    (path: Path, value: unknown) => change((before) => setAt(before, path, value), path.join('/')),
    [change],
  );
  const undo = useCallback(() => {
    setState((before) => {
      const last = before.past.at(-1);
      return last === undefined ? before : { ...before, draft: last, past: before.past.slice(0, -1), last: null };
    });
  }, []);
  /** Begins anew from what is in force now, with a draft of it. */
  const begin = useCallback((from: PresentThresholds, next: ThresholdDocument = from.document) => {
    setState({ base: from, draft: next, past: [], last: null });
  }, []);

  // Nothing of one's own is lost by going along with what is in force.
  useEffect(() => {
    if (!isDirty && present.revision > base.revision) begin(present);
  }, [present, base.revision, isDirty, begin]);

  return { base, draft, changed, isDirty, canUndo: past.length > 0, change, set, undo, begin };
}
