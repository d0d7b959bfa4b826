import { type Calendar, compileCalendar } from '../../model/calendar.ts';
import { durationMs } from '../../model/duration.ts';
import type { ChannelEntry } from '../../model/notify/channel.ts';
import type { Person, Team } from '../../model/notify/people.ts';
import type { Duty, Rota, WorkCalendar } from '../../model/notify/rota.ts';
import type { Ladder, NotifySetup, Proof, Route, Target } from '../../model/notify/setup.ts';

/** Who is on duty at a time; null: nobody is. */
export type DutyAt = (rota: Rota, calendar: WorkCalendar, atMs: number) => Duty | null;

/** A revision of the setup, ready to be asked. Made once for each revision. */
export interface DecideSetup {
  readonly revision: number;
  readonly people: ReadonlyMap<string, Person>;
  readonly teams: ReadonlyMap<string, Team>;
  readonly rotas: ReadonlyMap<string, Rota>;
  readonly channels: ReadonlyMap<string, ChannelEntry>;
  readonly calendar: WorkCalendar;
  readonly routes: readonly DecideRoute[];
  readonly routeById: ReadonlyMap<string, DecideRoute>;
}

/** A route with what it takes over from those above it. */
export interface DecideRoute {
  readonly id: string;
  readonly match: {
    readonly areas: ReadonlySet<string> | null;
    readonly families: ReadonlySet<string> | null;
    readonly levels: ReadonlySet<string> | null;
    readonly kinds: ReadonlySet<string> | null;
    readonly when: Calendar | null;
  };
  readonly to: readonly Target[];
  readonly by: readonly string[] | undefined;
  readonly steps: readonly DecideStep[];
  readonly group: { readonly by: readonly ('area' | 'family' | 'point')[]; readonly waitMs: number } | null;
  readonly repeatMs: number | null;
  readonly quiet: Calendar | null;
  readonly goOn: boolean;
  readonly routes: readonly DecideRoute[];
}

export interface DecideStep {
  readonly afterMs: number;
  readonly unless: Proof;
  readonly to: readonly Target[];
  readonly by: readonly string[] | undefined;
}

/** More often than this nobody is told again of the same alert, whatever a setup says that was never checked. */
const REPEAT_MIN_MS = 60_000;

/** Takes any setup that its schema takes: what it names and does not have is found by `checkSetup`, and led to nobody here. */
export function compileSetup(setup: NotifySetup, revision: number): DecideSetup {
  const ladders = new Map(setup.ladders.map((ladder) => [ladder.id, ladder]));
  const routeById = new Map<string, DecideRoute>();

  function compile(route: Route, above: DecideRoute | null): DecideRoute {
    const ladder = route.ladder === undefined ? undefined : ladders.get(route.ladder);
    const own: Omit<DecideRoute, 'routes'> = {
      id: route.id,
      match: {
        areas: setOf(route.match.areas),
        families: setOf(route.match.families),
        levels: setOf(route.match.levels),
        kinds: setOf(route.match.kinds),
        when: route.match.when === undefined ? null : compileCalendar(route.match.when, () => {}),
      },
      to: route.to.length > 0 ? route.to : (above?.to ?? []),
      by: route.by ?? above?.by,
      steps: route.ladder === undefined ? (above?.steps ?? []) : stepsOf(ladder),
      group: route.group === undefined ? (above?.group ?? null) : groupOf(route.group),
      repeatMs:
        route.repeat === undefined ? (above?.repeatMs ?? null) : Math.max(durationMs(route.repeat), REPEAT_MIN_MS),
      quiet: route.quiet === undefined ? (above?.quiet ?? null) : compileCalendar(route.quiet, () => {}),
      goOn: route.goOn,
    };
    const inherited: DecideRoute = { ...own, routes: [] };
    const compiled: DecideRoute = { ...own, routes: route.routes.map((below) => compile(below, inherited)) };
    routeById.set(route.id, compiled);
    return compiled;
  }

  return {
    revision,
    people: byId(setup.people),
    teams: byId(setup.teams),
    rotas: byId(setup.rotas),
    channels: byId(setup.channels),
    calendar: setup.calendar,
    routes: setup.routes.map((route) => compile(route, null)),
    routeById,
  };
}

const byId = <T extends { readonly id: string }>(list: readonly T[]): ReadonlyMap<string, T> =>
  new Map(list.map((one) => [one.id, one]));

const setOf = (list: readonly string[] | undefined): ReadonlySet<string> | null =>
  list === undefined ? null : new Set(list);

function groupOf({ by, wait }: NonNullable<Route['group']>): DecideRoute['group'] {
  const waitMs = durationMs(wait);
  return waitMs === 0 ? null : { by, waitMs };
}

function stepsOf(ladder: Ladder | undefined): DecideStep[] {
  return (ladder?.steps ?? []).map(({ after, unless, to, by }) => ({ afterMs: durationMs(after), unless, to, by }));
}
