import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { metricsOf } from '../../src/console/threshold-table/metrics.ts';
import {
  changesOf,
  deviatingCells,
  type Edits,
  isLocked,
  limitRows,
  NO_EDITS,
  type TableField,
  visibleRows,
  withEdit,
} from '../../src/console/threshold-table/rows.ts';
import type { ThresholdRow } from '../../src/console/threshold-table/whole-rows.ts';
import type { Template } from '../../src/model/template.ts';
import type { Rule, ThresholdDocument } from '../../src/model/threshold.ts';

const DEPTH: Rule = {
  metric: 'depth',
  unit: 'cm',
  deadband: 2,
  levels: {
    blue: { above: 10 },
    yellow: { above: 15, for: '60s' },
    red: { any: [{ above: 40 }, { rise: 8, within: '10m' }] },
  },
};
const OXYGEN: Rule = { metric: 'depth', levels: { red: { above: 23.5, below: 19.5 } } };

function at(point: string, document: ThresholdDocument, revision = 1): ThresholdRow {
  const name = { zh: point, en: point };
  const { rules } = document;
  const none = { template: null, deviations: [] };
  return { point, name, area: 'town', family: 'waterlogging', revision, unit: 'cm', rules, document, ...none };
}

function rowsOf(rules: Record<string, Rule>, metric = 'depth') {
  return limitRows([at('pt', { rules })], metric);
}
const typed = (
  rows: ReturnType<typeof rowsOf>,
  index: number,
  texts: Partial<Record<TableField, string>>,
  edits = NO_EDITS,
) => {
  const row = rows[index];
  if (row === undefined) throw new Error('there is no such row');
  return withEdit(edits, row, texts);
};

describe('rows', () => {
  test('one for each rule and direction, a blank one where there is no rule, in the direction of most', () => {
    const others = { battery: { metric: 'battery', levels: { blue: { below: 20 } } }, depth: { noData: {} } } as const;
    const rows = limitRows(
      [at('a', { rules: { depth: DEPTH } }), at('b', { rules: { o: OXYGEN } }), at('c', { rules: others })],
      'depth',
    );
    expect(
      rows.map(({ at: { point }, ruleId, direction, isNew, isSecond }) => [point, ruleId, direction, isNew, isSecond]),
    ).toEqual([
      ['a', 'depth', 'above', false, false],
      ['b', 'o', 'above', false, false],
      ['b', 'o', 'below', false, true],
      ['c', 'depth-2', 'above', true, false],
    ]);
  });

  test('words and the second row’s common cells are locked', () => {
    const [depth] = rowsOf({ depth: DEPTH });
    const [, second] = rowsOf({ o: OXYGEN });
    if (depth === undefined || second === undefined) throw new Error('rows are missing');
    expect([
      isLocked(depth, 'red'),
      isLocked(depth, 'yellow'),
      isLocked(second, 'red'),
      isLocked(second, 'deadband'),
    ]).toEqual([true, false, false, true]);
  });
});

