import { describe, expect, test } from 'vitest';
import { historyFilter, isNarrowed, levelChoice, levelParams } from '../../src/console/alerts/history-filter.ts';
import { dutyRows } from '../../src/console/duty/rows.ts';
import { levelToRepeat, newsOf } from '../../src/console/sound/news.ts';
import { matches } from '../../src/console/ui/matches.ts';
import { bySeverity } from '../../src/console/ui/order.ts';
import { inOrder, orderText } from '../../src/console/ui/table-order.ts';
import { withParams } from '../../src/console/ui/usePageParams.ts';
import { pageOf } from '../../src/console/wall/paging.ts';
import type { Alert } from '../../src/model/alert.ts';
import { alertOf, eventOf } from '../support/console-alerts.ts';

const order = (alerts: readonly Alert[]) => alerts.toSorted(bySeverity).map(({ id }) => id);

describe('order of the duty list', () => {
  test('severity first, then what nobody has acknowledged, then age', () => {
    expect(
      order([
        alertOf('yellow-new', { raisedAt: 9 }),
        alertOf('yellow-old', { raisedAt: 2 }),
        alertOf('red-acked', { level: 'red', acknowledged: true, raisedAt: 1 }),
        alertOf('red', { level: 'red', raisedAt: 5 }),
        alertOf('red-cleared', { level: 'red', state: 'cleared', raisedAt: 1 }),
      ]),
    ).toEqual(['red', 'red-cleared', 'red-acked', 'yellow-old', 'yellow-new']);
  });

  test('what was put aside stands behind everything else, whatever its level', () => {
    expect(order([alertOf('shelved', { level: 'red', shelvedUntil: 5 }), alertOf('blue', { level: 'blue' })])).toEqual([
      'blue',
      'shelved',
    ]);
  });
});

describe('rows of the duty list', () => {
  const plain = { filter: { level: null, onlyUnacknowledged: false }, expandedAreas: new Set<string>() };
  const shown = (alerts: readonly Alert[]) => alerts.toSorted(bySeverity).map((alert) => ({ alert, pending: false }));
  const keys = (alerts: readonly Alert[], flood: boolean, expanded: readonly string[] = []) =>
    dutyRows(shown(alerts), { ...plain, flood, expandedAreas: new Set(expanded), quietExpanded: false }).map(
      ({ key }) => key,
    );

  const flood = [
    alertOf('r1', { level: 'red', area: 'east' }),
    alertOf('y1', { area: 'east' }),
    alertOf('y2', { area: 'east' }),
    alertOf('o1', { level: 'orange', area: 'west' }),
  ];

  test('without a flood every alert has its row', () => {
    expect(keys(flood, false)).toEqual(['r1', 'o1', 'y1', 'y2']);
  });

  test('in a flood areas fold, red never does, and neither does an alert that is alone in its area', () => {
    expect(keys(flood, true)).toEqual(['r1', 'o1', 'area/east']);
    expect(keys(flood, true, ['east'])).toEqual(['r1', 'o1', 'area/east', 'y1', 'y2']);
  });

  test('shelved and suppressed alerts are behind one row that counts them', () => {
    expect(keys([alertOf('a'), alertOf('b', { shelvedUntil: 9 }), alertOf('c', { suppressed: true })], false)).toEqual([
      'a',
      'quiet',
    ]);
  });
});

describe('news', () => {
  test('is each alert once, as it stands last, most severe first', () => {
    const news = newsOf([
      eventOf(1, 'raised', alertOf('a')),
      eventOf(2, 'raised', alertOf('b')),
      eventOf(3, 'escalated', alertOf('b', { level: 'red' })),
    ]);
    expect(news.map(({ id, level }) => [id, level])).toEqual([
      ['b', 'red'],
      ['a', 'yellow'],
    ]);
  });

  test('is not what is acknowledged, put aside, or on its way down', () => {
    expect(
      newsOf([
        eventOf(1, 'raised', alertOf('a')),
        eventOf(2, 'acknowledged', alertOf('a', { acknowledged: true })),
        eventOf(3, 'deescalated', alertOf('b')),
        eventOf(4, 'raised', alertOf('c', { suppressed: true })),
      ]),
    ).toEqual([]);
  });

  test('is what is suppressed no longer, by the server alone: a note that says so is only a note', () => {
    const note = { ...eventOf(1, 'note', alertOf('a')), note: 'suppression-ended' };
    expect(newsOf([{ ...note, by: 'li' }])).toEqual([]);
    expect(newsOf([{ ...note, cause: { code: 'suppression-ended' } }]).map(({ id }) => id)).toEqual(['a']);
  });

  test('orange and red are repeated until acknowledged, the rest is not', () => {
    expect(levelToRepeat([alertOf('a'), alertOf('b', { level: 'orange' })])).toBe('orange');
    expect(levelToRepeat([alertOf('a', { level: 'red', acknowledged: true }), alertOf('b')])).toBeNull();
    expect(levelToRepeat([alertOf('a', { level: 'red', state: 'cleared' })])).toBe('red');
  });
});

