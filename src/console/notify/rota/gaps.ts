import { type Inherited, inherited } from '../../../model/notify/inherited.ts';
import type { NotifySetup, Route, Target } from '../../../model/notify/setup.ts';

/** A stretch of time in which somebody of a rota would be told, and nobody is on duty. */
export interface Gap {
  readonly fromMs: number;
  readonly toMs: number;
}

interface Shift {
  readonly rota: string;
  readonly from: number;
  readonly to: number;
}

/**
 * When within a period nobody can be told by a rota: of each list of targets that names it, none of its rotas has a shift, and
 * nobody else stands in the list. So a rota of nights has no gap by day when another stands beside it, and one that no route
 * names has none. Lists of routes for certain hours are left out; the server's own alert `duty-gap` looks at those too.
 */
export function gapsOf(
  setup: NotifySetup,
  rota: string,
  shifts: readonly Shift[],
  fromMs: number,
  toMs: number,
): Gap[] {
  const lists = listsOf(setup).filter((to) => to.some((target) => isRota(target, rota)) && !to.some(isSomebody));
  const gaps = lists.flatMap((to) => {
    const beside = to.flatMap((target) => ('rota' in target ? target.rota : []));
    return uncovered(
      shifts.filter((shift) => beside.includes(shift.rota)),
      fromMs,
      toMs,
    );
  });
  return joined(gaps);
}

const isRota = (target: Target, rota: string): boolean => 'rota' in target && target.rota === rota;
const isSomebody = (target: Target): boolean => 'person' in target || 'team' in target;

function listsOf({ routes, ladders }: NotifySetup): (readonly Target[])[] {
  const lists: (readonly Target[])[] = ladders.flatMap(({ steps }) => steps.map(({ to }) => to));
  const walk = (own: readonly Route[], above: Inherited | null): void => {
    for (const one of own) {
      if (one.match.when !== undefined) continue;
      const route = inherited(one, above);
      lists.push(route.to);
      walk(one.routes, route);
    }
  };
  walk(routes, null);
  return lists;
}

function uncovered(shifts: readonly Shift[], fromMs: number, toMs: number): Gap[] {
  const gaps: Gap[] = [];
  let coveredMs = fromMs;
  for (const { from, to } of [...shifts].sort((a, b) => a.from - b.from)) {
    if (from > coveredMs) gaps.push({ fromMs: coveredMs, toMs: Math.min(from, toMs) });
    coveredMs = Math.max(coveredMs, to);
  }
  if (coveredMs < toMs) gaps.push({ fromMs: coveredMs, toMs });
  return gaps.filter((gap) => gap.fromMs < gap.toMs);
}

function joined(gaps: readonly Gap[]): Gap[] {
  const result: Gap[] = [];
  for (const gap of [...gaps].sort((a, b) => a.fromMs - b.fromMs)) {
    const last = result.at(-1);
    if (last !== undefined && gap.fromMs <= last.toMs) {
      result[result.length - 1] = { fromMs: last.fromMs, toMs: Math.max(last.toMs, gap.toMs) };
    } else result.push(gap);
  }
  return result;
}
