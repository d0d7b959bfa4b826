import type { Clock } from './clock.ts';

/** How much of something there was, and when the last. */
export interface Tally {
  note(): void;
  count(): number;
  lastAtMs(): number | null;
}

export function createTally(clock: Pick<Clock, 'nowMs'>): Tally {
  let count = 0;
  let lastAtMs: number | null = null;
  return {
    note() {
      count++;
      lastAtMs = clock.nowMs();
    },
    count: () => count,
    lastAtMs: () => lastAtMs,
  };
}
