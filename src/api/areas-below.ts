import type { AreaRecord } from '../model/registry.ts';

/** The area and everything below it. An area that is gone still finds what is recorded under its own id. */
export function areasBelow(areas: readonly AreaRecord[], id: string): string[] {
  const found = new Set([id]);
  // Sets are walked in order of insertion, including what is inserted on the way, so each area found looks for its own.
  for (const parent of found) {
    for (const area of areas) if (area.parent === parent) found.add(area.id);
  }
  return [...found];
}
