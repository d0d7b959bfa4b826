import { describe, expect, test } from 'vitest';
import { bucketSeconds, RANGES } from '../../src/console/chart/ranges.ts';
import { columnsOf, withLive } from '../../src/console/chart/series.ts';
import { toGcj02 } from '../../src/console/map/coordinates.ts';
import { graticule } from '../../src/console/map/graticule.ts';

const sample = (ts: number, value: number, quality: 'good' | 'bad' = 'good') => ({ ts, value, quality });

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

describe('map', () => {
  test('GCJ-02 of a published pair: Tiananmen, to about a metre', () => {
    // WGS 84 116.391, 39.907 is GCJ-02 116.39724, 39.90840 (eviltransform's own example, rounded).
    const [lng, lat] = toGcj02([116.391, 39.907]);
    expect(lng).toBeCloseTo(116.39724, 4);
    expect(lat).toBeCloseTo(39.9084, 4);
    expect(toGcj02([-0.12, 51.5])).toEqual([-0.12, 51.5]);
  });

  test('a graticule has some lines at every zoom, and says what they are', () => {
    for (const span of [8, 0.5, 0.05, 0.004]) {
      const { features } = graticule({ west: 108.7, south: 29.5, east: 108.7 + span, north: 29.5 + span });
      const lines = features.filter(({ geometry }) => geometry.type === 'LineString');
      expect(lines.length).toBeGreaterThanOrEqual(8);
      expect(lines.length).toBeLessThan(80);
    }
    const labels = graticule({ west: 108.74, south: 29.51, east: 108.78, north: 29.53 }).features.map(
      ({ properties }) => properties?.label,
    );
    expect(labels).toContain('108°45′E');
  });
});
