import type { ToldState } from '../../model/notify/told.ts';
import { createDecideState, type DecideState } from '../decide/state.ts';
import { newChannel } from './channel-health.ts';
import type { Attempt, ChannelRow, OutboxStore, StoredIntent, StoredRequest } from './store.ts';

/**
 * What of the rows is looked at again and again, kept beside them. It is changed within the transaction that changes the
 * rows, and made anew from them when one fails.
 */
export interface Memory {
  readonly state: DecideState;
  readonly channels: Map<string, ChannelRow>;
  /** Intents that no request names wholly, by channel and id, in the order in which they were made. */
  readonly waiting: Map<string, Map<string, StoredIntent>>;
  /** Those of them that wait for what came of others. */
  readonly held: Map<string, StoredIntent>;
  /** What became of the intents that held ones follow. */
  readonly followed: Map<string, ToldState>;
  /** Requests without an outcome, by channel and id. */
  readonly open: Map<string, Map<string, StoredRequest>>;
  /** Attempts as far back as budgets look, by channel, in the order in which they began. */
  readonly used: Map<string, Attempt[]>;
}

export function readMemory(store: OutboxStore): Memory {
  const memory: Memory = {
    state: createDecideState(store.decided()),
    channels: new Map(store.channels().map((row) => [row.id, row])),
    waiting: new Map(),
    held: new Map(),
    followed: new Map(),
    open: new Map(),
    used: new Map(),
  };
  for (const intent of store.queued()) {
    const left = store.unnamed(intent.id);
    if (left.length > 0) putWaiting(memory, store, withAlerts(intent, left));
  }
  for (const request of store.openRequests()) ofChannel(memory.open, request.channel).set(request.id, request);
  return memory;
}

/** Rehearsals and tests have one unnamed item without an alert. */
export function withAlerts(intent: StoredIntent, left: readonly string[]): StoredIntent {
  return { ...intent, alerts: left.filter((alert) => alert !== '') };
}

/** Puts an intent among those that are sent next, or among those that wait for what came of others. */
export function putWaiting(memory: Memory, store: Pick<OutboxStore, 'intent'>, intent: StoredIntent): void {
  if (intent.follows === null) {
    ofChannel(memory.waiting, intent.channel).set(intent.id, intent);
    return;
  }
  memory.held.set(intent.id, intent);
  for (const id of intent.follows) {
    if (!memory.followed.has(id)) memory.followed.set(id, store.intent(id)?.state ?? 'withdrawn');
  }
}

export function ofChannel<T>(map: Map<string, Map<string, T>>, channel: string): Map<string, T> {
  const known = map.get(channel);
  if (known !== undefined) return known;
  const made = new Map<string, T>();
  map.set(channel, made);
  return made;
}

export function channelRow(memory: Memory, id: string): ChannelRow {
  return memory.channels.get(id) ?? newChannel(id);
}

/** Attempts of a channel from `sinceMs` on; read from disk when they are asked for the first time. */
export function usedOf(memory: Memory, store: OutboxStore, channel: string, sinceMs: number): Attempt[] {
  const known = memory.used.get(channel);
  if (known === undefined) {
    const read = store.attemptsSince(channel, sinceMs);
    memory.used.set(channel, read);
    return read;
  }
  const from = known.findIndex(({ startedAtMs, endedAtMs }) => endedAtMs === null || startedAtMs >= sinceMs);
  if (from > 0) known.splice(0, from);
  if (from < 0) known.length = 0;
  return known;
}
