import { DAY_MS } from '../../model/time.ts';

/** When a request is tried again: pure. */

const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;
/** What is older helps nobody to act; that it was never accepted is told in other ways. */
export const GIVE_UP_MS = DAY_MS;

/** From now, ms: twice as long each time up to a minute, or what the gateway asks for when that is longer. */
export function retryAfterMs(attempts: number, afterMs: number | null): number {
  const own = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(16, Math.max(0, attempts - 1)));
  return Math.max(own, afterMs ?? 0);
}
