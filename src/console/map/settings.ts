import { useQuery } from '@tanstack/react-query';
import type { MapView } from '../../model/map.ts';
import { asked } from '../api/asked.ts';

const PLAIN: MapView = { tiles: null, coordinates: 'wgs84' };

/** The site's choice of map; undefined while it is being asked for, the plain one while it cannot be. */
export function useMapSettings(): MapView | undefined {
  const { data, isError } = useQuery({
    ...asked('GET /version'),
    staleTime: Number.POSITIVE_INFINITY,
    select: ({ map }) => map,
  });
  return data ?? (isError ? PLAIN : undefined);
}
