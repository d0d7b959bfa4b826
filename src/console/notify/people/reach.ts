import type { ChannelEntry } from '../../../model/notify/channel.ts';
import { CHANNEL_FACTS, hasAddress } from '../../../model/notify/channel-facts.ts';
import type { Person } from '../../../model/notify/people.ts';

/** A channel as far as one person is concerned; `why`: why it does not reach him. */
export interface Way {
  readonly id: string;
  readonly why: 'gone' | 'off' | 'no-address' | null;
}

/** The channels of a person's own choice, in his order. */
export function ownWays(person: Person, channels: readonly ChannelEntry[]): Way[] {
  return person.by.map((id) => {
    const channel = channels.find((one) => one.id === id);
    if (channel === undefined) return { id, why: 'gone' };
    if (channel.off) return { id, why: 'off' };
    return { id, why: hasAddress(person, channel) ? null : 'no-address' };
  });
}

/** The channels that are on and have an address of his: by which he can be tested, and by which a route could tell him. */
export function waysTo(person: Person, channels: readonly ChannelEntry[]): ChannelEntry[] {
  return channels.filter(
    (channel) => !channel.off && CHANNEL_FACTS[channel.kind].addresses.length > 0 && hasAddress(person, channel),
  );
}

/**
 * Whether a person can be told: by his own choice; only where a route or a step names the channel; or by nothing at all.
 */
export function reachOf(person: Person, channels: readonly ChannelEntry[]): 'own' | 'by-route' | 'none' {
  if (ownWays(person, channels).some(({ why }) => why === null)) return 'own';
  return waysTo(person, channels).length > 0 ? 'by-route' : 'none';
}
