import type { Level } from '../../model/level.ts';
import { DAY_MS, MINUTE_MS } from '../../model/time.ts';

/** When a request is tried again: pure. */

const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;
/** A gateway that is back after an hour is found soon when something red waits for it, which goes within its budget all the same. */
const LONGEST_RED_MS = 10_000;
/** What is older helps nobody to act; that it was never accepted is told in other ways. */
export const GIVE_UP_MS = DAY_MS;

/**
 * Longer than the ten minutes of the sternest gateway. One that asks for more, as by a wrong clock or a slip of its own, is asked
 * again by then: a refusal more costs nothing, an alert that waits for a year does.
 */
const ASKED_MAX_MS = 15 * MINUTE_MS;

/** How long a gateway is left alone that asks for so long. */
export function askedMs(afterMs: number): number {
  return Math.min(ASKED_MAX_MS, Math.max(0, afterMs));
}

/** From now, ms: twice as long each time up to a minute, or what the gateway asks for when that is longer. */
export function retryAfterMs(attempts: number, afterMs: number | null, level: Level | null): number {
  const longestMs = level === 'red' ? LONGEST_RED_MS : LONGEST_MS;
  const own = Math.min(longestMs, FIRST_MS * 2 ** Math.min(16, Math.max(0, attempts - 1)));
  return Math.max(own, askedMs(afterMs ?? 0));
}
