import type { ChannelEntry } from './channel.ts';
import { hasAddress } from './channel-facts.ts';
import { dutyAt } from './duty.ts';
import type { Person } from './people.ts';
import type { NotifySetup } from './setup.ts';
import type { ToldMessage } from './told.ts';

/**
 * A rehearsal (查岗): everyone on duty is reached on each of his channels, and who answers is counted. It is about no alert, and
 * acknowledges none.
 */

/** Somebody who is to answer, and the ids of the channels by which he is asked; none: nothing reaches him. */
export interface Rehearsed {
  readonly person: string;
  readonly channels: readonly string[];
}

/** A rehearsal as it stands: a message to each person by each of his channels, and one without a channel to who has none. */
export interface Rehearsal {
  readonly id: string;
  readonly messages: readonly ToldMessage[];
}

/** Whom a rehearsal is of. */
export interface RehearsalWish {
  /** Of this rota alone; null: of all. */
  readonly rota: string | null;
  /** Ids of persons, whoever is on duty; null: first and second of who is on duty. */
  readonly people: readonly string[] | null;
}

/** What there is not of what a rehearsal was wished of. */
export type RehearsalProblem =
  | { readonly error: 'unknown-rota' | 'unknown-person'; readonly id: string }
  | { readonly error: 'nobody-on-duty' };

/** Whom a rehearsal reaches at a time, ms since 1970, by which channels. */
export function rehearsedBy(setup: NotifySetup, wish: RehearsalWish, atMs: number): Rehearsed[] | RehearsalProblem {
  const { rota: wanted, people } = wish;
  const rotas = setup.rotas.filter(({ id }) => wanted === null || id === wanted);
  if (wanted !== null && rotas.length === 0) return { error: 'unknown-rota', id: wanted };
  const persons = new Map(setup.people.map((person) => [person.id, person]));
  const unknown = people?.find((id) => !persons.has(id));
  if (unknown !== undefined) return { error: 'unknown-person', id: unknown };
  const onDuty = rotas.flatMap((rota) => {
    const duty = dutyAt(rota, setup.calendar, atMs);
    return [duty?.primary ?? [], duty?.backup ?? []].flat();
  });
  const ids = [...new Set(people ?? onDuty)];
  if (ids.length === 0) return { error: 'nobody-on-duty' };
  const channels = new Map(setup.channels.map((channel) => [channel.id, channel]));
  return ids.map((id) => {
    const person = persons.get(id);
    const isWay = (channel: ChannelEntry | undefined) =>
      person !== undefined && channel !== undefined && isAsked(person, channel);
    const ways = person?.by.filter((channel) => isWay(channels.get(channel))) ?? [];
    return { person: id, channels: [...new Set(ways)] };
  });
}

/**
 * A siren asks nobody, and is not to sound for this. A text that a platform has approved for alerts, with nothing in its variables,
 * would be one that is none.
 */
function canAsk({ kind, settings }: Pick<ChannelEntry, 'kind' | 'settings'>): boolean {
  if (kind === 'mqtt') return false;
  const { templates } = settings;
  return typeof templates !== 'object' || templates === null || Object.hasOwn(templates, 'rehearsal');
}

/** Whether a rehearsal asks a person by a channel. */
export function isAsked(person: Person, channel: ChannelEntry): boolean {
  return !channel.off && canAsk(channel) && hasAddress(person, channel);
}
