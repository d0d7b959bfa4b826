import { setTimeout as delay } from 'node:timers/promises';
import { rounds } from './long.ts';

/**
 * The one limit of all waiting in tests, chosen for a machine many times slower than any that a person would work at: a
 * test waits for conditions, and this only ends one that will never come true. No test has a limit of its own. The limits
 * of whole tests, hooks, `expect.poll` and steps in the browser are made from it, in vitest.config.ts and e2e/browser.ts.
 */
export const WAIT_LIMIT_MS = 120_000;

/** A test waits for several things one after the other, and the first that does not come is what its failure should name. */
export const TEST_LIMIT_MS = rounds(5, 500) * WAIT_LIMIT_MS;

/**
 * Waits until `condition` gives something other than undefined, null or false, and gives that. Fails after the limit with
 * what was waited for, so that a hanging test says why.
 */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
): Promise<Exclude<T, undefined | null | false>> {
  const end = performance.now() + WAIT_LIMIT_MS;
  for (;;) {
    const value = await condition();
    if (value !== undefined && value !== null && value !== false) return value as Exclude<T, undefined | null | false>;
    if (performance.now() > end) throw new Error(`gave up waiting for ${what}`);
    await delay(5);
  }
}
