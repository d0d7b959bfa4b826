import { describe, expect, test } from 'vitest';
import { fromGcj02, toGcj02, unplacer } from '../../src/console/map/coordinates.ts';
import { cornersOf, isCrossing, readCorners, ringOf, textOf } from '../../src/console/map/outline.ts';
import { mappingOf, rowsOf, rowsProblem } from '../../src/console/points/metric-rows.ts';

const SQUARE = [
  [0, 0],
  [1, 0],
  [1, 1],
  [0, 1],
] as const;

describe('an outline', () => {
  test('is a ring in files and corners for people, whether or not the ring was closed', () => {
    expect(cornersOf(ringOf(SQUARE))).toEqual(SQUARE);
    expect(cornersOf(SQUARE)).toEqual(SQUARE);
    expect(ringOf(SQUARE)).toHaveLength(5);
    expect([cornersOf(undefined), ringOf([])]).toEqual([[], []]);
  });

  test('is written a corner a line, however people part the figures', () => {
    expect(textOf([[108.75000004, 29.52]])).toBe('108.75, 29.52');
    const read = readCorners(' 108.7, 29.5\n\n108.8\t29.5\n108.8，29.6\n108.7 29.5');
    expect(read).toEqual({
      ok: true,
      corners: [
        [108.7, 29.5],
        [108.8, 29.5],
        [108.8, 29.6],
      ],
    });
    expect(readCorners('')).toEqual({ ok: true, corners: [] });
  });

  test.each([
    ['108.7, 29.5\n29.5, 108.7', 2, 'swapped'],
    ['108.7', 1, 'unreadable'],
    ['\n108.7, 29.5, 3', 2, 'unreadable'],
    ['108.7, north', 1, 'unreadable'],
    ['200, 29.5', 1, 'longitude'],
    ['108.7, 29.5\n200, 100', 2, 'latitude'],
  ])('%j: line %i, %s', (text, line, fault) => {
    expect(readCorners(text)).toEqual({ ok: false, line, fault });
  });

  test('whose edges cross is none', () => {
    const [a, b, c, d] = SQUARE;
    expect([isCrossing(SQUARE), isCrossing([a, b, c]), isCrossing([a, b]), isCrossing([])]).toEqual([
      false,
      false,
      false,
      false,
    ]);
    expect(isCrossing([a, c, b, d])).toBe(true);
    expect(isCrossing([a, b, [0.5, -1], c, d])).toBe(true);
    expect(isCrossing([a, b, [2, 0.5], c, d])).toBe(false);
  });
});

test('what is pressed on tiles of GCJ-02 is kept in WGS 84', () => {
  for (const place of [
    [108.75, 29.52],
    [116.377817, 39.911954],
    [121.5272106, 31.1774276],
  ] as const) {
    const [lng, lat] = fromGcj02(toGcj02(place));
    expect(lng).toBeCloseTo(place[0], 8);
    expect(lat).toBeCloseTo(place[1], 8);
  }
  expect(unplacer('wgs84')([108.75, 29.52])).toEqual([108.75, 29.52]);
});

describe('what a point measures', () => {
  const fields = ['depth', 'level', 'battery'];

  test('is all, or what was chosen under its own name; other devices keep what they have as well', () => {
    expect(rowsOf(fields, undefined).map(({ isChosen }) => isChosen)).toEqual([true, true, true]);
    const mapping = { water: 'depth', deep: 'depth', battery: 'battery', gone: 'no-such-field' };
    const rows = rowsOf(fields, mapping);
    expect(mappingOf(rows)).toEqual({ water: 'depth', deep: 'depth', battery: 'battery' });
    expect(rows.find(({ field }) => field === 'level')).toEqual({ field: 'level', metric: 'level', isChosen: false });
    expect(mappingOf(rowsOf(['battery', 'co'], mappingOf(rows)))).toEqual({ battery: 'battery' });
  });

  test('is something, and each of it once', () => {
    const [first, second] = rowsOf(fields, undefined);
    if (first === undefined || second === undefined) throw new Error('no rows');
    expect(rowsProblem([first, second])).toBeNull();
    expect(rowsProblem([{ ...first, isChosen: false }])).toBe('metricsNeeded');
    expect(rowsProblem([{ ...first, metric: ' ' }])).toBe('metricsNeeded');
    expect(rowsProblem([first, { ...second, metric: 'depth ' }])).toBe('metricTwice');
  });
});
