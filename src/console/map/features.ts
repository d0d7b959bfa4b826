import type { FeatureCollection, Point as GeoPoint, Polygon } from 'geojson';
import type { Name } from '../../model/names.ts';
import { RANK } from '../alerts/order.ts';
import type { Area } from '../api/types.ts';
import type { PointWithState } from '../points/usePointStates.ts';
import type { LngLat, Place } from './coordinates.ts';

interface Words {
  readonly name: (name: Name) => string;
  /** One character for a family, drawn inside the symbol. */
  readonly family: (family: string) => string;
}

/** Points in alarm and the rest, apart, because they cluster differently. A point without a place is on no map. */
export function pointFeatures(
  points: readonly PointWithState[],
  words: Words,
  place: Place,
): { alarm: FeatureCollection<GeoPoint>; calm: FeatureCollection<GeoPoint> } {
  const alarm: FeatureCollection<GeoPoint> = { type: 'FeatureCollection', features: [] };
  const calm: FeatureCollection<GeoPoint> = { type: 'FeatureCollection', features: [] };
  for (const { point, state } of points) {
    if (point.location === null) continue;
    const rank = state.level === null ? 0 : RANK[state.level];
    (rank > 0 ? alarm : calm).features.push({
      type: 'Feature',
      properties: {
        id: point.id,
        name: words.name(point.name),
        family: words.family(point.family),
        rank,
        icon: state.offline ? 'offline' : 'normal',
      },
      geometry: { type: 'Point', coordinates: place(point.location) },
    });
  }
  return { alarm, calm };
}

export function areaFeatures(areas: readonly Area[], place: Place): FeatureCollection<Polygon> {
  return {
    type: 'FeatureCollection',
    features: areas.flatMap((area) =>
      area.outline === null
        ? []
        : [
            {
              type: 'Feature' as const,
              properties: { id: area.id },
              geometry: { type: 'Polygon' as const, coordinates: area.outline.map((ring) => ring.map(place)) },
            },
          ],
    ),
  };
}

/** Names stand near the top of their area, where points seldom are. Areas that hold others go without. */
export function areaNameFeatures(
  areas: readonly Area[],
  nameText: (name: Name) => string,
  place: Place,
): FeatureCollection<GeoPoint> {
  const parents = new Set(areas.map(({ parent }) => parent));
  return {
    type: 'FeatureCollection',
    features: areas.flatMap((area) => {
      const ring = area.outline?.[0];
      if (ring === undefined || parents.has(area.id)) return [];
      const lngs = ring.map(([lng]) => lng);
      const lats = ring.map(([, lat]) => lat);
      const north = Math.max(...lats);
      const middle: LngLat = [(Math.min(...lngs) + Math.max(...lngs)) / 2, north - (north - Math.min(...lats)) * 0.1];
      return [
        {
          type: 'Feature' as const,
          properties: { name: nameText(area.name) },
          geometry: { type: 'Point' as const, coordinates: place(middle) },
        },
      ];
    }),
  };
}

/** The smallest box around everything there is to show; null when nothing has a place. */
export function extent(
  points: readonly PointWithState[],
  areas: readonly Area[],
  place: Place,
): [[number, number], [number, number]] | null {
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
  for (const { point } of points) if (point.location !== null) take(point.location);
  for (const { outline } of areas) for (const ring of outline ?? []) for (const at of ring) take(at);
  return Number.isFinite(west)
    ? [
        [west, south],
        [east, north],
      ]
    : null;
}
