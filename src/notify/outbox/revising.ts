import type { Input } from '../decide/input.ts';
import type { Desk } from './desk.ts';
import type { Fates } from './fates.ts';
import { isSetUpAlike, type LiveChannels, type UsableChannel, type UselessChannel } from './live-channels.ts';
import type { Settling } from './settling.ts';

/**
 * What another setup makes of what waits: nothing waits for a channel that is no more or goes to somebody who is not told any
 * more, and nothing waits longer than it must where a setting has been mended.
 */
export function createRevising(desk: Desk, fates: Fates, settling: Settling) {
  /** To be called in the transaction that takes the setup into use; `before`: the channels until now. */
  function revise(before: LiveChannels, atMs: number): Input[] {
    forgetGone();
    for (const channel of desk.channels.all()) unblock(before.get(channel.id), channel);
    const inputs = [...uselessIntents(atMs), ...reviewed(atMs)];
    for (const id of [...desk.memory.waiting.keys(), ...desk.memory.open.keys()]) desk.touched.add(id);
    return inputs;
  }

  /** What no request has named yet, and no request ever can. */
  function uselessIntents(atMs: number): Input[] {
    const waiting = [...desk.memory.waiting.values()].flatMap((intents) => [...intents.values()]);
    return [...waiting, ...desk.memory.held.values()].flatMap((intent) => {
      const problem = fates.uselessness(intent);
      const stored = problem === null ? undefined : desk.store.intent(intent.id);
      return problem === null || stored?.state !== 'queued' ? [] : fates.fail(stored, problem, atMs);
    });
  }

  /** With other settings a gateway may take what it did not. */
  function reviewed(atMs: number): Input[] {
    return [...desk.memory.open.values()].flatMap((requests) =>
      [...requests.values()].flatMap((request) => {
        if (request.state !== 'waiting') return [];
        const inputs = settling.review(request, atMs);
        if (inputs !== null) return inputs;
        settling.keepRequest({ ...request, nextAtMs: Math.min(request.nextAtMs, atMs) });
        return [];
      }),
    );
  }

  /** A channel that is no more, or is not used, fails no more. */
  function forgetGone(): void {
    for (const { id } of [...desk.memory.channels.values()]) {
      const channel = desk.channels.get(id);
      if (channel === undefined || ('problem' in channel && channel.isOff)) settling.forget(id);
    }
  }

  /** What a gateway has asked of one robot it has not asked of another. */
  function unblock(before: UsableChannel | UselessChannel | undefined, now: UsableChannel | UselessChannel): void {
    if (before === undefined || 'problem' in before || 'problem' in now) return;
    if (!isSetUpAlike(before, now)) settling.unblock(now.id);
  }

  return { revise };
}
