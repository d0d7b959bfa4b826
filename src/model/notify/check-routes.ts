import { REPEAT_MIN_MS } from '../bounds.ts';
import { type CalendarText, compileCalendar } from '../calendar.ts';
import { durationMs, formatDuration } from '../duration.ts';
import { LEVELS, type Level } from '../level.ts';
import { knownOf, type ProblemPath } from '../problem.ts';
import { SYSTEM_POINT } from '../system-alerts.ts';
import { CHANNEL_FACTS } from './channel-facts.ts';
import { type Checked, chainOf, checkArea } from './checked.ts';
import { type Inherited, inherited } from './inherited.ts';
import type { Ladder, Proof, Route, RouteMatch, Target } from './setup.ts';

/** What routes and the ladders that hang on them can have wrong. */
export function checkRoutes(checked: Checked): void {
  checkSiblings(checked, checked.setup.routes, ['routes'], null, []);
}

/** `above`: what is taken over; `matches`: the conditions of all routes above, outermost first. */
function checkSiblings(
  checked: Checked,
  routes: readonly Route[],
  path: ProblemPath,
  above: (Route & Inherited) | null,
  matches: readonly RouteMatch[],
): void {
  for (const [at, own] of routes.entries()) {
    const here = [...path, at];
    const route = inherited(own, above);
    checkMatch(checked, own, here);
    checked.targets(own.to, own.by, here);
    checkTiming(checked, own, here);
    const narrowed = [...matches, own.match];
    const levels = leftBy(routes.slice(0, at), own, levelsOf(narrowed));
    if (isEmpty(narrowed, checked.areas)) {
      checked.warn([...here, 'match'], { code: 'route-takes-nothing', values: { above: above?.id ?? '' } });
    } else if (own.routes.length === 0 || !own.routes.some((below) => covers(below.match, {}))) {
      checkTelling(checked, route, levels, here);
    }
    const former = routes.slice(0, at).find((one) => !one.goOn && covers(one.match, own.match));
    if (former !== undefined) checked.warn(here, { code: 'route-never-asked', values: { by: former.id } });
    checkSiblings(checked, own.routes, [...here, 'routes'], route, narrowed);
  }
}

function checkMatch(checked: Checked, { match, ladder }: Route, path: ProblemPath): void {
  for (const [a, area] of (match.areas ?? []).entries()) {
    if (area !== SYSTEM_POINT) checkArea(checked, area, [...path, 'match', 'areas', a]);
  }
  if (ladder !== undefined && !checked.ladders.has(ladder)) {
    const values = { kind: 'ladder', id: ladder, ...knownOf(checked.ladders.keys()) } as const;
    checked.problem([...path, 'ladder'], { code: 'not-in-setup', values });
  }
}

function checkTiming({ problem }: Checked, { match, quiet, repeat }: Route, path: ProblemPath): void {
  const look = (calendar: CalendarText | undefined, at: ProblemPath) => {
    if (calendar !== undefined) compileCalendar(calendar, (field, found) => problem([...at, field], found));
  };
  look(match.when, [...path, 'match', 'when']);
  look(quiet, [...path, 'quiet']);
  if (repeat !== undefined && durationMs(repeat) < REPEAT_MIN_MS) {
    problem([...path, 'repeat'], { code: 'repeat-too-often', values: { least: formatDuration(REPEAT_MIN_MS) } });
  }
}

/** Whom a route tells, with what it takes over: that there is somebody, and that for red it is proven that it came. */
function checkTelling(checked: Checked, route: Route & Inherited, levels: readonly Level[], path: ProblemPath): void {
  const ladder = route.ladder === undefined ? undefined : checked.ladders.get(route.ladder);
  if (route.to.length === 0 && route.ladder === undefined) {
    checked.warn(path, { code: 'route-tells-nobody', values: {} });
    return;
  }
  const grave = levels.filter((level) => level === 'orange' || level === 'red');
  if (ladder !== undefined) checkLadder(checked, route, ladder, grave, path);
  else if (route.ladder === undefined && grave.length > 0 && !isProvable(checked, route.to, route.by)) {
    checked.warn(path, { code: 'red-without-proof', values: { levels: grave } });
  }
}