describe('what is typed', () => {
  test('becomes a document with everything else as it was', () => {
    const rows = rowsOf({ depth: DEPTH, battery: { metric: 'battery', levels: { blue: { below: 20 } } } });
    const edits = typed(rows, 0, { yellow: '１８', deadband: '', for: '5分钟', orange: '25' });
    const { documents, problems } = changesOf(rows, edits);
    expect(problems.size).toBe(0);
    const { deadband: _gone, ...rest } = DEPTH;
    expect(documents[0]?.document.rules).toEqual({
      depth: {
        ...rest,
        for: '5m',
        levels: {
          blue: { above: 10 },
          yellow: { above: 18, for: '60s' },
          orange: { above: 25 },
          red: DEPTH.levels?.red,
        },
      },
      battery: { metric: 'battery', levels: { blue: { below: 20 } } },
    });
  });

  test('what says the same as before is no change: other spelling, or typed back', () => {
    const rows = rowsOf({ depth: DEPTH });
    expect(typed(rows, 0, { blue: '10.0', yellowFor: '1m', deadband: ' 2 ' }).size).toBe(0);
    const once = typed(rows, 0, { blue: '11' });
    expect(typed(rows, 0, { blue: '10' }, once).size).toBe(0);
  });

  test('what cannot be is told at its cell, and the words of the grammar where cells do not go together', () => {
    const rows = rowsOf({ depth: DEPTH });
    const wrong = changesOf(rows, typed(rows, 0, { blue: '10cm', for: '60' })).problems.get(rows[0]?.key ?? '');
    expect(wrong).toEqual({ blue: { kind: 'number' }, for: { kind: 'duration' } });
    const both = changesOf(rows, typed(rows, 0, { recover: '8' })).problems.get(rows[0]?.key ?? '');
    expect(both).toEqual({
      recover: { kind: 'grammar', problem: expect.objectContaining({ code: 'deadband-and-recover' }) },
    });
  });

  test('a rule that is emptied goes, a blank row that is filled becomes a rule, two sides become one rule', () => {
    const emptied = rowsOf({ depth: { metric: 'depth', levels: { blue: { above: 1 } } } });
    expect(changesOf(emptied, typed(emptied, 0, { blue: '' })).documents[0]?.document.rules).toEqual({});
    const blank = rowsOf({});
    expect(changesOf(blank, typed(blank, 0, { red: '40' })).documents[0]?.document.rules).toEqual({
      depth: { metric: 'depth', unit: 'cm', levels: { red: { above: 40 } } },
    });
    const sides = rowsOf({ o: OXYGEN });
    const edits = typed(sides, 1, { red: '18' }, typed(sides, 0, { red: '24' }));
    expect(changesOf(sides, edits).documents[0]?.document.rules.o?.levels).toEqual({ red: { above: 24, below: 18 } });
  });

  test('keeps the revision it was typed over when the rows are fetched anew', () => {
    const rows = rowsOf({ depth: DEPTH });
    const edits = typed(rows, 0, { blue: '11' });
    const anew = limitRows([at('pt', { rules: { depth: { ...DEPTH, deadband: 5 } } }, 2)], 'depth');
    const [changed] = changesOf(anew, edits).documents;
    expect([changed?.revision, changed?.at.revision]).toEqual([1, 2]);
    expect([changed?.document.rules.depth?.deadband, changed?.document.rules.depth?.levels?.blue]).toEqual([
      5,
      { above: 11 },
    ]);
  });

  test('any typing of numbers and back again leaves the document as it was', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom('blue', 'yellow', 'deadband'), fc.integer())), (steps) => {
        const rows = rowsOf({ depth: DEPTH });
        let edits: Edits = NO_EDITS;
        for (const [field, value] of steps) edits = typed(rows, 0, { [field]: String(value) }, edits);
        edits = typed(rows, 0, { blue: '10', yellow: '15', deadband: '2' }, edits);
        expect(edits.size).toBe(0);
      }),
    );
  });
});

test('cells unlike the template are named with what it says; names of levels are no cell', () => {
  const template: Template = {
    id: 't',
    name: { zh: 't', en: 't' },
    standard: 'x',
    source: {},
    verifiedBy: null,
    applies: { family: 'waterlogging', metric: 'depth' },
    parameters: [],
    document: {
      rules: {
        depth: {
          metric: 'depth',
          unit: 'cm',
          deadband: 3,
          levels: { yellow: { above: 20, label: '一级' }, orange: { above: 30 }, red: DEPTH.levels?.red },
        },
      },
    },
  };
  const [row] = rowsOf({ depth: DEPTH });
  if (row === undefined) throw new Error('the row is missing');
  expect(deviatingCells(row, row.at.document, template)).toEqual({
    blue: '',
    yellow: '20',
    yellowFor: '',
    orange: '30',
    deadband: '3',
  });
});

describe('what is looked at', () => {
  const rows = limitRows([at('market', { rules: { depth: DEPTH } }), at('underpass', { rules: {} })], 'depth');
  const all = { edits: NO_EDITS, deviations: new Set<string>(), shown: 'all', wanted: '', template: null } as const;
  const seen = (more: Partial<Parameters<typeof visibleRows>[1]>) =>
    visibleRows(rows, { ...all, ...more }).map(({ at: { point } }) => point);
  const keyOf = (index: number) => new Set([rows[index]?.key ?? '']);

  test('is narrowed by words, by what was changed, by what is unlike its template, and by the template', () => {
    expect(seen({})).toEqual(['market', 'underpass']);
    expect(seen({ wanted: 'MARK' })).toEqual(['market']);
    expect(seen({ shown: 'changed', edits: keyOf(1) })).toEqual(['underpass']);
    expect(seen({ shown: 'deviating', deviations: keyOf(0) })).toEqual(['market']);
    expect(seen({ template: 'gone' })).toEqual([]);
  });

  test('metrics come with those of most points first, of one kind of point, and batteries last', () => {
    const name = { zh: '量', en: 'quantity' };
    const point = (family: 'gas' | 'waterlogging', ...metrics: readonly string[]) => ({
      family,
      metrics: Object.fromEntries(metrics.map((metric) => [metric, { type: 'number', unit: 'cm', name } as const])),
    });
    const points = [
      point('waterlogging', 'battery', 'depth'),
      point('waterlogging', 'battery', 'rain'),
      point('gas', 'ch4'),
    ];
    expect(metricsOf(points, null).map(({ metric, count }) => `${metric} ${count}`)).toEqual([
      'ch4 1',
      'depth 1',
      'rain 1',
      'battery 2',
    ]);
    expect(metricsOf(points, 'gas').map(({ metric }) => metric)).toEqual(['ch4']);
  });
});
