import { useMemo } from 'react';
import { useAreas } from '../api/queries.ts';
import type { Area } from '../api/types.ts';

export function areasWithin(areas: readonly Area[], root: string): ReadonlySet<string> {
  const found = new Set([root]);
  // A Set is walked in order of insertion, with what is added on the way, so every area found looks for its own.
  for (const parent of found) for (const area of areas) if (area.parent === parent) found.add(area.id);
  return found;
}

/** The ids of an area and all below it; null for no choice. */
export function useAreasWithin(root: string | null): ReadonlySet<string> | null {
  const areas = useAreas();
  return useMemo(() => (root === null ? null : areasWithin(areas, root)), [areas, root]);
}
