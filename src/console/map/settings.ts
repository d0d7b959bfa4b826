import { useQuery } from '@tanstack/react-query';
import { request } from '../api/client.ts';
import type { Tiles } from './style.ts';

export interface MapSettings {
  /** Raster tiles under the points; null draws outlines and a graticule alone. */
  readonly tiles: Tiles | null;
  /** What the tiles are drawn on. Positions are always kept in WGS 84. */
  readonly coordinates: 'wgs84' | 'gcj02';
}

const PLAIN: MapSettings = { tiles: null, coordinates: 'wgs84' };

/** The site's choice of map; undefined while it is being asked for. A server without the setting has no tiles. */
export function useMapSettings(): MapSettings | undefined {
  const { data, isError } = useQuery({
    queryKey: ['map-settings'],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async ({ signal }) => (await request<{ map?: MapSettings }>('/version', { signal })).map ?? PLAIN,
  });
  return data ?? (isError ? PLAIN : undefined);
}
