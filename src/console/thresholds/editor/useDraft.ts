import { useCallback, useEffect, useMemo, useReducer } from 'react';
import { differencesOf } from '../../../model/difference.ts';
import type { ThresholdDocument } from '../../../model/threshold.ts';
import type { PresentThresholds } from '../present-thresholds.ts';
import { type Path, setAt } from './draft.ts';
import { begun, draftStep } from './draft-history.ts';

/** The draft of a point's thresholds, where it is not as what is in force, and what may be done to it. */
export function useDraft(present: PresentThresholds) {
  const [{ base, draft, past }, step] = useReducer(draftStep, present, begun);
  const changed = useMemo(() => differencesOf(base.document, draft).map(({ path }) => path), [base.document, draft]);
  const isDirty = changed.length > 0;

  const change = useCallback(
    (how: (draft: ThresholdDocument) => ThresholdDocument, what = '') =>
      step({ kind: 'change', how, what, atMs: performance.now() }),
    [],
  );
  const set = useCallback(
    (path: Path, value: unknown) => change((before) => setAt(before, path, value), path.join('/')),
    [change],
  );
  const undo = useCallback(() => step({ kind: 'undo' }), []);
  const begin = useCallback(
    (from: PresentThresholds, next: ThresholdDocument = from.document) => step({ kind: 'begin', from, draft: next }),
    [],
  );

  // Nothing of one's own is lost by going along with what is in force.
  useEffect(() => {
    if (!isDirty && present.revision > base.revision) begin(present);
  }, [present, base.revision, isDirty, begin]);

  return { base, draft, changed, isDirty, canUndo: past.length > 0, change, set, undo, begin };
}
