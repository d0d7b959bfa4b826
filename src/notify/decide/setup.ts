import { REPEAT_MIN_MS } from '../../model/bounds.ts';
import { type Calendar, compileCalendar } from '../../model/calendar.ts';
import { durationMs } from '../../model/duration.ts';
import type { ChannelEntry } from '../../model/notify/channel.ts';
import { type Inherited, inherited } from '../../model/notify/inherited.ts';
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

/** Takes any setup that its schema takes: what it names and does not have is found by `checkSetup`, and led to nobody here. */
export function compileSetup(setup: NotifySetup, revision: number): DecideSetup {
  const ladders = new Map(setup.ladders.map((ladder) => [ladder.id, ladder]));
  const routeById = new Map<string, DecideRoute>();

  function compile(own: Route, above: Inherited | null): DecideRoute {
    const route = inherited(own, above);
    const { match, group, repeat, quiet } = route;
    const compiled: DecideRoute = {
      id: route.id,
      match: {
        areas: setOf(match.areas),
        families: setOf(match.families),
        levels: setOf(match.levels),
        kinds: setOf(match.kinds),
        when: match.when === undefined ? null : compileCalendar(match.when, () => {}),
      },
      to: route.to,
      by: route.by,
      steps: stepsOf(route.ladder === undefined ? undefined : ladders.get(route.ladder)),
      group: group === undefined ? null : groupOf(group),
      repeatMs: repeat === undefined ? null : Math.max(durationMs(repeat), REPEAT_MIN_MS),
      quiet: quiet === undefined ? null : compileCalendar(quiet, () => {}),
      goOn: route.goOn,
      routes: own.routes.map((below) => compile(below, route)),
    };
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
