import { describe, expect, test } from 'vitest';
import { type KeyMeaning, meaningOf } from '../../src/console/duty/keys.ts';
import { FRESH_PANEL, type PanelStep, panelStep } from '../../src/console/duty/panel-state.ts';
import { type DutyRow, dutyRows } from '../../src/console/duty/rows.ts';
import type { Alert } from '../../src/model/alert.ts';
import { alertOf } from '../support/console-alerts.ts';

const PLAIN = { ctrlKey: false, altKey: false, metaKey: false };

/** During a flood: a red alert by itself, two of the market in one row, one that is shelved behind the last. */
const rows: readonly DutyRow[] = dutyRows(
  [
    alertOf('red', { level: 'red', area: 'harbour' }),
    alertOf('a', { area: 'market' }),
    alertOf('b', { area: 'market' }),
    alertOf('shelved', { shelvedUntil: 1 }),
  ].map((alert) => ({ alert, pending: false })),
  {
    filter: { level: null, onlyUnacknowledged: false },
    flood: true,
    expandedAreas: new Set(),
    quietExpanded: false,
  },
);

function press(key: string, focusIndex: number, selected: readonly Alert[] = []): KeyMeaning | null {
  return meaningOf({ ...PLAIN, key }, { rows, focusIndex, selected });
}

/** The alerts an action is for, by id. */
function targets(meaning: KeyMeaning | null): readonly string[] | undefined {
  return meaning?.kind === 'act' ? meaning.alerts.map(({ id }) => id) : undefined;
}

describe('keys of the duty list', () => {
  test('lead from row to row, stop at either end, and begin at the first', () => {
    expect(rows.map(({ key }) => key)).toEqual(['red', 'area/market', 'quiet']);
    expect(press('j', -1)).toEqual({ kind: 'go', index: 0 });
    expect(press('ArrowDown', 0)).toEqual({ kind: 'go', index: 1 });
    expect(press('j', 2)).toEqual({ kind: 'go', index: 2 });
    expect(press('k', 0)).toEqual({ kind: 'go', index: 0 });
    expect(press('End', 0)).toEqual({ kind: 'go', index: 2 });
    expect(press('Home', 2)).toEqual({ kind: 'go', index: 0 });
  });

  test('act upon the row, the whole area, or the selection, which goes first', () => {
    expect(press('a', 0)).toMatchObject({ action: 'ack' });
    expect(targets(press('a', 0))).toEqual(['red']);
    expect(targets(press('s', 1))).toEqual(['a', 'b']);
    expect(targets(press('r', 0, [alertOf('b')]))).toEqual(['b']);
    expect(targets(press('n', 2))).toEqual([]);
  });

  test('select a row and take that back, open an alert, unfold what is folded', () => {
    expect(press('x', 0)).toEqual({ kind: 'step', step: { kind: 'choose', ids: ['red'], on: true } });
    expect(press('x', 0, [alertOf('red')])).toMatchObject({ step: { on: false } });
    expect(press('x', 1)).toEqual({ kind: 'idle' });
    expect(press('Enter', 0)).toMatchObject({ kind: 'open', alert: { id: 'red' } });
    expect(press('Enter', 1)).toEqual({ kind: 'step', step: { kind: 'fold-area', area: 'market' } });
    expect(press('Enter', 2)).toEqual({ kind: 'step', step: { kind: 'fold-quiet' } });
  });

  test('that are not the list’s stay with the browser', () => {
    expect(press('q', 0)).toBeNull();
    expect(meaningOf({ ...PLAIN, ctrlKey: true, key: 'a' }, { rows, focusIndex: 0, selected: [] })).toBeNull();
  });
});

describe('state of the duty list', () => {
  const stateAfter = (...steps: readonly PanelStep[]) => steps.reduce(panelStep, FRESH_PANEL);

  test('Escape shows everything and selects nothing, and leaves unfolded what was', () => {
    const { chosen, filter, expandedAreas } = stateAfter(
      { kind: 'choose', ids: ['a', 'b'], on: true },
      { kind: 'filter', filter: { level: 'red' } },
      { kind: 'toggle-unacknowledged' },
      { kind: 'fold-area', area: 'market' },
      { kind: 'start-over' },
    );
    expect([...chosen]).toEqual([]);
    expect(filter).toEqual({ level: null, onlyUnacknowledged: false });
    expect([...expandedAreas]).toEqual(['market']);
  });

  test('one filter leaves the other alone; what is folded twice is as before', () => {
    const state = stateAfter(
      { kind: 'filter', filter: { onlyUnacknowledged: true } },
      { kind: 'filter', filter: { level: 'blue' } },
      { kind: 'fold-area', area: 'market' },
      { kind: 'fold-area', area: 'market' },
      { kind: 'choose', ids: ['a', 'b'], on: true },
      { kind: 'choose', ids: ['a'], on: false },
    );
    expect(state.filter).toEqual({ level: 'blue', onlyUnacknowledged: true });
    expect([...state.expandedAreas]).toEqual([]);
    expect([...state.chosen]).toEqual(['b']);
  });
});
