import { describe, expect, test } from 'vitest';
import {
  distanceKm,
  farOutsideKm,
  isLikelySwapped,
  type LngLat,
  placeFault,
  surroundings,
} from '../../src/model/place.ts';

/** Places within a few kilometres of each other. */
const TOWN: readonly LngLat[] = [
  [108.75, 29.52],
  [108.76, 29.51],
  [108.74, 29.53],
];

describe('places', () => {
  test.each([
    [[108.75, 29.52], null],
    [[-180, -90], null],
    [[29.52, 108.75], 'swapped'],
    [[-33.9, 151.2], 'swapped'],
    [[190, 20], 'longitude'],
    [[20, 190], 'latitude'],
    [[108.75, 108.75], 'latitude'],
    [[1e9, 1e9], 'latitude'],
  ] as const)('%j: %s', (place, fault) => {
    expect(placeFault(place)).toBe(fault);
  });

  test('a site is where most of its places are, whatever a few of them say', () => {
    const site = surroundings([...TOWN, [29.52, 89.9], [0, 0]]);
    expect(distanceKm(site?.middle ?? [0, 0], [108.75, 29.52])).toBeLessThan(10);
    expect(farOutsideKm([108.9, 29.4], site)).toBeNull();
    expect(farOutsideKm([0, 0], site)).toBeGreaterThan(10_000);
    expect(surroundings([])).toBeUndefined();
    expect(farOutsideKm([0, 0], undefined)).toBeNull();
  });

  test('of two places one is the site; a long one has room', () => {
    const pair = surroundings([TOWN[0] as LngLat, [0, 0]]);
    expect([TOWN[0], [0, 0]].filter((place) => farOutsideKm(place as LngLat, pair) === null)).toHaveLength(1);
    const river = Array.from({ length: 21 }, (_, i): LngLat => [106 + i * 0.2, 29.5]);
    expect(river.filter((place) => farOutsideKm(place, surroundings(river)) !== null)).toEqual([]);
  });

  test('the other order is offered where it would be within the site, also where both are on the earth', () => {
    const urumqi = surroundings([[87.6, 43.8]]);
    expect(isLikelySwapped([43.8, 87.6], urumqi)).toBe(true);
    expect(isLikelySwapped([0, 0], urumqi)).toBe(false);
    expect(isLikelySwapped([29.52, 108.75], surroundings(TOWN))).toBe(true);
    expect(isLikelySwapped([29.52, 108.75], undefined)).toBe(false);
  });

  test('distances along the surface', () => {
    expect(distanceKm([116.39, 39.91], [121.47, 31.23])).toBeCloseTo(1_067, -1);
    expect(distanceKm([179.9, 0], [-179.9, 0])).toBeCloseTo(22, 0);
  });
});
