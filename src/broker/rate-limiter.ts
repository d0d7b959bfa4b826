import type { Clock } from '../lib/clock.ts';

/** A bucket may fill up to this many seconds of its rate, so that a device can empty its buffer after a gap. */
const BURST_SECONDS = 5;

/**
 * A token bucket for each key. `take` gives how long to wait, in ms, before acting: 0 within the rate. Waits grow with
 * what is already waiting, so the rate holds whatever comes in.
 */
export function createRateLimiter(clock: Clock, perSecond: number): { take(key: string): number; throttled(): number } {
  const buckets = new Map<string, { tokens: number; atMs: number }>();
  let throttledCount = 0;
  return {
    take(key) {
      const nowMs = clock.steadyMs();
      let bucket = buckets.get(key);
      if (bucket === undefined) {
        bucket = { tokens: perSecond * BURST_SECONDS, atMs: nowMs };
        buckets.set(key, bucket);
      }
      bucket.tokens =
        Math.min(perSecond * BURST_SECONDS, bucket.tokens + ((nowMs - bucket.atMs) / 1_000) * perSecond) - 1;
      bucket.atMs = nowMs;
      if (bucket.tokens >= 0) return 0;
      throttledCount++;
      return (-bucket.tokens / perSecond) * 1_000;
    },
    throttled: () => throttledCount,
  };
}
