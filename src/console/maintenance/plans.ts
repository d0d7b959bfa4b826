import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { Maintenance, Scope } from '../../model/maintenance.ts';
import { askedAll } from '../api/asked.ts';
import { useAreas } from '../api/queries.ts';
import type { Point } from '../api/types.ts';
import { areasWithin } from '../areas/useAreasWithin.ts';

const REFRESH_MS = 15_000;
const NONE: readonly Maintenance[] = [];

/** Plans that have not ended, or every one there was, newest first. */
export function usePlans(state: 'current' | 'all') {
  return useQuery({
    ...askedAll('GET /maintenance', { query: { state } }),
    refetchInterval: REFRESH_MS,
  });
}

/** The plans that keep the alerts of a point quiet now. */
export function useCover(point: Point): readonly Maintenance[] {
  const { data = NONE } = usePlans('current');
  const areas = useAreas();
  return useMemo(
    () =>
      data.filter(({ state, scope }) => {
        if (state !== 'active') return false;
        if ('point' in scope) return scope.point === point.id;
        if ('device' in scope) return scope.device === point.device;
        return areasWithin(areas, scope.area).has(point.area);
      }),
    [data, areas, point.id, point.device, point.area],
  );
}

/** What a plan is about, as its kind and id. */
export function scopeOf(scope: Scope): { readonly kind: 'point' | 'device' | 'area'; readonly id: string } {
  if ('point' in scope) return { kind: 'point', id: scope.point };
  if ('device' in scope) return { kind: 'device', id: scope.device };
  return { kind: 'area', id: scope.area };
}
