import type { Recipient } from '../../model/notify/delivery.ts';
import { CHANNEL_FAILING, NOTIFY_CLOCK } from '../../model/system-alerts.ts';
import type { Outcome } from '../channel.ts';
import type { Input } from '../decide/input.ts';
import { channelAfter, failureText, isClockOff, newChannel } from './channel-health.ts';
import type { Desk } from './desk.ts';
import type { Fates } from './fates.ts';
import type { UsableChannel } from './live-channels.ts';
import { channelRow, ofChannel, withAlerts } from './memory.ts';
import { GIVE_UP_MS, retryAfterMs } from './retry.ts';
import type { Attempt, StoredIntent, StoredRequest } from './store.ts';

/** What came of requests: for them, for the intents in them, and for what people hear of the channel. */
export type Settling = ReturnType<typeof createSettling>;

export function createSettling(desk: Desk, fates: Fates, nowMs: () => number) {
  function settle(request: StoredRequest, attempt: Attempt, outcome: Outcome): Input[] {
    const atMs = nowMs();
    endAttempt(attempt, outcome, atMs);
    const { words } = outcome;
    // While it was under way somebody may have set the clock.
    const { madeAtMs } = ofChannel(desk.memory.open, request.channel).get(request.id) ?? request;
    if (outcome.state === 'later' && atMs - madeAtMs < GIVE_UP_MS) {
      const nextAtMs = atMs + retryAfterMs(request.attempts, outcome.afterMs, request.level);
      const waiting: StoredRequest = { ...request, state: 'waiting', nextAtMs, words };
      keepRequest(waiting);
      return review(waiting, atMs) ?? [];
    }
    if (outcome.state === 'accepted') return accepted(request, outcome.refs, words, atMs);
    keepRequest({ ...request, state: 'failed', words });
    const intents = desk.store.intentsOfRequest(request.id).filter(({ state }) => state === 'queued');
    if (outcome.state === 'refused' && mayBeOne(outcome.why, request, intents)) {
      apart(request, true);
      return [];
    }
    return intents.flatMap((intent) => fates.fail(intent, words, atMs));
  }

  function endAttempt(attempt: Attempt, outcome: Outcome, atMs: number): void {
    desk.store.endAttempt(attempt.id, atMs, outcome.state === 'accepted' ? 'accepted' : outcome.why, outcome.words);
    const used = desk.memory.used.get(attempt.channel);
    const at = used?.findLastIndex(({ id }) => id === attempt.id) ?? -1;
    if (at >= 0) used?.splice(at, 1, { ...attempt, endedAtMs: atMs });
    fares(attempt.channel, outcome, atMs);
    desk.touched.add(attempt.channel);
  }

  /** What came of a test message. */
  function tested(attempt: Attempt, outcome: Outcome): void {
    const atMs = nowMs();
    endAttempt(attempt, outcome, atMs);
    if (outcome.state === 'accepted') hurry(attempt.channel, atMs);
  }

  /** What waits for its next attempt need not wait for a gateway that works again. */
  function hurry(channel: string, atMs: number): void {
    for (const other of ofChannel(desk.memory.open, channel).values()) {
      if (other.state === 'waiting' && other.nextAtMs > atMs) keepRequest({ ...other, nextAtMs: atMs });
    }
  }

  function keepRequest(request: StoredRequest): void {
    desk.store.setRequest(request);
    const open = ofChannel(desk.memory.open, request.channel);
    if (request.state === 'waiting') open.set(request.id, request);
    else open.delete(request.id);
  }

  function accepted(request: StoredRequest, refs: readonly (string | null)[], words: string, atMs: number): Input[] {
    keepRequest({ ...request, state: 'accepted', words });
    hurry(request.channel, atMs);
    return desk.store.intentsOfRequest(request.id).flatMap((intent) => {
      if (intent.state !== 'queued') return [];
      const ref = refs[request.to.findIndex((to) => isSame(to, intent.to))] ?? null;
      if (!desk.store.isWhollyAccepted(intent.id)) {
        desk.store.setIntent({ ...intent, ref, words });
        return [];
      }
      return fates.end({ ...intent, state: 'accepted', acceptedAtMs: atMs, ref, words }, 'accepted', atMs);
    });
  }

  /** Whether a request was refused for one of several in it: a number that is wrong, or a name that the gateway does not take. */
  function mayBeOne(why: string, { to }: StoredRequest, intents: readonly StoredIntent[]): boolean {
    if (intents.every(({ isAlone }) => isAlone)) return false;
    return (why === 'recipient' && to.length > 1) || (why === 'content' && intents.length > 1);
  }

  /** Lets what a request named wait for another one: `isAlone`, because one of several was refused, and it shows which. */
  function apart(request: StoredRequest, isAlone: boolean): void {
    const intents = desk.store.intentsOfRequest(request.id);
    desk.store.unname(request.id);
    for (const intent of intents) {
      if (intent.state !== 'queued') continue;
      const freed = isAlone ? { ...intent, isAlone } : intent;
      desk.store.setIntent(freed);
      ofChannel(desk.memory.waiting, intent.channel).set(intent.id, withAlerts(freed, desk.store.unnamed(intent.id)));
    }
  }

  /**
   * What the setup in force makes of a request that waits to be tried again; null when it stands as it is. Without its channel it
   * has failed. It never goes to somebody who is no longer there, or to a number or address that is no longer his: what it said
   * is worded anew for those who are.
   */
  function review(request: StoredRequest, atMs: number): Input[] | null {
    const intents = desk.store.intentsOfRequest(request.id).filter(({ state }) => state === 'queued');
    const useless = intents.flatMap((intent) => {
      const problem = fates.uselessness(intent);
      return problem === null ? [] : [{ intent, problem }];
    });
    const channel = desk.channels.get(request.channel);
    const isOfNow = channel !== undefined && !('problem' in channel) && isSentTo(request, channel);
    if (useless.length === 0 && isOfNow) return null;
    keepRequest({ ...request, state: 'failed', words: useless[0]?.problem ?? 'it was for another address' });
    apart(request, false);
    desk.touched.add(request.channel);
    return useless.flatMap(({ intent, problem }) => fates.fail(intent, problem, atMs));
  }

  /** Whether the addresses that a request went to are those that its recipients have. */
  function isSentTo(request: StoredRequest, channel: UsableChannel): boolean {
    if (channel.type.reaches === 'group') return true;
    const sent = desk.store.recipientsOf(request.id);
    const now = request.to.flatMap((to) => ('group' in to ? [] : desk.channels.addressOf(channel, to.person)));
    return sent === undefined || JSON.stringify(sent) === JSON.stringify(now);
  }

  function fares(id: string, outcome: Outcome, atMs: number): void {
    const before = channelRow(desk.memory, id);
    const after = channelAfter(before, outcome, atMs);
    desk.store.keepChannel(after);
    const wasClockOff = [...desk.memory.channels.values()].some(isClockOff);
    desk.memory.channels.set(id, after);
    if (after.isRaised !== before.isRaised) desk.afterwards.push(() => sayFailing(id));
    if ([...desk.memory.channels.values()].some(isClockOff) !== wasClockOff) desk.afterwards.push(sayClock);
  }

  function sayFailing(id: string): void {
    const row = channelRow(desk.memory, id);
    const { isRaised } = row;
    const detail = isRaised ? failureText(row) : 'it accepts messages again';
    desk.onSystem({ condition: `${CHANNEL_FAILING}${id}`, level: 'orange', active: isRaised, detail });
  }

  function sayClock(): void {
    const off = [...desk.memory.channels.values()].filter(isClockOff);
    const detail = off
      .map(({ id, clockOffsetMs }) => `clock: that of ${id} is ${Math.round((clockOffsetMs ?? 0) / 1_000)} s from ours`)
      .join('; ');
    const active = off.length > 0;
    desk.onSystem({
      condition: NOTIFY_CLOCK,
      level: 'orange',
      active,
      detail: active ? detail : 'clock: it agrees again',
    });
  }

  /** Nothing is known of a channel any more. */
  function forget(id: string): void {
    const { isRaised } = channelRow(desk.memory, id);
    const wasClockOff = [...desk.memory.channels.values()].some(isClockOff);
    const fresh = newChannel(id);
    desk.store.keepChannel(fresh);
    desk.memory.channels.set(id, fresh);
    if (isRaised) desk.afterwards.push(() => sayFailing(id));
    if (wasClockOff && ![...desk.memory.channels.values()].some(isClockOff)) desk.afterwards.push(sayClock);
  }

  function unblock(id: string): void {
    const row = { ...channelRow(desk.memory, id), blockedUntilMs: 0 };
    desk.store.keepChannel(row);
    desk.memory.channels.set(id, row);
  }

  return { settle, tested, review, keepRequest, forget, unblock, sayFailing, sayClock };
}

function isSame(a: Recipient, b: Recipient): boolean {
  return 'group' in a ? 'group' in b : 'person' in b && a.person === b.person;
}
