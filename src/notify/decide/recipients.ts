import { CHANNEL_FACTS, hasAddress } from '../../model/notify/channel-facts.ts';
import type { Stage } from '../../model/notify/explanation.ts';
import type { Target } from '../../model/notify/setup.ts';
import type { DecideSetup, DutyAt } from './setup.ts';

/** Somebody by one way. */
export interface Recipient {
  readonly channel: string;
  /** Null: the group behind the channel. */
  readonly person: string | null;
}

type DistributedOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
/** A stage of the resolving of targets, without what it is of. */
export type TargetStage = DistributedOmit<
  Extract<Stage, { code: 'target' | 'passed-over' | 'instead' | 'unreachable' }>,
  'atMs' | 'alert' | 'route' | 'step'
>;

/**
 * Whom targets stand for at a time, each by his ways, none twice. Persons are told by the channels that are asked for, all at
 * once; when none of them reaches one, by the first of his own that does; when none is asked for, by all of his own.
 */
export function recipientsOf(
  { setup, dutyAt }: { readonly setup: DecideSetup; readonly dutyAt: DutyAt },
  targets: readonly Target[],
  by: readonly string[] | undefined,
  atMs: number,
  hear: (stage: TargetStage) => void,
): Recipient[] {
  const found = new Map<string, Recipient>();
  const add = (channel: string, person: string | null) => found.set(`${channel}\n${person ?? ''}`, { channel, person });

  function personsOf(target: Exclude<Target, { channel: string }>): string[] {
    const [persons, why] = meant(target);
    const known = persons.filter((person) => setup.people.has(person));
    hear({ code: 'target', target, persons: known, why: known.length > 0 ? null : (why ?? 'unknown') });
    return known;
  }

  function meant(
    target: Exclude<Target, { channel: string }>,
  ): [string[], Extract<TargetStage, { code: 'target' }>['why']] {
    if ('person' in target) return [[target.person], 'unknown'];
    if ('team' in target) {
      const team = setup.teams.get(target.team);
      return [team?.members ?? [], team === undefined ? 'unknown' : 'empty-team'];
    }
    const rota = setup.rotas.get(target.rota);
    const duty = rota === undefined ? null : dutyAt(rota, setup.calendar, atMs);
    const slots = target.slot === 'both' ? (['primary', 'backup'] as const) : [target.slot];
    const persons = slots.flatMap((slot) => duty?.[slot] ?? []);
    return [persons, rota === undefined ? 'unknown' : 'nobody-on-duty'];
  }

  /** Null: the channel reaches him. */
  function whyNot(person: string, channel: string): 'no-address' | 'channel-off' | 'unknown-channel' | null {
    const [entry, known] = [setup.channels.get(channel), setup.people.get(person)];
    if (entry === undefined || known === undefined) return 'unknown-channel';
    if (entry.off) return 'channel-off';
    return hasAddress(known, entry) ? null : 'no-address';
  }

  function waysOf(person: string, channels: readonly string[]): string[] {
    return channels.filter((channel) => {
      const why = whyNot(person, channel);
      if (why !== null) hear({ code: 'passed-over', person, channel, why });
      return why === null;
    });
  }

  function addPerson(person: string): void {
    const own = setup.people.get(person)?.by ?? [];
    const ways = waysOf(person, by ?? own);
    for (const channel of ways) add(channel, person);
    if (ways.length > 0) return;
    const instead =
      by === undefined
        ? undefined
        : waysOf(
            person,
            own.filter((channel) => !by.includes(channel)),
          )[0];
    if (instead === undefined) {
      hear({ code: 'unreachable', person });
      return;
    }
    hear({ code: 'instead', person, channel: instead });
    add(instead, person);
  }

  for (const target of targets) {
    if (!('channel' in target)) {
      for (const person of personsOf(target)) addPerson(person);
      continue;
    }
    const channel = setup.channels.get(target.channel);
    const isTold = channel !== undefined && !channel.off && CHANNEL_FACTS[channel.kind].isGroup;
    const why = isTold ? null : channel?.off === true ? 'channel-off' : 'unknown';
    hear({ code: 'target', target, persons: [], why });
    if (isTold) add(target.channel, null);
  }
  return [...found.values()];
}
