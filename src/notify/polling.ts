import type { Clock } from '../lib/clock.ts';
import { HOUR_MS, MINUTE_MS } from '../model/time.ts';
import type { Pending } from './channel.ts';
import type { UsableChannel } from './outbox/live-channels.ts';
import type { Outbox } from './outbox/outbox.ts';
import type { Sender } from './sender.ts';

/**
 * Asks gateways what became of what they took, where no callback can come in: often while the message is fresh, for then a
 * ladder waits for it, and seldom later, for gateways bound how often they are asked.
 */
const LOOK_MS = 5_000;
const FRESH_MS = 3 * MINUTE_MS;
const SELDOM_MS = MINUTE_MS;
/** A phone that was off all night has its receipt in the morning; then it is given up. */
export const PENDING_MS = 24 * HOUR_MS;

export function createPolling({
  clock,
  outbox,
  sender,
}: {
  readonly clock: Clock;
  readonly outbox: Pick<Outbox, 'all' | 'pending' | 'proof'>;
  readonly sender: Pick<Sender, 'polls' | 'poll'>;
}): { stop(): void } {
  const askedAtMs = new Map<string, number>();
  const asking = new Set<string>();

  async function ask(channel: UsableChannel, pending: readonly Pending[]): Promise<void> {
    asking.add(channel.id);
    askedAtMs.set(channel.id, clock.steadyMs());
    try {
      for (const proof of await sender.poll(channel, pending)) outbox.proof(channel.id, proof);
    } finally {
      asking.delete(channel.id);
    }
  }

  function look(): void {
    const nowMs = clock.nowMs();
    for (const channel of outbox.all()) {
      if ('problem' in channel || asking.has(channel.id) || !sender.polls(channel)) continue;
      const pending = outbox.pending(channel.id, nowMs - PENDING_MS);
      const isFresh = pending.some(({ acceptedAtMs }) => nowMs - acceptedAtMs < FRESH_MS);
      const sinceMs = clock.steadyMs() - (askedAtMs.get(channel.id) ?? Number.NEGATIVE_INFINITY);
      if (pending.length > 0 && (isFresh || sinceMs >= SELDOM_MS)) void ask(channel, pending);
    }
  }

  return { stop: clock.every(LOOK_MS, look) };
}