function checkLadder(
  checked: Checked,
  route: Route & Inherited,
  ladder: Ladder,
  grave: readonly Level[],
  path: ProblemPath,
): void {
  const last = ladder.steps.at(-1);
  const isKnown = last?.to.every((target) => isThere(checked, target)) ?? false;
  if (grave.length > 0 && last !== undefined && isKnown && !isProvable(checked, last.to, last.by)) {
    const values = { ladder: ladder.id, levels: grave };
    checked.problem([...path, 'ladder'], { code: 'ladder-ends-unproven', values });
  }
  const at = checked.setup.ladders.indexOf(ladder);
  let before: readonly Pick<Route, 'to' | 'by'>[] = [route];
  for (const [s, step] of ladder.steps.entries()) {
    // A step that comes at once waits for nothing.
    const canCome = durationMs(step.after) === 0 || before.some(({ to, by }) => gives(checked, to, by, step.unless));
    if (!canCome && before.some(({ to }) => to.length > 0)) {
      const values = { proof: step.unless };
      checked.warn(['ladders', at, 'steps', s, 'unless'], { code: 'proof-never-comes', values });
    }
    before = [...before, step];
  }
}

/** Whether a target is one that the setup has: what is unknown is said elsewhere, and nothing follows from it. */
function isThere(checked: Checked, target: Target): boolean {
  return 'channel' in target ? checked.channels.has(target.channel) : checked.personsOf([target]).length > 0;
}

/** Whether it can be proven of any of these that it came: by a receipt, or by a console that showed it. */
function isProvable(checked: Checked, to: readonly Target[], by: readonly string[] | undefined): boolean {
  return gives(checked, to, by, 'delivered') || gives(checked, to, by, 'seen');
}

function gives(checked: Checked, to: readonly Target[], by: readonly string[] | undefined, proof: Proof): boolean {
  // Everybody can answer: on a console, by a link, by a reply; and every gateway says that it took something.
  if (proof === 'answered' || proof === 'accepted') return true;
  if (checked.personsOf(to).some(({ account }) => account !== undefined)) return true;
  const receipts = checked.channelsOf(to, by).some(({ kind }) => CHANNEL_FACTS[kind].proof !== 'accepted');
  return proof === 'delivered' && receipts;
}

/** The levels of a route that no route before it takes away from it. */
function leftBy(before: readonly Route[], { match }: Route, levels: readonly Level[]): Level[] {
  const taken = before.flatMap((one) => {
    const { levels: its, ...rest } = one.match;
    return !one.goOn && covers(rest, match) ? (its ?? LEVELS) : [];
  });
  return levels.filter((level) => !taken.includes(level));
}

const LISTS = ['areas', 'families', 'levels', 'kinds'] as const;

/** Whether a route with these conditions takes all that one with those takes. */
function covers(match: RouteMatch, other: RouteMatch): boolean {
  if (match.when !== undefined) return false;
  return LISTS.every((key) => {
    const [wide, narrow]: [readonly string[] | undefined, readonly string[] | undefined] = [match[key], other[key]];
    return wide === undefined || (narrow?.every((one) => wide.includes(one)) ?? false);
  });
}

function levelsOf(matches: readonly RouteMatch[]): Level[] {
  return LEVELS.filter((level) => matches.every(({ levels }) => levels === undefined || levels.includes(level)));
}

/** Whether conditions that must all hold never do. Areas within one another do not exclude each other. */
function isEmpty(matches: readonly RouteMatch[], areas: Checked['areas']): boolean {
  const isDisjoint = (key: 'families' | 'levels' | 'kinds') => {
    const lists: (readonly string[])[] = matches.flatMap((match) => (match[key] === undefined ? [] : [match[key]]));
    const [first, ...rest] = lists;
    return first !== undefined && !first.some((one) => rest.every((list) => list.includes(one)));
  };
  return (['families', 'levels', 'kinds'] as const).some(isDisjoint) || areAreasDisjoint(matches, areas);
}

function areAreasDisjoint(matches: readonly RouteMatch[], areas: Checked['areas']): boolean {
  const lists = matches.flatMap((match) => (match.areas === undefined ? [] : [match.areas]));
  const all = [...(areas?.keys() ?? [])];
  if (areas === null || lists.length < 2 || !lists.flat().every((area) => areas.has(area))) return false;
  return !all.some((area) => lists.every((list) => chainOf(area, areas).some((above) => list.includes(above))));
}
