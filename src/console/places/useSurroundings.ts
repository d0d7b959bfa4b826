import { useMemo } from 'react';
import { placeOfOutline, type Surroundings, surroundings } from '../../model/place.ts';
import { useAreas, usePoints } from '../api/queries.ts';

/** Where the site is, by its areas and points; undefined while nothing has a place. */
export function useSurroundings(): Surroundings | undefined {
  const areas = useAreas();
  const points = usePoints();
  return useMemo(() => {
    const places = [...areas.map(placeOfOutline), ...points.map(({ location }) => location)];
    return surroundings(places.filter((place) => place !== null));
  }, [areas, points]);
}
