import { HOUR_MS, MINUTE_MS } from '../../model/time.ts';
import type { Budget } from '../channel.ts';

/** When a channel may be used next, from what it was used for: pure, and exact whatever the network does. */

/** An attempt that counts against the budget of its channel, whatever came of it. */
export interface Used {
  readonly startedAtMs: number;
  /** Null while it is under way: the gateway may count it at any time between the two. */
  readonly endedAtMs: number | null;
  /** Addresses that it went to; empty for a group. */
  readonly recipients: readonly string[];
}

/** What a request needs of a budget. */
export interface Wanted {
  readonly isRed: boolean;
  /** Red and orange do not keep clear of the minutes that others crowd. */
  readonly isUrgent: boolean;
  readonly recipients: readonly string[];
}

/** Windows up to this long are paced, so that a place comes free every few seconds; longer ones are quotas. */
const PACED_MS_MAX = 2 * MINUTE_MS;
/** A window this short needs no pacing: its places come free soon enough. */
const UNPACED_MS_MAX = 5_000;
/** How long a red alert waits at most for the next place, if the count of the window allows it. */
const PACE_MS = 4_000;
/** Requests of those who send at the full minute come within so long of it. */
const CROWDED_BEFORE_MS = 5_000;
const CROWDED_AFTER_MS = 20_000;

/**
 * The earliest time, ms, at which the request may be sent: `nowMs` or before it when now; infinite when an answer must come
 * first. `used`: attempts of the channel at least as far back as its longest window, in the order in which they began.
 */
export function freeAt(budget: Budget, used: readonly Used[], wanted: Wanted, nowMs: number): number {
  let atMs = wanted.isUrgent ? nowMs : clearOfCrowd(budget.crowdedMinutes, nowMs);
  for (const { count, perMs, keptForRed } of budget.windows) {
    const kept = wanted.isRed ? 0 : keptForRed;
    atMs = Math.max(atMs, windowFreeAt(used, count - kept, perMs), pacedFreeAt(used, { count, perMs, kept }));
  }
  for (const recipient of wanted.recipients) {
    const of = used.filter(({ recipients }) => recipients.includes(recipient));
    for (const { count, perMs } of budget.perRecipient) atMs = Math.max(atMs, windowFreeAt(of, count, perMs));
  }
  return atMs;
}

/** How far back attempts matter to a budget, ms. */
export function reachOf({ windows, perRecipient }: Budget): number {
  return Math.max(0, ...[...windows, ...perRecipient].map(({ perMs }) => perMs));
}

/**
 * A window that slides. An attempt leaves it `perMs` after its *answer*: whatever the network did to it, the gateway has
 * counted it by then, so that no period of the gateway's own sees more than `count`.
 */
function windowFreeAt(used: readonly Used[], count: number, perMs: number): number {
  if (count <= 0) return Number.POSITIVE_INFINITY;
  if (used.length < count) return Number.NEGATIVE_INFINITY;
  const ends = used.map(({ endedAtMs }) => endedAtMs ?? Number.POSITIVE_INFINITY).sort((a, b) => b - a);
  return (ends[count - 1] ?? Number.NEGATIVE_INFINITY) + perMs;
}

/**
 * The places of a window that is not used up at once: some of them at will, the others one by one, `PACE_MS` apart. Without
 * that the first seconds of a flood would take all of them, and the next red alert would wait for the rest of the minute.
 */
function pacedFreeAt(
  used: readonly Used[],
  { count, perMs, kept }: { readonly count: number; readonly perMs: number; readonly kept: number },
): number {
  if (perMs <= UNPACED_MS_MAX || perMs > PACED_MS_MAX || count < 2) return Number.NEGATIVE_INFINITY;
  const onePerMs = perMs / Math.min(count - 1, Math.max(Math.ceil((count * 2) / 3), Math.ceil(perMs / PACE_MS)));
  const atWill = Math.max(1, count - Math.ceil(perMs / onePerMs));
  const free = Math.max(1, atWill - kept);
  let atMs = Number.NEGATIVE_INFINITY;
  // Of every stretch of time: no more than those at will and those that have come free in it.
  for (let back = free; back <= Math.min(count, used.length); back++) {
    const first = used[used.length - back];
    if (first !== undefined) atMs = Math.max(atMs, first.startedAtMs + (back + 1 - free) * onePerMs);
  }
  return atMs;
}

/** The first time from `nowMs` on that is not near one of the crowded minutes of an hour. */
function clearOfCrowd(minutes: readonly number[], nowMs: number): number {
  const intoHour = nowMs % HOUR_MS;
  for (const minute of minutes) {
    // The full hour is also the end of this one.
    for (const at of minute === 0 ? [0, HOUR_MS] : [minute * MINUTE_MS]) {
      if (intoHour >= at - CROWDED_BEFORE_MS && intoHour < at + CROWDED_AFTER_MS) {
        return nowMs - intoHour + at + CROWDED_AFTER_MS;
      }
    }
  }
  return nowMs;
}
