import { LEVELS, type Level } from '../../model/level.ts';
import type { Recipient } from '../../model/notify/delivery.ts';
import { freeAt, reachOf } from './budget.ts';
import { dispatch, keyOf, type Next } from './dispatch.ts';
import { CODE_HOLDS_MS } from './incoming.ts';
import type { LiveChannels, UsableChannel } from './live-channels.ts';
import { channelRow, type Memory, ofChannel, usedOf, withAlerts } from './memory.ts';
import { type NoticeContext, noticeOf } from './notice.ts';
import type { Attempt, OutboxStore, StoredIntent, StoredRequest } from './store.ts';

/** A request whose attempt is stored, so that it may leave. */
export interface Leaving {
  readonly request: StoredRequest;
  readonly attempt: Attempt;
}

export interface PlanContext extends NoticeContext {
  readonly store: OutboxStore;
  readonly memory: Memory;
  readonly channels: LiveChannels;
  readonly newId: () => string;
  readonly newCode: () => string;
  /** Where a request is answered without login; null when phones outside reach nothing of ours. */
  readonly linkOf: (request: string, nowMs: number) => string | null;
}

/** So many are under way at once at most on one channel, and one more of red: a slow gateway does not hold it up. */
const UNDER_WAY_MAX = 4;
const UNDER_WAY_FOR_RED = 2;
/** A wait beyond this is looked at again by then: somebody may set the clock. */
const LOOK_AGAIN_MS = 60_000;

/**
 * Takes what may leave on a channel now: new requests of what waits, and those whose next attempt is due, the most urgent
 * first. All of it is stored when this returns. Gives when to look again at the latest, ms; null: when something happens.
 */
export function planChannel(
  id: string,
  context: PlanContext,
  nowMs: number,
): { leaving: Leaving[]; againAtMs: number | null } {
  const { memory, channels } = context;
  const leaving: Leaving[] = [];
  const channel = channels.get(id);
  if (channel === undefined || 'problem' in channel) return { leaving, againAtMs: null };
  for (;;) {
    const step = nextLeaving(channel, context, nowMs);
    if (step.leaving === null) return { leaving, againAtMs: step.againAtMs };
    leaving.push(step.leaving);
    ofChannel(memory.open, id).set(step.leaving.request.id, step.leaving.request);
  }
}

/** What a channel was used for as far back as its budget looks. */
function usedNow(
  { id, budget }: UsableChannel,
  { memory, store }: Pick<PlanContext, 'memory' | 'store'>,
  nowMs: number,
) {
  // A clock that was set back would have attempts in the future, and nothing would leave until they are past.
  return usedOf(memory, store, id, nowMs - reachOf(budget)).map((one) => ({
    ...one,
    startedAtMs: Math.min(one.startedAtMs, nowMs),
    endedAtMs: one.endedAtMs === null ? null : Math.min(one.endedAtMs, nowMs),
  }));
}

/** When a test message has a place, ms, and what it counts against; never one of the places that are kept for red. */
export function placeOfTest(
  channel: UsableChannel,
  person: string | null,
  context: Pick<PlanContext, 'memory' | 'store' | 'channels'>,
  nowMs: number,
): { readonly atMs: number; readonly recipients: readonly string[] } {
  const isShared = channel.type.reaches === 'group' || person === null;
  const recipients = isShared ? [] : [context.channels.addressOf(channel, person)];
  const wanted = { isRed: false, isUrgent: true, recipients };
  const freeAtMs = freeAt(channel.budget, usedNow(channel, context, nowMs), wanted, nowMs);
  return { atMs: Math.max(channelRow(context.memory, channel.id).blockedUntilMs, freeAtMs), recipients };
}

