import type { FeatureCollection, Point as GeoPoint, Polygon } from 'geojson';
import type { Level } from '../../model/level.ts';
import type { Name } from '../../model/names.ts';
import type { Area, Point } from '../api/types.ts';
import { RANK } from '../ui/order.ts';
import type { LngLat, Place } from './coordinates.ts';

/** A point and what its symbol shows of how it stands. */
interface MarkedPoint {
  readonly point: Pick<Point, 'id' | 'name' | 'family' | 'location'>;
  readonly state: { readonly level: Level | null; readonly offline: boolean; readonly unlimited: boolean };
}

interface Words {
  readonly name: (name: Name) => string;
  /** One character for a family, drawn inside the symbol. */
  readonly family: (family: string) => string;
}

/** Points in alarm and the rest, apart, because they cluster differently. A point without a place is on no map. */
export function pointFeatures(
  points: readonly MarkedPoint[],
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
        icon: state.offline ? 'offline' : state.unlimited ? 'unlimited' : 'normal',
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

/** Names stand near the top of their area, where points seldom are. Areas that hold others with a name on the map go without. */
export function areaNameFeatures(
  areas: readonly Area[],
  nameText: (name: Name) => string,
  place: Place,
): FeatureCollection<GeoPoint> {
  const parents = new Set(areas.flatMap((area) => (placeOfName(area) === null ? [] : area.parent)));
  return {
    type: 'FeatureCollection',
    features: areas.flatMap((area) => {
      if (parents.has(area.id)) return [];
      const middle = placeOfName(area);
      if (middle === null) return [];
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

/** Near the top of an outline; where there is none, where the area is said to be. */
function placeOfName({ outline, location }: Area): LngLat | null {
  const ring = outline?.[0];
  if (ring === undefined) return location;
  const lngs = ring.map(([lng]) => lng);
  const lats = ring.map(([, lat]) => lat);
  const north = Math.max(...lats);
  return [(Math.min(...lngs) + Math.max(...lngs)) / 2, north - (north - Math.min(...lats)) * 0.1];
}
