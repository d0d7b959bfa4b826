import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { Name } from '../../model/names.ts';
import { SYSTEM_POINT } from '../../model/system-alerts.ts';
import { askedAll } from './asked.ts';
import type { Area, Point } from './types.ts';

/** Live values come over the WebSocket; the list is asked for again only for what changes rarely, such as `online`. */
const POINTS_EVERY_MS = 60_000;
const AREAS_EVERY_MS = 600_000;

const SYSTEM_NAME: Name = { zh: '系统', en: 'System' };

const NO_POINTS: readonly Point[] = [];
const NO_AREAS: readonly Area[] = [];

export function usePointsQuery() {
  return useQuery({
    ...askedAll('GET /points'),
    refetchInterval: POINTS_EVERY_MS,
    staleTime: POINTS_EVERY_MS / 2,
  });
}

export function usePoints(): readonly Point[] {
  return usePointsQuery().data ?? NO_POINTS;
}

export function usePointIndex(): ReadonlyMap<string, Point> {
  const points = usePoints();
  return useMemo(() => new Map(points.map((point) => [point.id, point])), [points]);
}

export function useAreasQuery() {
  return useQuery({
    ...askedAll('GET /areas'),
    staleTime: AREAS_EVERY_MS,
  });
}

export function useAreas(): readonly Area[] {
  return useAreasQuery().data ?? NO_AREAS;
}

export function useAreaIndex(): ReadonlyMap<string, Area> {
  const areas = useAreas();
  return useMemo(() => new Map(areas.map((area) => [area.id, area])), [areas]);
}

export interface Names {
  readonly point: (id: string) => Name;
  readonly area: (id: string) => Name;
  readonly metric: (point: string, metric: string) => Name;
}

/** Names for people; until the lists have come, and for what is in no list, the id itself. */
export function useNames(): Names {
  const points = usePointIndex();
  const areas = useAreaIndex();
  return useMemo(() => {
    const plain = (id: string): Name => (id === SYSTEM_POINT ? SYSTEM_NAME : { zh: id, en: id });
    return {
      point: (id) => points.get(id)?.name ?? plain(id),
      area: (id) => areas.get(id)?.name ?? plain(id),
      metric: (point, metric) => points.get(point)?.metrics?.[metric]?.name ?? plain(metric),
    };
  }, [points, areas]);
}
