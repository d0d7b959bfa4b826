import { CHANNEL_FACTS, hasAddress } from '../../model/notify/channel-facts.ts';
import { type Hold, hold, leave, quietOf } from './holds.ts';
import type { Recipient } from './recipients.ts';
import { alertKey, MAY_BE_CALLED_BACK, type Run } from './run.ts';
import type { AlertRow, Told, Track } from './state.ts';

/** What those are told who were told of an alert: that it is over, that somebody took it, that it is no longer red. */

type News = 'cleared' | 'acknowledged' | 'deescalated';

/** Tells those of `told` that news has for them, once by each way; whose message is still under way hears of it behind that. */
function tellNews(run: Run, row: AlertRow, told: readonly Told[], news: News, except: (told: Told) => boolean): void {
  const byWay = new Map<string, { to: Recipient; from: Told[] }>();
  for (const one of told) {
    if (except(one)) continue;
    const to = wayOf(run, one, news, told);
    if (to === undefined) continue;
    const key = `${to.channel}\n${to.person ?? ''}`;
    byWay.set(key, { to, from: [...(byWay.get(key)?.from ?? []), one] });
  }
  for (const { to, from } of byWay.values()) {
    const open = [...new Set(from.flatMap((one) => one.open.map(({ id }) => id)))];
    const hasReached = from.some((one) => one.hasReached);
    if (!hasReached && open.length === 0) continue;
    const [first] = from;
    run.hear(row, { code: 'told', route: first?.route ?? '', step: first?.step ?? -1, reason: news, ...to });
    run.say(row, { reason: news, to, route: first?.route ?? null, step: null, follows: hasReached ? null : open });
  }
}

/**
 * The way by which somebody who was told hears news. By a channel that is not used for it he hears nothing, but for the end:
 * whom only a call has reached is told by the first channel of his own that does not ring.
 */
function wayOf(run: Run, one: Told, news: News, told: readonly Told[]): Recipient | undefined {
  const channel = run.setup.channels.get(one.channel);
  if (channel === undefined || channel.off) return undefined;
  const kind = CHANNEL_FACTS[channel.kind].tells;
  if (news === 'acknowledged' ? kind.acknowledged : kind.cleared) return { channel: one.channel, person: one.person };
  if (news !== 'cleared' || one.person === null) return undefined;
  const isToldOtherwise = told.some((other) => {
    const entry = run.setup.channels.get(other.channel);
    return other.person === one.person && entry !== undefined && CHANNEL_FACTS[entry.kind].tells.cleared;
  });
  const person = run.setup.people.get(one.person);
  if (isToldOtherwise || person === undefined) return undefined;
  const instead = person.by.find((id) => {
    const entry = run.setup.channels.get(id);
    return entry !== undefined && !entry.off && CHANNEL_FACTS[entry.kind].tells.cleared && hasAddress(person, entry);
  });
  return instead === undefined ? undefined : { channel: instead, person: one.person };
}

/** Takes an alert out of everything it waits in. */
export function leaveAll(run: Run, row: AlertRow): void {
  for (const { waitsIn } of row.tracks) leave(run, waitsIn, row.alert.id);
}

/** Calls back what would wake people for nothing: steps and repetitions that have not been sent. */
function callBack(run: Run, row: AlertRow): void {
  const ids = row.told.flatMap(({ open }) =>
    open.filter(({ reason }) => MAY_BE_CALLED_BACK.has(reason)).map(({ id }) => id),
  );
  for (const id of new Set(ids)) run.withdraw(id);
}

/**
 * An alert is over: exactly those who were told of it are told so, also during a silence. In quiet hours who was told of
 * nothing red is told when they end. What waited and was told to nobody is forgotten.
 */
export function end(run: Run, row: AlertRow): void {
  leaveAll(run, row);
  callBack(run, row);
  const later = new Map<string, Hold>();
  const now = row.told.filter((told) => {
    const quiet = quietOf(run, told.level, run.setup.routeById.get(told.route));
    if (quiet !== undefined) later.set(told.route, quiet);
    return quiet === undefined;
  });
  tellNews(run, row, now, 'cleared', () => false);
  if (later.size === 0) {
    run.put(alertKey(row.alert.id), null);
    return;
  }
  const told = row.told.filter((one) => !now.includes(one));
  const tracks = [...later].map(([route, { key }]) => overTrack(route, key));
  const kept = run.putAlert({ ...row, told, tracks });
  for (const [route, quiet] of later) hold(run, kept, route, quiet);
}

function overTrack(route: string, waitsIn: string): Track {
  const none = { nextStep: 0, stepAtMs: null, repeatAtMs: null };
  return { route, isFormer: true, state: 'over', reason: 'raised', waitsIn, ...none };
}

/** Quiet hours that held back that an alert is over have ended. */
export function endHeld(run: Run, row: AlertRow, route: string): void {
  tellNews(
    run,
    row,
    row.told.filter((told) => told.route === route),
    'cleared',
    () => false,
  );
  const tracks = row.tracks.filter((track) => track.route !== route);
  if (tracks.length === 0) run.put(alertKey(row.alert.id), null);
  else run.putAlert({ ...row, tracks, told: row.told.filter((told) => told.route !== route) });
}

/**
 * Somebody took it: nothing climbs or is repeated, and the others who were told learn who it was, by channels that ring
 * nobody; in quiet hours of a route nobody of it does, unless it is red.
 */
export function acknowledge(run: Run, row: AlertRow, by: string | null): AlertRow {
  leaveAll(run, row);
  callBack(run, row);
  const isHis = (told: Told): boolean => {
    const person = told.person === null ? undefined : run.setup.people.get(told.person);
    return by !== null && person !== undefined && (person.account === by || person.id === by);
  };
  const isQuiet = (told: Told) => quietOf(run, row.alert.level, run.setup.routeById.get(told.route)) !== undefined;
  tellNews(run, row, row.told, 'acknowledged', (told) => isHis(told) || isQuiet(told));
  const tracks = row.tracks
    .filter(({ state }) => state === 'told')
    .map((track): Track => ({ ...track, waitsIn: null, stepAtMs: null, repeatAtMs: null }));
  return run.putAlert({ ...row, tracks });
}

/** It was red and no longer is: those who were told that it is red learn it. */
export function calmDown(run: Run, row: AlertRow): AlertRow {
  const isRed = ({ level }: Told) => level === 'red';
  tellNews(run, row, row.told.filter(isRed), 'deescalated', () => false);
  const told = row.told.map((one) => (isRed(one) ? { ...one, level: row.alert.level } : one));
  return run.putAlert({ ...row, told });
}
