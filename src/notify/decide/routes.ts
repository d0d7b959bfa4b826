import type { Alert } from '../../model/alert.ts';
import { appliesAt } from '../../model/calendar.ts';
import type { RouteVerdict } from '../../model/notify/explanation.ts';
import type { Silence } from '../../model/notify/silence.ts';
import type { DecideRoute } from './setup.ts';

/** What of an alert routes and silences look at. */
export interface Subject {
  readonly alert: Pick<Alert, 'level' | 'family' | 'kind' | 'point' | 'rule'>;
  /** The area of its point and those above it. */
  readonly areas: readonly string[];
}

/**
 * The routes that take an alert at a time, the deepest of each branch. Routes beside one another are asked in order; the
 * first that takes it ends that, unless it goes on. `hear` is told of every route and why.
 */
export function askRoutes(
  routes: readonly DecideRoute[],
  subject: Subject,
  atMs: number,
  hear: (route: string, verdict: RouteVerdict) => void,
): DecideRoute[] {
  const taken: DecideRoute[] = [];
  let isTaken = false;
  for (const route of routes) {
    if (isTaken) {
      hear(route.id, 'not-asked');
      continue;
    }
    const refused = whyNot(route.match, subject, atMs);
    if (refused !== null) {
      hear(route.id, refused);
      continue;
    }
    const deeper = askRoutes(route.routes, subject, atMs, hear);
    hear(route.id, deeper.length > 0 ? 'deeper' : 'taken');
    taken.push(...(deeper.length > 0 ? deeper : [route]));
    isTaken = !route.goOn;
  }
  return taken;
}

function whyNot(match: DecideRoute['match'], { alert, areas }: Subject, atMs: number): RouteVerdict | null {
  if (match.areas !== null && !areas.some((area) => match.areas?.has(area))) return 'other-area';
  if (match.families !== null && !match.families.has(alert.family)) return 'other-family';
  if (match.levels !== null && !match.levels.has(alert.level)) return 'other-level';
  if (match.kinds !== null && !match.kinds.has(alert.kind)) return 'other-kind';
  return match.when === null || appliesAt(match.when, atMs) ? null : 'other-time';
}

/** Whether a silence takes an alert at a time. Red only when its levels name red. */
export function isSilencing({ match, fromMs, untilMs }: Silence, { alert, areas }: Subject, atMs: number): boolean {
  if (atMs < fromMs || atMs >= untilMs) return false;
  if (match.levels === undefined ? alert.level === 'red' : !match.levels.includes(alert.level)) return false;
  if (match.areas !== undefined && !areas.some((area) => match.areas?.includes(area))) return false;
  if (match.families !== undefined && !match.families.some((family) => family === alert.family)) return false;
  if (match.kinds !== undefined && !match.kinds.includes(alert.kind)) return false;
  if (match.points !== undefined && !match.points.includes(alert.point)) return false;
  return match.rules === undefined || match.rules.includes(alert.rule);
}
