import type { LngLat } from '../../model/place.ts';
import type { Area } from '../api/types.ts';

/** Where an area is: the middle of its outline, or the place it was given. */
export function placeOfArea({ outline, location }: Area): LngLat | null {
  const ring = outline?.[0];
  if (ring === undefined || ring.length === 0) return location;
  const lngs = ring.map(([lng]) => lng);
  const lats = ring.map(([, lat]) => lat);
  return [(Math.min(...lngs) + Math.max(...lngs)) / 2, (Math.min(...lats) + Math.max(...lats)) / 2];
}