describe('pages of the wallboard', () => {
  const many = (count: number, level: Alert['level'], prefix: string) =>
    Array.from({ length: count }, (_, i) => alertOf(`${prefix}${i}`, { level }));

  test('what fits needs no turns', () => {
    expect(pageOf(many(5, 'blue', 'b'), 5, 3)).toMatchObject({ page: 0, pages: 1 });
  });

  test('red stays on every page, and everything else has its turn', () => {
    const alerts = [...many(2, 'red', 'r'), ...many(7, 'blue', 'b')];
    const seen = new Set<string>();
    const { pages } = pageOf(alerts, 5, 0);
    for (let turn = 0; turn < pages; turn++) {
      const { rows } = pageOf(alerts, 5, turn);
      expect(rows.slice(0, 2).map(({ id }) => id)).toEqual(['r0', 'r1']);
      for (const { id } of rows) seen.add(id);
    }
    expect(seen.size).toBe(9);
  });

  test('more red than fits takes turns as well', () => {
    const alerts = many(12, 'red', 'r');
    const seen = new Set([0, 1, 2].flatMap((turn) => pageOf(alerts, 5, turn).rows.map(({ id }) => id)));
    expect(seen.size).toBe(12);
  });

  test('no page is without red while there is any, and no other level waits for ever', () => {
    const alerts = [...many(13, 'red', 'r'), ...many(9, 'orange', 'o'), ...many(9, 'blue', 'b')];
    const { pages } = pageOf(alerts, 7, 0);
    const seen = new Set<string>();
    for (let turn = 0; turn < pages; turn++) {
      const { rows } = pageOf(alerts, 7, turn);
      expect(rows.length).toBeLessThanOrEqual(7);
      expect(rows[0]?.level).toBe('red');
      for (const { id } of rows) seen.add(id);
    }
    expect(seen.size).toBe(31);
  });

  test('one row is enough for all to have their turn, red first', () => {
    const alerts = [...many(2, 'red', 'r'), ...many(2, 'blue', 'b')];
    expect([0, 1, 2, 3].flatMap((turn) => pageOf(alerts, 1, turn).rows.map(({ id }) => id))).toEqual([
      'r0',
      'r1',
      'b0',
      'b1',
    ]);
  });
});

describe('words to search for', () => {
  const matching = (typed: string) =>
    [alertOf('a', { point: 'canteen-gas', area: 'market' }), alertOf('b', { point: 'underpass', area: 'market' })]
      .filter(matches(typed, ({ point, area }) => [point, '燃气', area]))
      .map(({ id }) => id);

  test('all of them, in any order and case, anywhere; none means everything', () => {
    expect(matching('market GAS')).toEqual(['a']);
    expect(matching('  market ')).toEqual(['a', 'b']);
    expect(matching('gas pass')).toEqual([]);
    expect(matching(' ')).toEqual(['a', 'b']);
  });
});

describe('what a page shows is in its address', () => {
  test('a value is set or taken out, and the others stay', () => {
    const before = new URLSearchParams('area=market&q=gas&family=gas');
    expect(withParams(before, { q: '', area: null, family: 'flood', sort: '-age' }).toString()).toBe(
      'family=flood&sort=-age',
    );
    expect(before.get('q')).toBe('gas');
  });

  const columns = [
    { key: 'name' },
    { key: 'state', sorter: () => 0, defaultSortOrder: 'descend' as const },
    { key: 'age', sorter: () => 0 },
  ];
  const orders = (asked: string | null) =>
    inOrder(columns, asked).map((column) => ('sortOrder' in column ? column.sortOrder : undefined));

  test('a table is ordered as the address says, else as the table itself says', () => {
    expect(orders('-age')).toEqual([undefined, null, 'descend']);
    expect(orders('state')).toEqual([undefined, 'ascend', null]);
    expect(orders(null)).toEqual([undefined, 'descend', null]);
    expect(orders('name')).toEqual([undefined, 'descend', null]);
    expect(orders('gone')).toEqual([undefined, 'descend', null]);
  });

  test('an order that was given up leaves the address', () => {
    expect(orderText({ columnKey: 'age', order: 'descend' })).toBe('-age');
    expect(orderText({ columnKey: 'age', order: 'ascend' })).toBe('age');
    expect(orderText({ columnKey: 'age', order: null })).toBeNull();
    expect(orderText({})).toBeNull();
  });
});

describe('filter of the history', () => {
  const filterOf = (address: string) => historyFilter((name) => new URLSearchParams(address).get(name));

  test('is what the address says, and everything without it', () => {
    expect(filterOf('peak=red&from=5&state=active')).toEqual({
      state: 'active',
      area: null,
      level: null,
      peakLevel: 'red',
      verdict: null,
      from: 5,
      to: undefined,
    });
    expect(isNarrowed(filterOf('q=gas'))).toBe(false);
    expect(['state=active', 'from=0', 'verdict=none'].map((address) => isNarrowed(filterOf(address)))).toEqual([
      true,
      true,
      true,
    ]);
  });

  test('one list offers the level and the highest level, and one takes the place of the other', () => {
    for (const address of ['level=red', 'peak=red', '']) {
      const before = new URLSearchParams('level=blue&peak=blue');
      expect(withParams(before, levelParams(levelChoice(filterOf(address)))).toString()).toBe(address);
    }
  });
});
