import { LEVELS, type Level } from '../level.ts';
import { knownOf } from '../problem.ts';
import { FAMILIES } from '../site.ts';
import { SYSTEM_POINT } from '../system-alerts.ts';
import { type Checked, chainOf } from './checked.ts';
import type { NotifySetup, Route } from './setup.ts';

interface Asked {
  readonly level: Level;
  readonly kind: 'levels' | 'system';
  readonly family: string;
  /** Null: areas are not known, and whatever a route says of them holds. */
  readonly areas: readonly string[] | null;
}

/**
 * Warns of alerts that no route is sure to take: for each level of the families, and of the server's own. A route that
 * takes them at some times of the day only is not sure. A setup without routes tells nobody, which is no mistake.
 */
export function checkCoverage({ setup, areas, warn }: Checked): void {
  if (setup.routes.length === 0) return;
  const chains: readonly (readonly string[] | null)[] =
    areas === null ? [null] : [...areas.keys()].map((area) => chainOf(area, areas));
  for (const level of LEVELS.toReversed()) {
    const missed = FAMILIES.map((family) => ({
      family,
      areas: chains.filter((chain) => !isTaken(setup.routes, { level, kind: 'levels', family, areas: chain })),
    })).filter((one) => one.areas.length > 0);
    if (missed.length === 0) continue;
    const missedAreas = new Set(missed.flatMap((one) => one.areas.flatMap((chain) => chain?.[0] ?? [])));
    const isEverywhere = missed.every((one) => one.areas.length === chains.length);
    const values = {
      level,
      kind: 'levels',
      families: missed.length === FAMILIES.length ? [] : missed.map(({ family }) => family),
      areas: knownOf(isEverywhere ? [] : missedAreas),
    };
    warn(['routes'], { code: 'not-routed', values });
  }
  for (const level of LEVELS.toReversed()) {
    if (isTaken(setup.routes, { level, kind: 'system', family: 'other', areas: [SYSTEM_POINT] })) continue;
    warn(['routes'], { code: 'not-routed', values: { level, kind: 'system', families: [], areas: knownOf([]) } });
  }
}

function isTaken(routes: NotifySetup['routes'], asked: Asked): boolean {
  return routes.some((route) => matches(route, asked));
}

function matches({ match }: Route, { level, kind, family, areas }: Asked): boolean {
  if (match.when !== undefined) return false;
  const has = (list: readonly string[] | undefined, one: string) => list === undefined || list.includes(one);
  if (!has(match.levels, level) || !has(match.kinds, kind) || !has(match.families, family)) return false;
  return match.areas === undefined || areas === null || areas.some((area) => match.areas?.includes(area));
}
