import { useCallback, useMemo, useReducer } from 'react';
import { type Edits, NO_EDITS } from './rows.ts';

/** Steps that can be taken back. */
const STEPS_MAX = 100;

interface State {
  readonly past: readonly Edits[];
  readonly present: Edits;
  readonly future: readonly Edits[];
}

type Step =
  | { readonly do: 'set'; readonly change: (edits: Edits) => Edits }
  | { readonly do: 'undo' | 'redo' | 'forget' };

function next(state: State, step: Step): State {
  const { past, present, future } = state;
  if (step.do === 'forget') return { past: [], present: NO_EDITS, future: [] };
  if (step.do === 'set') {
    const changed = step.change(present);
    return changed === present
      ? state
      : { past: [...past.slice(1 - STEPS_MAX), present], present: changed, future: [] };
  }
  const [from, to] = step.do === 'undo' ? [past, future] : [future, past];
  const back = from.at(-1);
  if (back === undefined) return state;
  const [less, more] = [from.slice(0, -1), [...to, present]];
  return step.do === 'undo' ? { past: less, present: back, future: more } : { past: more, present: back, future: less };
}

/** What has been typed and not saved, with the steps back and forth. */
export function useEdits() {
  const [state, dispatch] = useReducer(next, { past: [], present: NO_EDITS, future: [] });
  const set = useCallback((change: (edits: Edits) => Edits) => dispatch({ do: 'set', change }), []);
  return useMemo(
    () => ({
      edits: state.present,
      set,
      undo: () => dispatch({ do: 'undo' }),
      redo: () => dispatch({ do: 'redo' }),
      forget: () => dispatch({ do: 'forget' }),
      canUndo: state.past.length > 0,
      canRedo: state.future.length > 0,
    }),
    [state, set],
  );
}
