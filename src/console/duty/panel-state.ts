import type { DutyFilter } from './rows.ts';

/** What an operator has made of the panel: filtered, unfolded, selected, gone to. The alerts themselves are not in it. */
export interface PanelState {
  readonly filter: DutyFilter;
  readonly expandedAreas: ReadonlySet<string>;
  readonly quietExpanded: boolean;
  /** Ids of alerts; some may be gone from the log meanwhile. */
  readonly chosen: ReadonlySet<string>;
  /** The row that has the focus or gets it once it is drawn; null before the first one. */
  readonly focusKey: string | null;
}

export type PanelStep =
  | { readonly kind: 'filter'; readonly filter: Partial<DutyFilter> }
  | { readonly kind: 'toggle-unacknowledged' }
  | { readonly kind: 'choose'; readonly ids: readonly string[]; readonly on: boolean }
  | { readonly kind: 'choose-none' }
  /** Nothing selected and everything shown. */
  | { readonly kind: 'start-over' }
  | { readonly kind: 'focus'; readonly key: string }
  | { readonly kind: 'fold-area'; readonly area: string }
  | { readonly kind: 'fold-quiet' };

const UNFILTERED: DutyFilter = { level: null, onlyUnacknowledged: false };
const NONE: ReadonlySet<string> = new Set();

export const FRESH_PANEL: PanelState = {
  filter: UNFILTERED,
  expandedAreas: NONE,
  quietExpanded: false,
  chosen: NONE,
  focusKey: null,
};

export function panelStep(state: PanelState, step: PanelStep): PanelState {
  const { expandedAreas } = state;
  switch (step.kind) {
    case 'filter':
      return { ...state, filter: { ...state.filter, ...step.filter } };
    case 'toggle-unacknowledged':
      return { ...state, filter: { ...state.filter, onlyUnacknowledged: !state.filter.onlyUnacknowledged } };
    case 'choose':
      return { ...state, chosen: withAll(state.chosen, step.ids, step.on) };
    case 'choose-none':
      return { ...state, chosen: NONE };
    case 'start-over':
      return { ...state, chosen: NONE, filter: UNFILTERED };
    case 'focus':
      return state.focusKey === step.key ? state : { ...state, focusKey: step.key };
    case 'fold-area':
      return { ...state, expandedAreas: withAll(expandedAreas, [step.area], !expandedAreas.has(step.area)) };
    case 'fold-quiet':
      return { ...state, quietExpanded: !state.quietExpanded };
  }
}

/** A copy of the set that has all of them, or none. */
function withAll(before: ReadonlySet<string>, ids: readonly string[], on: boolean): ReadonlySet<string> {
  const after = new Set(before);
  for (const id of ids) {
    if (on) after.add(id);
    else after.delete(id);
  }
  return after;
}
