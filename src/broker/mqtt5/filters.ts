import type { IncomingPacket } from './parser.ts';
import { FAILURE, REASON } from './reasons.ts';

/**
 * What a client of version 5 is to be told of its filters: the answers of 3.1.1 have no reasons, none to an UNSUBSCRIBE at
 * all, and know nothing of filters that want no retained messages.
 */
export interface Filters {
  /** Notes what a SUBSCRIBE asks for, and lets Aedes keep its identifier with each filter. False when it names nothing. */
  subscribe(packet: IncomingPacket): boolean;
  /** Notes what an UNSUBSCRIBE asks for. False when it names nothing. */
  unsubscribe(packet: IncomingPacket): boolean;
  /** Why a filter is not granted. */
  refuse(filter: string, reason: number): void;
  /** The codes of a SUBACK, and the filters that want none of what is retained. */
  subscribed(
    messageId: number,
    granted: readonly number[],
  ): { readonly codes: number[]; readonly quiet: readonly string[] };
  /** The codes of an UNSUBACK. */
  unsubscribed(messageId: number): number[];
  /** A filter is granted, now or from an earlier connection of the session, with or without an identifier. */
  granted(filter: string, identifier: number | undefined): void;
  /** The identifiers of the filters that a topic fits, each once. */
  identifiersOf(topic: string): readonly number[];
}

/** What a subscription wants of retained messages (3.8.3.1). */
const RETAINED_WHEN_NEW = 1;
const RETAINED_NEVER = 2;
const SHARED = '$share/';
const NO_IDENTIFIERS: readonly number[] = [];

export function createFilters(isSubscribed: (filter: string) => boolean): Filters {
  /** Of each SUBSCRIBE that is not answered, by its packet id, all its filters, and those that want no retained messages. */
  const subscribing = new Map<number, { readonly filters: readonly string[]; readonly quiet: readonly string[] }>();
  /** The codes of each UNSUBSCRIBE that is not answered. */
  const unsubscribing = new Map<number, readonly number[]>();
  const refused = new Map<string, number>();
  const identifiers = new Map<string, number>();

  return {
    subscribe({ messageId = 0, subscriptions = [], properties }) {
      const { subscriptionIdentifier } = properties ?? {};
      if (subscriptionIdentifier !== undefined) {
        for (const subscription of subscriptions) subscription.subscriptionIdentifier = subscriptionIdentifier;
      }
      const filters = subscriptions.map(({ topic }) => topic);
      for (const filter of filters) if (filter.startsWith(SHARED)) refused.set(filter, REASON.sharedNotSupported);
      const quiet = subscriptions.filter(
        ({ topic, rh }) => rh === RETAINED_NEVER || (rh === RETAINED_WHEN_NEW && isSubscribed(topic)),
      );
      if (filters.length > 0) subscribing.set(messageId, { filters, quiet: quiet.map(({ topic }) => topic) });
      return filters.length > 0;
    },

    unsubscribe({ messageId = 0, unsubscriptions = [] }) {
      const codeOf = (filter: string) => (isSubscribed(filter) ? REASON.success : REASON.noSubscription);
      if (unsubscriptions.length > 0) unsubscribing.set(messageId, unsubscriptions.map(codeOf));
      for (const filter of unsubscriptions) identifiers.delete(filter);
      return unsubscriptions.length > 0;
    },

    refuse(filter, reason) {
      if (!refused.has(filter)) refused.set(filter, reason);
    },

    // A SUBACK has a code for each filter, also for one that was named twice, which Aedes answers once.
    subscribed(messageId, granted) {
      const { filters, quiet } = subscribing.get(messageId) ?? { filters: [], quiet: [] };
      subscribing.delete(messageId);
      const known = new Map([...new Set(filters)].map((filter, i) => [filter, granted[i] ?? FAILURE]));
      const codes = filters.map((filter) => {
        const code = known.get(filter) ?? FAILURE;
        return code === FAILURE ? (refused.get(filter) ?? code) : code;
      });
      for (const filter of filters) refused.delete(filter);
      return { codes, quiet };
    },

    unsubscribed(messageId) {
      const codes = [...(unsubscribing.get(messageId) ?? [])];
      unsubscribing.delete(messageId);
      return codes;
    },

    granted(filter, identifier) {
      if (identifier === undefined) identifiers.delete(filter);
      else identifiers.set(filter, identifier);
    },

    identifiersOf(topic) {
      if (identifiers.size === 0) return NO_IDENTIFIERS;
      const fitting = [...identifiers].filter(([filter]) => fits(filter, topic));
      return [...new Set(fitting.map(([, identifier]) => identifier))];
    },
  };
}

/** Whether a filter takes a topic (4.7.1). */
export function fits(filter: string, topic: string): boolean {
  const wanted = filter.split('/');
  const levels = topic.split('/');
  if (topic.startsWith('$') && (wanted[0] === '#' || wanted[0] === '+')) return false;
  const isOpen = wanted.at(-1) === '#';
  const fixed = isOpen ? wanted.slice(0, -1) : wanted;
  if (isOpen ? levels.length < fixed.length : levels.length !== fixed.length) return false;
  return fixed.every((level, i) => level === '+' || level === levels[i]);
}
