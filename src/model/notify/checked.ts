import { knownOf, type ProblemPath, type Report, type SetupPart } from '../problem.ts';
import type { ChannelEntry } from './channel.ts';
import { CHANNEL_FACTS, hasAddress } from './channel-facts.ts';
import type { Person } from './people.ts';
import type { Ladder, NotifySetup, Target } from './setup.ts';

/** What the check of a setup knows of the site: its areas, each with the one above it. */
export type AreasAbove = ReadonlyMap<string, string | null>;

/** A setup by ids, with where what is found is told. */
export interface Checked {
  readonly setup: NotifySetup;
  readonly areas: AreasAbove | null;
  readonly people: ReadonlyMap<string, Person>;
  readonly channels: ReadonlyMap<string, ChannelEntry>;
  readonly ladders: ReadonlyMap<string, Ladder>;
  readonly problem: Report;
  readonly warn: Report;
  /** Says what is wrong with whom targets name, and with the channels asked for. */
  targets(to: readonly Target[], by: readonly string[] | undefined, path: ProblemPath): void;
  /** Everybody whom targets may stand for at some time. */
  personsOf(to: readonly Target[]): readonly Person[];
  /** The channels by which targets may be told. */
  channelsOf(to: readonly Target[], by: readonly string[] | undefined): readonly ChannelEntry[];
}

/** A setup ready to be looked at. */
export function openSetup(setup: NotifySetup, areas: AreasAbove | null, problem: Report, warn: Report): Checked {
  const people = byId(setup.people);
  const teams = byId(setup.teams);
  const rotas = byId(setup.rotas);
  const channels = byId(setup.channels);

  // Thousands of people stand behind the same targets again and again: each is looked up once, and each list gathered once.
  const personsOfTarget = memo((key: string): readonly Person[] => {
    const target = JSON.parse(key) as Target;
    const ids = 'person' in target ? [target.person] : 'team' in target ? (teams.get(target.team)?.members ?? []) : [];
    const onDuty = 'rota' in target ? dutyOf(target.rota, target.slot) : [];
    return [...new Set([...ids, ...onDuty])].flatMap((id) => people.get(id) ?? []);
  });
  const personsOf = memo((to: readonly Target[]): readonly Person[] => [
    ...new Set(to.flatMap((target) => personsOfTarget(JSON.stringify(target)))),
  ]);

  function dutyOf(rota: string, slot: 'primary' | 'backup' | 'both'): string[] {
    const { order = [], swaps = [] } = rotas.get(rota) ?? {};
    return [...order, ...swaps].flatMap((turn) => [
      ...(slot === 'backup' ? [] : [turn.primary ?? []].flat()),
      ...(slot === 'primary' ? [] : [turn.backup ?? []].flat()),
    ]);
  }

  const channelsOfList = memo((to: readonly Target[]) =>
    memo((by: readonly string[] | undefined): readonly ChannelEntry[] => {
      const groups = to.flatMap((target) => ('channel' in target ? [target.channel] : []));
      const ways = personsOf(to).flatMap((person) => waysOf(person, by ?? person.by));
      return [...new Set([...groups, ...ways])].flatMap((id) => channels.get(id) ?? []);
    }),
  );
  const channelsOf = (to: readonly Target[], by: readonly string[] | undefined) => channelsOfList(to)(by);

  const reaches = (person: Person, id: string): boolean => {
    const channel = channels.get(id);
    return channel !== undefined && !channel.off && hasAddress(person, channel);
  };
  const waysOf = (person: Person, ids: readonly string[]) => ids.filter((id) => reaches(person, id));
  const isWay = (person: Person, ids: readonly string[]) => ids.some((id) => reaches(person, id));

  /** Whom of a target neither the channels asked for nor his own reach. */
  const unreachable = memo((key: string): readonly string[] => {
    const [target, by] = JSON.parse(key) as [Target, string[]];
    return personsOfTarget(JSON.stringify(target)).flatMap((person) =>
      isWay(person, by) || isWay(person, person.by) ? [] : [person.id],
    );
  });

  const named = (kind: SetupPart, all: ReadonlyMap<string, unknown>, id: string, path: ProblemPath): void => {
    if (!all.has(id)) problem(path, { code: 'not-in-setup', values: { kind, id, ...knownOf(all.keys()) } });
  };

  function checkTarget(target: Target, path: ProblemPath): void {
    if ('person' in target) named('person', people, target.person, [...path, 'person']);
    else if ('team' in target) {
      named('team', teams, target.team, [...path, 'team']);
      const isEmpty = teams.get(target.team)?.members.length === 0;
      if (isEmpty) warn([...path, 'team'], { code: 'team-empty', values: { team: target.team } });
    } else if ('rota' in target) named('rota', rotas, target.rota, [...path, 'rota']);
    else checkGroup(target.channel, [...path, 'channel']);
  }

  function checkGroup(id: string, path: ProblemPath): void {
    named('channel', channels, id, path);
    const channel = channels.get(id);
    if (channel === undefined) return;
    if (channel.off) warn(path, { code: 'channel-is-off', values: { channel: id } });
    if (!CHANNEL_FACTS[channel.kind].isGroup) problem(path, { code: 'channel-needs-person', values: { channel: id } });
  }

  function checkWay(id: string, persons: readonly Person[], path: ProblemPath): void {
    named('channel', channels, id, path);
    const channel = channels.get(id);
    if (channel === undefined) return;
    if (channel.off) warn(path, { code: 'channel-is-off', values: { channel: id } });
    if (persons.length === 0 || persons.some((person) => hasAddress(person, channel))) return;
    const values = { channel: id, addresses: CHANNEL_FACTS[channel.kind].addresses };
    problem(path, { code: 'nobody-has-address', values });
  }

  return {
    setup,
    areas,
    people,
    channels,
    ladders: byId(setup.ladders),
    problem,
    warn,
    personsOf,
    channelsOf,
    targets(to, by, path) {
      for (const [t, target] of to.entries()) checkTarget(target, [...path, 'to', t]);
      const persons = personsOf(to);
      for (const [b, id] of (by ?? []).entries()) checkWay(id, persons, [...path, 'by', b]);
      for (const [t, target] of to.entries()) {
        for (const person of unreachable(JSON.stringify([target, by ?? []]))) {
          warn([...path, 'to', t], { code: 'person-unreachable', values: { person } });
        }
      }
    },
  };
}

/** What a function gives, kept by what it was given. */
function memo<K, V>(of: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>();
  return (key) => {
    const value = known.get(key) ?? of(key);
    known.set(key, value);
    return value;
  };
}

function byId<T extends { readonly id: string }>(list: readonly T[]): ReadonlyMap<string, T> {
  return new Map(list.map((one) => [one.id, one]));
}

export function checkArea({ areas, problem }: Checked, area: string, path: ProblemPath): void {
  if (areas === null || areas.has(area)) return;
  problem(path, { code: 'unknown-area', values: { area, ...knownOf(areas.keys()) } });
}

/** An area and those above it. */
export function chainOf(area: string, areas: ReadonlyMap<string, string | null>): string[] {
  const chain: string[] = [];
  for (let at: string | null = area; at !== null && !chain.includes(at); at = areas.get(at) ?? null) chain.push(at);
  return chain;
}
