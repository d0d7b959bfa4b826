import type { Alert } from '../../model/alert.ts';
import type { AlertAction } from '../../model/refusal-of.ts';
import type { PanelStep } from './panel-state.ts';
import type { DutyRow } from './rows.ts';

/** A key that was pressed, as far as it matters here. */
export interface Pressed {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly altKey: boolean;
  readonly metaKey: boolean;
}

/** What the keys are about: the rows, the one that is gone to (-1: none), and the selection. */
export interface KeyScene {
  readonly rows: readonly DutyRow[];
  readonly focusIndex: number;
  readonly selected: readonly Alert[];
}

export type KeyMeaning =
  | { readonly kind: 'go'; readonly index: number }
  | { readonly kind: 'act'; readonly action: AlertAction; readonly alerts: readonly Alert[] }
  | { readonly kind: 'open'; readonly alert: Alert }
  | { readonly kind: 'step'; readonly step: PanelStep }
  /** A key of the panel that has nothing to do just now; nobody else is to take it. */
  | { readonly kind: 'idle' };

/** What a key asks of the panel; null when it is none of its keys. */
export function meaningOf(pressed: Pressed, scene: KeyScene): KeyMeaning | null {
  if (pressed.ctrlKey || pressed.altKey || pressed.metaKey) return null;
  const row = scene.rows[scene.focusIndex];
  switch (pressed.key) {
    case 'j':
    case 'ArrowDown':
      return going(scene, 1);
    case 'k':
    case 'ArrowUp':
      return going(scene, -1);
    case 'Home':
      return going(scene, -scene.rows.length);
    case 'End':
      return going(scene, scene.rows.length);
    case 'x':
      return row?.kind === 'alert' ? choosing(row.shown.alert, scene) : IDLE;
    case 'a':
      return { kind: 'act', action: 'ack', alerts: meant(row, scene) };
    case 's':
      return { kind: 'act', action: 'shelve', alerts: meant(row, scene) };
    case 'r':
      return { kind: 'act', action: 'reset', alerts: meant(row, scene) };
    case 'n':
      return { kind: 'act', action: 'note', alerts: meant(row, scene) };
    case 'u':
      return { kind: 'step', step: { kind: 'toggle-unacknowledged' } };
    case 'Escape':
      return { kind: 'step', step: { kind: 'start-over' } };
    case 'Enter':
      return row === undefined ? IDLE : opening(row);
    default:
      return null;
  }
}

const IDLE = { kind: 'idle' } as const;

/** From no row at all every step leads to the first. */
function going({ rows, focusIndex }: KeyScene, by: number): KeyMeaning {
  if (rows.length === 0) return IDLE;
  const index = focusIndex === -1 ? 0 : focusIndex + by;
  return { kind: 'go', index: Math.min(rows.length - 1, Math.max(0, index)) };
}

function choosing(alert: Alert, { selected }: KeyScene): KeyMeaning {
  const on = !selected.some(({ id }) => id === alert.id);
  return { kind: 'step', step: { kind: 'choose', ids: [alert.id], on } };
}

/** What an action is for: the selection, else the row one is at, which may be a whole area. */
function meant(row: DutyRow | undefined, { selected }: KeyScene): readonly Alert[] {
  if (selected.length > 0) return selected;
  if (row?.kind === 'alert') return [row.shown.alert];
  return row?.kind === 'area' ? row.members.map(({ alert }) => alert) : [];
}

function opening(row: DutyRow): KeyMeaning {
  if (row.kind === 'alert') return { kind: 'open', alert: row.shown.alert };
  return { kind: 'step', step: row.kind === 'area' ? { kind: 'fold-area', area: row.area } : { kind: 'fold-quiet' } };
}
