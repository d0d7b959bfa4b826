import { useQuery } from '@tanstack/react-query';
import type { MapView } from '../../model/map.ts';
import type { Version } from '../../wire/system.ts';
import { request } from '../api/client.ts';

const PLAIN: MapView = { tiles: null, coordinates: 'wgs84' };

/** The site's choice of map; undefined while it is being asked for, the plain one while it cannot be. */
export function useMapSettings(): MapView | undefined {
  const { data, isError } = useQuery({
    queryKey: ['map-settings'],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async ({ signal }) => (await request<Version>('/version', { signal })).map,
  });
  return data ?? (isError ? PLAIN : undefined);
}