function nextLeaving(
  channel: UsableChannel,
  context: PlanContext,
  nowMs: number,
): { leaving: Leaving | null; againAtMs: number | null } {
  const { memory, channels } = context;
  const { id, budget } = channel;
  const row = channelRow(memory, id);
  const open = [...ofChannel(memory.open, id).values()];
  const underWay = open.filter(({ state }) => state === 'sending').length;
  if (underWay >= UNDER_WAY_MAX + UNDER_WAY_FOR_RED) return { leaving: null, againAtMs: null };
  const used = usedNow(channel, context, nowMs);
  const blockedUntilMs = row.blockedUntilMs;
  const waiting = [...ofChannel(memory.waiting, id).values()].map((intent) => ({
    intent: intent.id,
    to: intent.to,
    level: intent.level,
    alerts: intent.alerts,
    isAlert: intent.reason !== 'rehearsal' && intent.reason !== 'test',
    atMs: intent.atMs,
    isAlone: intent.isAlone,
  }));
  const addressOf = (to: Recipient) => ('group' in to ? '' : channels.addressOf(channel, to.person));
  const isShared = channel.type.reaches === 'group';
  const recipientsOf = (to: readonly Recipient[]) =>
    isShared ? [] : to.flatMap((one) => ('group' in one ? [] : [addressOf(one)]));
  const fresh = dispatch(
    {
      budget,
      isShared,
      used,
      blockedUntilMs,
      open: open.length,
      languageOf: (to) => channels.languageOf(to),
      addressOf,
    },
    waiting,
    nowMs,
  );
  const due = open.filter(({ state }) => state === 'waiting').sort(byUrgency);
  const times: number[] = fresh.againAtMs === null || fresh.next !== null ? [] : [fresh.againAtMs];
  const mayLeave = (level: Level | null) => underWay < UNDER_WAY_MAX + (level === 'red' ? UNDER_WAY_FOR_RED : 0);
  const freshLevel = fresh.next === null ? null : highestOf(fresh.next.waiting.map(({ level }) => level));
  for (const request of due) {
    if (!mayLeave(request.level)) continue;
    if (fresh.next !== null && rankOf(freshLevel) > rankOf(request.level)) break;
    const recipients = recipientsOf(request.to);
    const isUrgent = rankOf(request.level) >= rankOf('orange');
    const atMs = Math.max(
      Math.min(request.nextAtMs, nowMs + LOOK_AGAIN_MS),
      blockedUntilMs,
      freeAt(budget, used, { isRed: request.level === 'red', isUrgent, recipients }, nowMs),
    );
    if (request.nextAtMs <= nowMs && atMs <= nowMs)
      return { leaving: begin(request, recipients, context, nowMs), againAtMs: null };
    if (Number.isFinite(atMs)) times.push(Math.max(atMs, request.nextAtMs));
  }
  if (fresh.next !== null && mayLeave(freshLevel)) {
    const request = requestOf(fresh.next, freshLevel, channel, context, nowMs);
    const recipients = recipientsOf(fresh.next.to);
    return { leaving: begin(request, recipients, context, nowMs), againAtMs: null };
  }
  return { leaving: null, againAtMs: times.length === 0 ? null : Math.min(...times, nowMs + LOOK_AGAIN_MS) };
}

function begin(
  request: StoredRequest,
  recipients: readonly string[],
  { store, memory }: PlanContext,
  nowMs: number,
): Leaving {
  const sending: StoredRequest = { ...request, state: 'sending', attempts: request.attempts + 1 };
  store.setRequest(sending);
  const attempt = store.beginAttempt({ request: request.id, channel: request.channel, recipients, startedAtMs: nowMs });
  memory.used.get(request.channel)?.push(attempt);
  return { request: sending, attempt };
}

