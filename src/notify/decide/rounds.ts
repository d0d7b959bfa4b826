import type { AlertEvent } from '../../model/alert.ts';
import { isAnnounced } from '../../model/announced.ts';
import type { ReasonTold } from '../../model/notify/delivery.ts';
import { RANK } from '../../model/severity.ts';
import { groupOf, leave } from './holds.ts';
import { acknowledge, calmDown, end, endHeld, leaveAll } from './news.ts';
import { askRoutes } from './routes.ts';
import type { Run } from './run.ts';
import type { DecideRoute } from './setup.ts';
import type { AlertRow, Track } from './state.ts';
import { advance, isAsking, newTrack, offer, withTrack } from './telling.ts';

/** What entries of the alert log come to. Each raise, escalation and return asks the routes anew: a round of telling. */

/** Takes an entry of the log. */
export function takeEntry(run: Run, { event, alert, by }: AlertEvent, areas: readonly string[]): void {
  const known = run.alert(alert.id);
  if (event === 'retrospective') {
    run.hear(newRow(alert, areas, true), { code: 'not-announced', why: 'retrospective' });
    return;
  }
  if (alert.state !== 'active') {
    if (known === undefined) return;
    const row = { ...known, alert, areas };
    if (known.alert.state === 'active') end(run, row);
    else run.putAlert(row);
    return;
  }
  const row: AlertRow = known === undefined ? newRow(alert, areas, event !== 'raised') : { ...known, alert, areas };
  const wasAnnounced = known === undefined ? event !== 'raised' : isAnnounced(known.alert);
  if (!isAnnounced(alert)) {
    hearUnannounced(run, row);
    putAside(run, row);
  } else if (event === 'raised') beginRound(run, row, 'raised');
  else if (event === 'escalated') beginRound(run, row, 'escalated');
  else if (event === 'acknowledged') acknowledge(run, row, by);
  else if (!wasAnnounced && !alert.acknowledged) beginRound(run, row, 'returned');
  else if (event === 'deescalated' && known?.alert.level === 'red') calmDown(run, row);
  else run.putAlert(row);
}

/** The row of an alert of which nobody was told. */
export function newRow(alert: AlertRow['alert'], areas: readonly string[], isFromBefore: boolean): AlertRow {
  return { kind: 'alert', alert, areas, isFromBefore, tracks: [], told: [], seenBy: [], round: 0, dueAtMs: null };
}

function hearUnannounced(run: Run, row: AlertRow): void {
  run.hear(row, { code: 'not-announced', why: row.alert.shelvedUntil === null ? 'suppressed' : 'shelved' });
}

/** It asks for nobody any more: nothing waits, climbs or is repeated until it does again. */
function putAside(run: Run, row: AlertRow): void {
  leaveAll(run, row);
  const tracks = row.tracks
    .filter(({ state }) => state === 'told')
    .map((track): Track => ({ ...track, waitsIn: null, stepAtMs: null, repeatAtMs: null }));
  run.putAlert({ ...row, tracks });
}

/**
 * Asks the routes who is to be told of an alert as it is now, and tells those who were told before what is new. Of another setup
 * there is nothing new to tell: who was told by the one before is not told again.
 */
export function beginRound(run: Run, given: AlertRow, reason: Track['reason']): void {
  if (!isAsking(given)) {
    run.hear(given, { code: 'acknowledged' });
    run.putAlert(given);
    return;
  }
  const isSameRound = reason === 'setup-changed' && given.round > 0;
  const begun = isSameRound ? given : { ...given, round: given.round + 1, seenBy: [] };
  let row: AlertRow = { ...begun, isFromBefore: false };
  const taken = askRoutes(run.setup.routes, row, run.atMs, (route, verdict) =>
    run.hear(row, { code: 'route', route, verdict }),
  );
  if (taken.length === 0) run.hear(row, { code: 'no-route' });
  // A level that no route takes is not told to fewer than the one before it.
  const routes = taken.length > 0 ? taken : routesOf(run, row);
  // What is blue or yellow may be left to the console on purpose.
  if (routes.length === 0 && RANK[row.alert.level] >= RANK.orange) run.notTold(row, 'no-route', null);
  const wait = new Map(row.tracks.map((track) => [track.route, track]));
  row = run.putAlert({ ...row, tracks: remaining(run, row, routes) });
  for (const track of row.tracks) if (track.isFormer) row = offer(run, row, { ...track, reason }, true, reason);
  for (const route of routes) row = askAgain(run, row, route, wait.get(route.id), reason);
}

/** The routes that are telling of an alert now. */
function routesOf(run: Run, { tracks }: AlertRow): DecideRoute[] {
  return tracks.flatMap(({ route, isFormer }) => (isFormer ? [] : (run.setup.routeById.get(route) ?? [])));
}

/** Of the tracks there are: those of routes that take it still, and of others those that have told somebody. */
function remaining(run: Run, row: AlertRow, routes: readonly DecideRoute[]): Track[] {
  return row.tracks.flatMap((track) => {
    if (routes.some(({ id }) => id === track.route)) return [track];
    leave(run, track.waitsIn, row.alert.id);
    return row.told.some(({ route }) => route === track.route) ? [{ ...track, isFormer: true, waitsIn: null }] : [];
  });
}

/** Offers an alert to a route that takes it: anew, or for as long as it waits with others to go on waiting. */
function askAgain(
  run: Run,
  row: AlertRow,
  route: DecideRoute,
  present: Track | undefined,
  reason: Track['reason'],
): AlertRow {
  if (present === undefined) return offer(run, row, newTrack(route.id, reason), false, reason);
  if (present.state === 'waiting' && groupOf(run, row, route)?.key === present.waitsIn) {
    return run.putAlert(withTrack(row, present));
  }
  leave(run, present.waitsIn, row.alert.id);
  // What was told to nobody by it yet is told as what it was to be told as.
  const isUntold = present.state === 'waiting' || present.state === 'held';
  const why = isUntold && reason !== 'returned' ? present.reason : reason;
  const track: Track = { ...present, isFormer: false, reason: why, waitsIn: null };
  return offer(run, row, track, true, why);
}

/** Lets go of what waited in a group, a silence or quiet hours; `reason` is what those are told it for who were not told yet. */
export function release(run: Run, key: string, alerts: readonly string[], reason: ReasonTold | null): void {
  for (const id of alerts) {
    for (const { route } of run.alert(id)?.tracks ?? []) {
      const row = run.alert(id);
      const track = row?.tracks.find((one) => one.route === route);
      if (row === undefined || track?.waitsIn !== key) continue;
      const free = { ...track, waitsIn: null };
      if (track.state === 'over') endHeld(run, row, route);
      else if (track.state === 'told') advance(run, run.putAlert(withTrack(row, free)));
      else if (isAsking(row)) offer(run, row, free, true, reason ?? track.reason);
    }
  }
}
