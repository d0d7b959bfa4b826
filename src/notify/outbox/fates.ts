import type { Intent } from '../../model/notify/delivery.ts';
import type { ToldState } from '../../model/notify/told.ts';
import { CHANNEL_FAILING } from '../../model/system-alerts.ts';
import type { Input } from '../decide/input.ts';
import type { Desk } from './desk.ts';
import { ofChannel, putWaiting } from './memory.ts';
import type { StoredIntent } from './store.ts';

/** What becomes of intents, from when they are decided until nothing of them can change any more; and that deciding hears it. */
export type Fates = ReturnType<typeof createFates>;

type ProofInput = Extract<Input, { type: 'proof' }>;

function proofOf(intent: StoredIntent, proof: ProofInput['proof'], atMs: number): ProofInput {
  const { id, alerts, channel, to, atMs: decidedAtMs } = intent;
  return { type: 'proof', atMs, intent: { id, alerts, channel, to, atMs: decidedAtMs }, proof };
}

export function createFates(desk: Desk) {
  /** Takes an intent in; one that no request can ever hold fails at once, so that a ladder goes on without waiting. */
  function admit(intent: Intent, atMs: number): Input[] {
    if (desk.store.intent(intent.id) !== undefined) return [];
    desk.store.addIntent(intent);
    const stored = desk.store.intent(intent.id);
    if (stored === undefined) return [];
    const problem = uselessness(intent);
    if (problem !== null) return fail(stored, problem, atMs);
    putWaiting(desk.memory, desk.store, stored);
    desk.touched.add(intent.channel);
    return stored.follows === null ? [] : letGo(atMs);
  }

  /** Why a channel can never tell this; null when it can. */
  function uselessness({ channel: id, alerts, to }: Intent): string | null {
    const channel = desk.channels.get(id);
    if (channel === undefined) return 'there is no such channel';
    if ('problem' in channel) return channel.problem;
    if ('person' in to && desk.channels.person(to.person) === undefined) return 'there is no such person';
    const isOfItself = (alert: string) => desk.store.alert(alert)?.alert.rule === `${CHANNEL_FAILING}${id}`;
    return alerts.length > 0 && alerts.every(isOfItself) ? 'it is about this channel itself' : null;
  }

  function withdraw(id: string, atMs: number): Input[] {
    const intent = desk.store.intent(id);
    if (intent === undefined || intent.state !== 'queued' || desk.store.isNamed(id)) return [];
    return end({ ...intent, state: 'withdrawn', words: 'nobody needs it any more' }, 'withdrawn', atMs);
  }

  /** What of it an earlier request has told stays told, so that who heard of an alert hears as well that it is over. */
  function fail(intent: StoredIntent, words: string, atMs: number): Input[] {
    const told = desk.store.toldOf(intent.id);
    const left = intent.alerts.filter((alert) => !told.includes(alert));
    const failed = end({ ...intent, state: 'failed', failedAtMs: atMs, words }, 'failed', atMs, left);
    return told.length === 0 ? failed : [proofOf({ ...intent, alerts: told }, 'accepted', atMs), ...failed];
  }

  /** Keeps what became of an intent, and tells deciding. */
  function end(intent: StoredIntent, proof: ProofInput['proof'], atMs: number, alerts = intent.alerts): Input[] {
    desk.store.setIntent(intent);
    if (intent.state === 'failed' || intent.state === 'withdrawn') {
      desk.memory.waiting.get(intent.channel)?.delete(intent.id);
      desk.memory.held.delete(intent.id);
    }
    return [proofOf({ ...intent, alerts }, proof, atMs), ...moved(intent.id, intent.state, atMs)];
  }

  /** Those that follow an intent learn what became of it. */
  function moved(id: string, state: ToldState, atMs: number): Input[] {
    if (!desk.memory.followed.has(id)) return [];
    desk.memory.followed.set(id, state);
    return letGo(atMs);
  }

  /** Sends on its way what has waited for others, or drops it with them. */
  function letGo(atMs: number): Input[] {
    const inputs: Input[] = [];
    for (const [id, intent] of desk.memory.held) {
      const states = (intent.follows ?? []).map((one) => desk.memory.followed.get(one) ?? 'withdrawn');
      if (states.some((state) => state === 'accepted' || state === 'delivered' || state === 'answered')) {
        desk.memory.held.delete(id);
        ofChannel(desk.memory.waiting, intent.channel).set(id, intent);
        desk.touched.add(intent.channel);
      } else if (states.every((state) => state === 'failed' || state === 'withdrawn')) {
        desk.memory.held.delete(id);
        const words = 'what it follows reached nobody';
        inputs.push(...end({ ...intent, state: 'withdrawn', words }, 'withdrawn', atMs));
      }
    }
    if (desk.memory.held.size === 0) desk.memory.followed.clear();
    return inputs;
  }

  return { admit, uselessness, withdraw, fail, end };
}