/** Words a request, stores it, and takes what it names away from what waits. What did not fit waits for the next one. */
function requestOf(
  next: Next,
  level: Level | null,
  channel: UsableChannel,
  context: PlanContext,
  nowMs: number,
): StoredRequest {
  const { store, memory, channels, newId, linkOf } = context;
  const { id: channelId, type, settings } = channel;
  const waiting = ofChannel(memory.waiting, channelId);
  const chosen = next.waiting.flatMap(({ intent }) => waiting.get(intent) ?? []);
  const intents = [...chosen, ...alongWith(chosen, memory)];
  const persons = next.to.flatMap((to) => ('group' in to ? [] : (channels.person(to.person) ?? [])));
  const alerts = [...new Set(intents.flatMap((intent) => intent.alerts))].flatMap((id) => store.alert(id) ?? []);
  const id = newId();
  const reasons = intents.map(({ reason }) => reason);
  const isRehearsal = reasons.includes('rehearsal');
  const hasCode = type.proof === 'answered' && type.reaches === 'phone' && (alerts.length > 0 || isRehearsal);
  const code = hasCode ? freshCode(channelId, context, nowMs) : null;
  const language = channels.languageOf(next.to[0] ?? { group: true });
  // What is over needs no answer.
  const isAnswerable = isRehearsal || alerts.some(({ alert }) => alert.state === 'active' && !alert.acknowledged);
  const link = isAnswerable ? linkOf(id, nowMs) : null;
  const notice = noticeOf({ id, language, reasons, alerts, atMs: nowMs, link, code }, context);
  const composed = type.compose(notice, persons, settings);
  const request: StoredRequest = {
    id,
    channel: channelId,
    to: next.to,
    level,
    composed,
    code,
    madeAtMs: nowMs,
    state: 'waiting',
    attempts: 0,
    nextAtMs: nowMs,
    words: null,
  };
  store.addRequest(request);
  // A channel that names none, such as a call, counts them: who is told so has been told of all.
  const named = composed.alerts.length === 0 ? undefined : new Set(composed.alerts);
  for (const intent of intents) nameIn(request.id, intent, named, context);
  return request;
}

/** So often a code is drawn anew that another message has: when nearly all are taken, some number is better than none. */
const DRAWN_MAX = 50;

/** A code that no other message of the channel has that may still be answered: a reply would be one to both. */
function freshCode(channel: string, { store, newCode }: PlanContext, nowMs: number): string {
  let code = newCode();
  const isTaken = () =>
    store.requestsByCode(code, nowMs - CODE_HOLDS_MS).some((request) => request.channel === channel);
  for (let drawn = 1; drawn < DRAWN_MAX && isTaken(); drawn++) code = newCode();
  return code;
}

/**
 * What is only to be told to those who are told by this very request, such as that an alert has cleared while it waited: the
 * message says how things are now, and nothing is left to be said behind it.
 */
function alongWith(chosen: readonly StoredIntent[], memory: Memory): StoredIntent[] {
  const byId = new Map(chosen.map((intent) => [intent.id, intent]));
  return [...memory.held.values()].filter((held) => {
    const before = (held.follows ?? []).flatMap((id) => byId.get(id) ?? []);
    const said = new Set(before.flatMap(({ alerts }) => alerts));
    const isSame = before.some(({ channel, to }) => channel === held.channel && keyOf(to) === keyOf(held.to));
    return isSame && held.alerts.every((alert) => said.has(alert));
  });
}

function nameIn(
  request: string,
  intent: StoredIntent,
  named: ReadonlySet<string> | undefined,
  { store, memory }: PlanContext,
): void {
  const waiting = memory.held.has(intent.id) ? memory.held : ofChannel(memory.waiting, intent.channel);
  const left: string[] = [];
  for (const alert of intent.alerts.length === 0 ? [''] : intent.alerts) {
    const level = store.alert(alert)?.alert.level ?? null;
    if (alert === '' || named === undefined || named.has(alert)) store.name(request, intent.id, alert, level);
    else left.push(alert);
  }
  if (left.length === 0) waiting.delete(intent.id);
  else waiting.set(intent.id, withAlerts(intent, left));
}

function highestOf(levels: readonly (Level | null)[]): Level | null {
  return levels.reduce((highest, level) => (rankOf(level) > rankOf(highest) ? level : highest), null);
}

const rankOf = (level: Level | null): number => (level === null ? -1 : LEVELS.indexOf(level));
const byUrgency = (a: StoredRequest, b: StoredRequest): number =>
  rankOf(b.level) - rankOf(a.level) || a.madeAtMs - b.madeAtMs;
