import { boundariesOf, type Calendar } from '../../model/calendar.ts';
import { LEVELS } from '../../model/level.ts';
import { type AreasAbove, chainOf } from '../../model/notify/checked.ts';
import { type Uncovered, uncoveredBetween } from '../../model/notify/duty.ts';
import type { DutyGap } from '../../model/notify/rota.ts';
import type { NotifySetup, Target } from '../../model/notify/setup.ts';
import { FAMILIES } from '../../model/site.ts';
import { SYSTEM_POINT } from '../../model/system-alerts.ts';
import { askRoutes, type Subject } from './routes.ts';
import { compileSetup, type DecideRoute, type DecideSetup } from './setup.ts';

/**
 * The gaps between two times (the second not included), by their beginning. A gap is not every hour without a shift, for a rota
 * of nights is meant so: it is one in which a route that takes alerts then, or a step of its ladder, asks rotas, none
 * of which has a shift, and names nobody else. A group does not count, for nobody in it must answer.
 */
export function gapsOf(setup: NotifySetup, areas: AreasAbove, fromMs: number, toMs: number): DutyGap[] {
  const uncovered = new Map<string, readonly Uncovered[]>();
  for (const rota of setup.rotas) {
    const stretches = uncoveredBetween(rota, setup.calendar, fromMs, toMs);
    if (stretches.length > 0) uncovered.set(rota.id, stretches);
  }
  if (uncovered.size === 0) return [];
  const compiled = compileSetup(setup, 0);
  const routes = [...compiled.routeById.values()];
  const subjects = subjectsOf(routes, areas);
  const times = timesBetween(routes, [...uncovered.values()].flat(), fromMs, toMs);
  const isUncovered = (rota: string, atMs: number) =>
    uncovered.get(rota)?.some((stretch) => stretch.fromMs <= atMs && atMs < stretch.toMs) ?? false;

  const gaps: DutyGap[] = [];
  let open = new Map<string, DutyGap>();
  for (const [at, atMs] of times.entries()) {
    const next = new Map<string, DutyGap>();
    for (const rotas of askedInVain(compiled, subjects, (rota) => isUncovered(rota, atMs), atMs)) {
      const key = rotas.join('\n');
      next.set(key, { rotas, fromMs: open.get(key)?.fromMs ?? atMs, toMs: times[at + 1] ?? toMs });
    }
    for (const [key, gap] of open) if (!next.has(key)) gaps.push(gap);
    open = next;
  }
  return [...gaps, ...open.values()].sort((a, b) => a.fromMs - b.fromMs);
}

/** The rotas that some alert of the time would ask together and get nobody of; the same ones may come several times. */
function askedInVain(
  setup: DecideSetup,
  subjects: readonly Subject[],
  isUncovered: (rota: string) => boolean,
  atMs: number,
): string[][] {
  const taking = new Set(subjects.flatMap((subject) => askRoutes(setup.routes, subject, atMs, () => {})));
  return [...taking]
    .flatMap((route) => [route.to, ...route.steps.map(({ to }) => to)])
    .filter((to) => !to.some((target) => isSomebody(setup, target)))
    .map((to) => [...new Set(to.flatMap((target) => ('rota' in target ? target.rota : [])))])
    .filter((rotas) => rotas.length > 0 && rotas.every(isUncovered));
}

/** Whether a target is people at any time. */
function isSomebody({ people, teams }: DecideSetup, target: Target): boolean {
  if ('person' in target) return people.has(target.person);
  return 'team' in target && (teams.get(target.team)?.members ?? []).some((member) => people.has(member));
}

/** The times between two at which something about who is asked can change, the first among them. */
function timesBetween(
  routes: readonly DecideRoute[],
  uncovered: readonly Uncovered[],
  fromMs: number,
  toMs: number,
): number[] {
  const times = new Set([fromMs, ...uncovered.flatMap((stretch) => [stretch.fromMs, stretch.toMs])]);
  const calendars = routes.flatMap(({ match }): Calendar[] => (match.when === null ? [] : [match.when]));
  for (const atMs of boundariesOf(calendars, fromMs)) {
    if (atMs >= toMs) break;
    times.add(atMs);
  }
  return [...times].filter((atMs) => atMs < toMs).sort((a, b) => a - b);
}

/** Alerts that stand for all that routes tell apart: what no route names is one to them. */
function subjectsOf(routes: readonly DecideRoute[], areas: AreasAbove): Subject[] {
  const told = <T extends string>(key: 'families' | 'levels' | 'kinds', all: readonly T[]): T[] => {
    const isNamed = (one: T) => routes.some(({ match }) => match[key]?.has(one));
    const other = all.find((one) => !isNamed(one));
    return [...all.filter(isNamed), ...(other === undefined ? [] : [other])];
  };
  const chains = new Map<string, string[]>();
  for (const area of areas.keys()) {
    const chain = chainOf(area, areas).filter((one) => routes.some(({ match }) => match.areas?.has(one)));
    chains.set(chain.join('\n'), chain);
  }
  const ofSite = told('kinds', KINDS).flatMap((kind) =>
    told('families', FAMILIES).flatMap((family) =>
      [...chains.values()].map((chain) => ({ kind, family, areas: chain })),
    ),
  );
  const ofServer = { kind: 'system', family: 'other', areas: [SYSTEM_POINT] } as const;
  return told('levels', LEVELS).flatMap((level) =>
    [...ofSite, ofServer].map(({ kind, family, areas: chain }) => ({
      alert: { level, kind, family, point: '', rule: '' },
      areas: chain,
    })),
  );
}

/** What alerts of points are; those of the server itself are of none. */
const KINDS = ['levels', 'noData', 'stuck', 'range', 'vote'] as const;
