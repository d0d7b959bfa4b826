import type { ChannelEntry } from './channel.ts';
import { hasAddress } from './channel-facts.ts';
import { dutiesBetween } from './duty.ts';
import { type Inherited, inherited } from './inherited.ts';
import type { Duty } from './rota.ts';
import type { NotifySetup, Route, Target } from './setup.ts';

/** A shift whose first person nothing reaches as things are. */
export interface UnreachableDuty {
  readonly duty: Duty;
  /** Null: the order names nobody for it. */
  readonly person: string | null;
  /** Channels he would be told by that are set up, on, and have an address of his, but do not deliver now. */
  readonly failing: readonly string[];
}

/** What of a setup says who on duty is told by what. */
type Told = Pick<NotifySetup, 'rotas' | 'calendar' | 'people' | 'channels' | 'routes' | 'ladders'>;

/**
 * The shifts of rotas that somebody is told by, of which some part lies between two times (the second not included), whose first
 * person cannot be told: nobody of that id is there, or of the channels by which routes and steps tell him, or else his own, none
 * is on, has an address of his, and delivers (`isFailing`). Hours without any shift are none of them: a rota of nights is meant so.
 */
export function unreachableDuties(
  setup: Told,
  isFailing: (channel: string) => boolean,
  fromMs: number,
  toMs: number,
): UnreachableDuty[] {
  const { rotas, calendar, people, channels } = setup;
  const persons = new Map(people.map((person) => [person.id, person]));
  const ways = new Map(channels.map((channel) => [channel.id, channel]));
  const told = waysOfRotas(setup);
  const isWay = (channel: ChannelEntry | undefined): channel is ChannelEntry => channel !== undefined && !channel.off;
  return rotas.flatMap((rota) => {
    const by = told.get(rota.id);
    if (by === undefined) return [];
    return dutiesBetween(rota, calendar, fromMs, toMs).flatMap((duty): UnreachableDuty[] => {
      const person = duty.primary === null ? undefined : persons.get(duty.primary);
      const usable = [...new Set([...by, ...(person?.by ?? [])])]
        .map((id) => ways.get(id))
        .filter(isWay)
        .filter((channel) => person !== undefined && hasAddress(person, channel))
        .map(({ id }) => id);
      const failing = usable.filter(isFailing);
      return usable.length > failing.length ? [] : [{ duty, person: duty.primary, failing }];
    });
  });
}

/** The channels that routes and steps name for whoever is on duty, by rota; none for a rota that nobody is told by. */
function waysOfRotas({ routes, ladders }: Pick<Told, 'routes' | 'ladders'>): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  const note = (to: readonly Target[], by: readonly string[] = []): void => {
    for (const target of to) if ('rota' in target) found.set(target.rota, [...(found.get(target.rota) ?? []), ...by]);
  };
  const walk = (own: readonly Route[], above: Inherited | null): void => {
    for (const one of own) {
      const route = inherited(one, above);
      note(route.to, route.by);
      walk(one.routes, route);
    }
  };
  walk(routes, null);
  for (const { steps } of ladders) for (const { to, by } of steps) note(to, by);
  return found;
}
