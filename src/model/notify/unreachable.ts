import type { ChannelEntry } from './channel.ts';
import { hasAddress } from './channel-facts.ts';
import { dutiesBetween } from './duty.ts';
import type { Duty } from './rota.ts';
import type { NotifySetup } from './setup.ts';

/** A shift whose first person no channel of his own reaches as things are. */
export interface UnreachableDuty {
  readonly duty: Duty;
  /** Null: the order names nobody for it. */
  readonly person: string | null;
  /** Channels of his that are set up, on, and have an address of his, but do not deliver now. */
  readonly failing: readonly string[];
}

/**
 * The shifts of all rotas, of which some part lies between two times (the second not included), whose first person cannot be told:
 * nobody of that id is there, he has no channel that is on and an address for it, or all that he has fail (`isFailing`). Hours
 * without any shift are none of them: a rota of nights is meant so.
 */
export function unreachableDuties(
  { rotas, calendar, people, channels }: Pick<NotifySetup, 'rotas' | 'calendar' | 'people' | 'channels'>,
  isFailing: (channel: string) => boolean,
  fromMs: number,
  toMs: number,
): UnreachableDuty[] {
  const persons = new Map(people.map((person) => [person.id, person]));
  const ways = new Map(channels.map((channel) => [channel.id, channel]));
  const isWay = (channel: ChannelEntry | undefined): channel is ChannelEntry => channel !== undefined && !channel.off;
  return rotas.flatMap((rota) =>
    dutiesBetween(rota, calendar, fromMs, toMs).flatMap((duty): UnreachableDuty[] => {
      const person = duty.primary === null ? undefined : persons.get(duty.primary);
      const usable = (person?.by ?? [])
        .map((id) => ways.get(id))
        .filter(isWay)
        .filter((channel) => person !== undefined && hasAddress(person, channel))
        .map(({ id }) => id);
      const failing = usable.filter(isFailing);
      return usable.length > failing.length ? [] : [{ duty, person: duty.primary, failing }];
    }),
  );
}
