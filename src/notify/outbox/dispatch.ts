import { LEVELS, type Level } from '../../model/level.ts';
import type { Recipient } from '../../model/notify/delivery.ts';
import type { Budget } from '../channel.ts';
import { freeAt, type Used } from './budget.ts';

/**
 * What the next request of a channel says, to whom and when: pure, of what waits, what the channel was used for and the
 * time. Red goes first. As long as the budget has places for it, each alert is a message of its own; when it has not, all
 * that waits for a recipient becomes one situation, so that nothing waits longer than the next place.
 */

/** What waits for one recipient: an intent, with those of its alerts that no request has named yet. */
export interface Waiting {
  readonly intent: string;
  readonly to: Recipient;
  readonly level: Level | null;
  /** None for a rehearsal and a test. */
  readonly alerts: readonly string[];
  /** Rehearsals and tests are never mixed with alerts. */
  readonly isAlert: boolean;
  readonly atMs: number;
  /** It must be told to this recipient, and by itself: a gateway refused it together with others. */
  readonly isAlone: boolean;
}

/** A channel as it stands. */
export interface ChannelNow {
  readonly budget: Budget;
  /** One message reaches everybody behind it; persons are mentioned in it. */
  readonly isShared: boolean;
  /** Attempts as far back as the budget looks, in the order in which they began. */
  readonly used: readonly Used[];
  /** The gateway has asked to be left alone until then; 0 when it has not. */
  readonly blockedUntilMs: number;
  /** Requests that are made and have no outcome yet, those that wait for their next attempt included. */
  readonly open: number;
  /** What a request can hold must be of one language. */
  languageOf(to: Recipient): string;
  /** Where a recipient is reached; what counts against the budget by recipient. */
  addressOf(to: Recipient): string;
}

/** The next request. */
export interface Next {
  readonly to: readonly Recipient[];
  readonly waiting: readonly Waiting[];
  /** Whether it is what had to wait, told together. */
  readonly isSituation: boolean;
}

export interface Dispatched {
  readonly next: Next | null;
  /** When to ask again if nothing else happens, ms; null: not before something does. */
  readonly againAtMs: number | null;
}

/** So many are made at most before the first of them has come to anything: the rest can still become one situation. */
const OPEN_MAX = 8;
/** And so many more of red. */
const OPEN_FOR_RED = 4;
/** Whoever has more messages waiting than this is told of all of them in one, even where there is room for more. */
const SINGLES_MAX = 3;

export function dispatch(channel: ChannelNow, waiting: readonly Waiting[], nowMs: number): Dispatched {
  let againAtMs: number | null = null;
  for (const queue of queuesOf(waiting, channel.isShared)) {
    const isRed = isRedOf(queue.units);
    if (channel.open >= OPEN_MAX + (isRed ? OPEN_FOR_RED : 0)) continue;
    const atMs = Math.max(channel.blockedUntilMs, whenOf(channel, channel.used, queue.to, queue.units, nowMs));
    if (atMs > nowMs) {
      if (Number.isFinite(atMs)) againAtMs = Math.min(againAtMs ?? atMs, atMs);
      continue;
    }
    return { next: nextOf(channel, queue, waiting, nowMs), againAtMs: nowMs };
  }
  return { next: null, againAtMs };
}

/** All that waits for one recipient, as messages, the most urgent first. */
interface Queue {
  readonly to: Recipient;
  readonly units: readonly Unit[];
}

/** What would be one message: the intents of the same alerts, such as that one was raised and that it has cleared. */
interface Unit {
  readonly waiting: readonly Waiting[];
  readonly rank: number;
  readonly atMs: number;
}

function queuesOf(waiting: readonly Waiting[], isShared: boolean): Queue[] {
  const queues = [...Map.groupBy(waiting, ({ to }) => (isShared ? '' : keyOf(to))).values()].map((of): Queue => {
    const units = [...Map.groupBy(of, unitKeyOf).values()].map(unitOf).sort(byUrgency);
    return { to: (of[0] as Waiting).to, units };
  });
  return queues.sort((a, b) => byUrgency(a.units[0] as Unit, b.units[0] as Unit));
}

function unitKeyOf({ intent, alerts }: Waiting): string {
  return alerts.length === 0 ? intent : JSON.stringify(alerts.toSorted());
}

