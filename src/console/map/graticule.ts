import type { Feature, FeatureCollection, LineString, Point } from 'geojson';
import { formatDegrees, type Place } from './coordinates.ts';

/** Steps that read well in degrees, minutes and seconds, in degrees. */
const STEPS = [
  10,
  5,
  2,
  1,
  1 / 2,
  1 / 3,
  1 / 6,
  1 / 12,
  1 / 30,
  1 / 60,
  1 / 120,
  1 / 180,
  1 / 360,
  1 / 720,
  1 / 1_800,
  1 / 3_600,
];
const LINES_WANTED = 6;

export interface Bounds {
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
}

/** A shifted line is not straight; pieces of this many hide it. */
const PIECES = 8;

/**
 * Meridians and parallels of WGS 84 over the bounds, with their degrees written where they leave it at the bottom and
 * left. `place` moves them as it moves the points.
 */
export function graticule(bounds: Bounds, place: Place): FeatureCollection<LineString | Point> {
  const widest = Math.max(bounds.east - bounds.west, bounds.north - bounds.south);
  const step = STEPS.find((each) => widest / each >= LINES_WANTED) ?? 1 / 3_600;
  const features: Feature<LineString | Point>[] = [];
  const line = (from: [number, number], to: [number, number], label: string, edge: 'bottom' | 'left') => {
    const coordinates = Array.from({ length: PIECES + 1 }, (_, piece) => {
      const share = piece / PIECES;
      return place([from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share]);
    });
    features.push({ type: 'Feature', properties: {}, geometry: { type: 'LineString', coordinates } });
    features.push({
      type: 'Feature',
      properties: { label, edge },
      geometry: { type: 'Point', coordinates: place(from) },
    });
  };
  for (let i = Math.ceil(bounds.west / step); i * step <= bounds.east; i++) {
    line([i * step, bounds.south], [i * step, bounds.north], formatDegrees(i * step, 'lng'), 'bottom');
  }
  for (let i = Math.ceil(bounds.south / step); i * step <= bounds.north; i++) {
    line([bounds.west, i * step], [bounds.east, i * step], formatDegrees(i * step, 'lat'), 'left');
  }
  return { type: 'FeatureCollection', features };
}
