import { farOutsideKm, placeFault, placeOfOutline, surroundings } from '../../model/place.ts';
import type { Area } from '../api/types.ts';
import type { LngLat, Place } from './coordinates.ts';

interface Located {
  readonly id: string;
  readonly location: LngLat | null;
}

export interface Home {
  /** The smallest box around everything that belongs to the site. */
  readonly box: [[number, number], [number, number]];
  /** Points whose place is far outside: most likely wrong, and never a reason to open the map on half the globe. */
  readonly outside: readonly string[];
}

/** What the map shows when it opens; null when nothing has a place. */
export function homeOf(points: readonly Located[], areas: readonly Area[], place: Place): Home | null {
  const located = points.flatMap(({ id, location }) => (location === null ? [] : [{ id, at: location }]));
  const site = surroundings([...areas.map(placeOfOutline).filter((at) => at !== null), ...located.map(({ at }) => at)]);
  const isOutside = (at: LngLat) => placeFault(at) !== null || farOutsideKm(at, site) !== null;
  let west = Number.POSITIVE_INFINITY;
  let south = Number.POSITIVE_INFINITY;
  let east = Number.NEGATIVE_INFINITY;
  let north = Number.NEGATIVE_INFINITY;
  const take = (at: LngLat) => {
    const [lng, lat] = place(at);
    west = Math.min(west, lng);
    east = Math.max(east, lng);
    south = Math.min(south, lat);
    north = Math.max(north, lat);
  };
  for (const { at } of located) if (!isOutside(at)) take(at);
  for (const area of areas) {
    const middle = placeOfOutline(area);
    if (middle === null || isOutside(middle)) continue;
    if (area.outline === null) take(middle);
    for (const ring of area.outline ?? []) for (const at of ring) if (!isOutside(at)) take(at);
  }
  if (!Number.isFinite(west)) return null;
  const box: Home['box'] = [
    [west, south],
    [east, north],
  ];
  return { box, outside: located.filter(({ at }) => isOutside(at)).map(({ id }) => id) };
}