function unitOf(waiting: readonly Waiting[]): Unit {
  return {
    waiting,
    rank: Math.max(...waiting.map(({ level }) => (level === null ? -1 : LEVELS.indexOf(level)))),
    atMs: Math.min(...waiting.map(({ atMs }) => atMs)),
  };
}

const byUrgency = (a: Unit, b: Unit): number => b.rank - a.rank || a.atMs - b.atMs;
const RED = LEVELS.indexOf('red');
const ORANGE = LEVELS.indexOf('orange');
const isRedOf = (units: readonly Unit[]): boolean => (units[0]?.rank ?? -1) >= RED;

function whenOf(
  { budget, isShared, addressOf }: ChannelNow,
  used: readonly Used[],
  to: Recipient,
  units: readonly Unit[],
  nowMs: number,
): number {
  const isUrgent = (units[0]?.rank ?? -1) >= ORANGE;
  return freeAt(
    budget,
    used,
    { isRed: isRedOf(units), isUrgent, recipients: isShared ? [] : addressesOf(to, addressOf) },
    nowMs,
  );
}

function addressesOf(to: Recipient, addressOf: ChannelNow['addressOf']): string[] {
  return 'group' in to ? [] : [addressOf(to)];
}

function nextOf(channel: ChannelNow, queue: Queue, waiting: readonly Waiting[], nowMs: number): Next {
  const [first] = queue.units as readonly [Unit, ...Unit[]];
  const alerts = queue.units.filter(({ waiting }) => waiting.every(({ isAlert, isAlone }) => isAlert && !isAlone));
  const isSituation = alerts.includes(first) && alerts.length > placesNow(channel, queue, nowMs);
  const told = isSituation ? alerts.flatMap((unit) => unit.waiting) : first.waiting;
  const also = alsoTold(channel, queue.to, told, waiting, nowMs);
  return {
    to: channel.isShared ? distinct(told.map(({ to }) => to)) : [queue.to, ...also.map(({ to }) => to)],
    waiting: [...told, ...also.flatMap((one) => one.waiting)],
    isSituation,
  };
}

/** How many messages could go to a recipient one by one, right now. */
function placesNow(channel: ChannelNow, { to, units }: Queue, nowMs: number): number {
  const recipients = addressesOf(to, channel.addressOf);
  const used = [...channel.used];
  let places = 0;
  while (places < Math.min(SINGLES_MAX, units.length)) {
    if (whenOf(channel, used, to, units.slice(places), nowMs) > nowMs) break;
    used.push({ startedAtMs: nowMs, endedAtMs: null, recipients });
    places++;
  }
  return places;
}

/** Somebody else whom the same request reaches. */
interface Also {
  readonly to: Recipient;
  readonly waiting: readonly Waiting[];
}

/** Others for whom exactly the same waits, as far as one request can hold them. */
function alsoTold(
  channel: ChannelNow,
  to: Recipient,
  told: readonly Waiting[],
  waiting: readonly Waiting[],
  nowMs: number,
): Also[] {
  const { recipientsMax } = channel.budget;
  const found: Also[] = [];
  if (channel.isShared || recipientsMax <= 1 || 'group' in to || told.some(({ isAlone }) => isAlone)) return found;
  const wanted = new Set(told.map(unitKeyOf));
  const language = channel.languageOf(to);
  for (const queue of queuesOf(waiting, false)) {
    if (found.length + 1 >= recipientsMax) break;
    if (keyOf(queue.to) === keyOf(to) || channel.languageOf(queue.to) !== language) continue;
    const same = queue.units.filter((unit) => wanted.has(unitKeyOf(unit.waiting[0] as Waiting)));
    if (same.length !== wanted.size || same.some((unit) => unit.waiting.some(({ isAlone }) => isAlone))) continue;
    if (whenOf(channel, channel.used, queue.to, same, nowMs) > nowMs) continue;
    found.push({ to: queue.to, waiting: same.flatMap((unit) => unit.waiting) });
  }
  return found;
}

function distinct(recipients: readonly Recipient[]): Recipient[] {
  return [...new Map(recipients.map((to) => [keyOf(to), to])).values()];
}

/** A recipient as a key. */
export function keyOf(to: Recipient): string {
  return 'group' in to ? '' : `person:${to.person}`;
}
