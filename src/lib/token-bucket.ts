/** How far something has used up its rate: a token bucket, changed in place. */
export interface TokenBucket {
  tokens: number;
  /** When `tokens` was true, of a clock that is never set. */
  atMs: number;
}

/** A bucket may fill up to this many seconds of its rate, so that a device can empty its buffer after a gap. */
const BURST_SECONDS = 5;

/** A bucket that is full whenever it is first used. */
export const newBucket = (): TokenBucket => ({ tokens: 0, atMs: Number.NEGATIVE_INFINITY });

/**
 * Takes a token, or as many as something costs, and gives how long to wait before acting, ms: 0 within the rate. Waits grow with what is already
 * waiting, so the rate holds whatever comes in.
 */
export function takeToken(bucket: TokenBucket, perSecond: number, nowMs: number, cost = 1): number {
  const filled = bucket.tokens + ((nowMs - bucket.atMs) / 1_000) * perSecond;
  bucket.tokens = Math.min(perSecond * BURST_SECONDS, filled) - cost;
  bucket.atMs = nowMs;
  return bucket.tokens >= 0 ? 0 : (-bucket.tokens / perSecond) * 1_000;
}

/** What a message costs of a rate: a long one takes as long as many short ones. */
export const costOf = (bytes: number): number => 1 + (bytes >> KIB_SHIFT);
const KIB_SHIFT = 10;
