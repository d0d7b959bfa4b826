import type { ChannelEntry, ChannelKind } from '../../model/notify/channel.ts';
import type { Recipient } from '../../model/notify/delivery.ts';
import type { Person } from '../../model/notify/people.ts';
import type { NotifySetup } from '../../model/notify/setup.ts';
import type { Budget, ChannelType } from '../channel.ts';
import type { Language } from './words.ts';

/** The channels and people of a setup, ready to be used. */

/** Types by kind; each with settings of its own, which it alone can read. */
export type ChannelTypes = Readonly<Partial<Record<ChannelKind, ChannelType<unknown>>>>;

export interface UsableChannel {
  readonly id: string;
  readonly entry: ChannelEntry;
  readonly type: ChannelType<unknown>;
  readonly settings: unknown;
  readonly budget: Budget;
}

/** A channel that cannot be used as it is set up, and why. */
export interface UselessChannel {
  readonly id: string;
  readonly problem: string;
  /** Somebody has switched it off. */
  readonly isOff: boolean;
}

export interface LiveChannels {
  get(id: string): UsableChannel | UselessChannel | undefined;
  all(): Iterable<UsableChannel | UselessChannel>;
  person(id: string): Person | undefined;
  /** Persons with this account. */
  withAccount(account: string): readonly Person[];
  withPhone(phone: string): readonly Person[];
  addressOf(channel: UsableChannel, person: string): string;
  languageOf(to: Recipient): Language;
}

/** Numbers are written with blanks, dashes and the country's code, and are the same number. */
const digitsOf = (phone: string): string => phone.replaceAll(/\D/g, '').replace(/^(?:00)?86(?=1\d{10}$)/, '');

/** `setup`: with the secrets of its channels among their settings. */
export function readChannels(setup: NotifySetup, types: ChannelTypes): LiveChannels {
  const channels = new Map(setup.channels.map((entry) => [entry.id, readChannel(entry, types)]));
  const people = new Map(setup.people.map((person) => [person.id, person]));
  return {
    get: (id) => channels.get(id),
    all: () => channels.values(),
    person: (id) => people.get(id),
    withAccount: (account) => setup.people.filter((person) => person.account === account),
    withPhone: (phone) =>
      setup.people.filter((person) => person.phone !== undefined && digitsOf(person.phone) === digitsOf(phone)),
    addressOf({ type }, id) {
      const person = people.get(id);
      const address = type.reaches === 'email' ? person?.email : type.reaches === 'phone' ? person?.phone : undefined;
      return address ?? id;
    },
    // A group reads what the site speaks.
    languageOf: (to) => ('group' in to ? 'zh' : (people.get(to.person)?.language ?? 'zh')),
  };
}

/** Whether two channels are the same to their gateway, secrets included. */
export function isSetUpAlike(a: UsableChannel, b: UsableChannel): boolean {
  return a.entry.kind === b.entry.kind && JSON.stringify(a.settings) === JSON.stringify(b.settings);
}

function readChannel(entry: ChannelEntry, types: ChannelTypes): UsableChannel | UselessChannel {
  const { id, kind } = entry;
  const type = types[kind];
  if (type === undefined) return { id, problem: `no channel of the kind ${kind}`, isOff: false };
  if (entry.off) return { id, problem: 'the channel is switched off', isOff: true };
  const read = type.settings.safeParse(entry.settings);
  if (!read.success) {
    const where = read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
    return { id, problem: `its settings are not complete (${where})`, isOff: false };
  }
  return { id, entry, type, settings: read.data, budget: type.budget(read.data) };
}
