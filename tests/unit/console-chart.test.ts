import { describe, expect, test } from 'vitest';
import { labelPlaces } from '../../src/console/chart/label-places.ts';
import { bucketSeconds, RANGES } from '../../src/console/chart/ranges.ts';
import { columnsOf, withLive } from '../../src/console/chart/series.ts';
import { axisNumbers } from '../../src/console/ui/format.ts';

const sample = (ts: number, value: number, quality: 'good' | 'bad' = 'good') => ({ ts, value, quality });

test('labels of an axis differ, however little its values do', () => {
  expect(axisNumbers([0.9975, 1, 1.0025, 1.005])).toEqual(['0.9975', '1', '1.0025', '1.005']);
  expect(axisNumbers([-0.2, 0, 0.2])).toEqual(['-0.2', '0', '0.2']);
  expect(axisNumbers([0.1 + 0.2, 0.4])).toEqual(['0.3', '0.4']);
  expect(axisNumbers([1_000, 1_002.5])).toEqual(['1000', '1002.5']);
  expect([axisNumbers([]), axisNumbers([7])]).toEqual([[], ['7']]);
});

describe('columns of a chart', () => {
  test('a pause is a gap in the line', () => {
    const { times, middle } = columnsOf([sample(0, 1), sample(10_000, 2), sample(100_000, 3)], 30_000);
    expect(middle).toEqual([1, 2, null, 3]);
    expect(times).toEqual([0, 10, 25, 100]);
  });

  test('bad readings are no readings', () => {
    expect(columnsOf([sample(0, 1), sample(1_000, -200, 'bad'), sample(2_000, 2)], 30_000).middle).toEqual([1, 2]);
  });

  test('buckets have a band, samples a line', () => {
    const { low, middle, high } = columnsOf([{ ts: 0, min: 1, mean: 2, max: 5, count: 3 }], 30_000);
    expect([low, middle, high]).toEqual([[1], [2], [5]]);
  });

  test('what comes in goes on where the fetched readings end', () => {
    const items = withLive([sample(0, 1), sample(10, 2)], [sample(10, 9), sample(20, 3)], null);
    expect(items.map(({ ts }) => ts)).toEqual([0, 10, 20]);
  });

  test('what comes in widens the newest bucket and begins new ones', () => {
    const fetched = [{ ts: 0, min: 1, mean: 2, max: 3, count: 2 }];
    expect(withLive(fetched, [sample(500, 8), sample(1_200, 4)], 1_000)).toEqual([
      { ts: 0, min: 1, mean: 4, max: 8, count: 3 },
      { ts: 1_000, min: 4, mean: 4, max: 4, count: 1 },
    ]);
  });

  test('a month of 10 s readings is drawn in some hundred buckets, an hour as it is', () => {
    expect(bucketSeconds(RANGES['1h'], 10_000)).toBeNull();
    const everyS = bucketSeconds(RANGES['30d'], 10_000) ?? Number.NaN;
    expect(RANGES['30d'] / 1_000 / everyS).toBeLessThanOrEqual(400);
  });
});

test('the words of limits that lie close together stand above one another', () => {
  const within = { gapPx: 17, topPx: 17, bottomPx: 100 };
  expect(labelPlaces([20, 60], within)).toEqual([20, 60]);
  expect(labelPlaces([60, 55, 20], within)).toEqual([72, 55, 20]);
  expect(labelPlaces([99, 98, 97], within)).toEqual([100, 83, 66]);
  expect(labelPlaces([2], within)).toEqual([17]);
  expect(labelPlaces([], within)).toEqual([]);
});
