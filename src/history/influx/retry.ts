import type { Bell } from './bell.ts';
import { type InfluxFailure, noAnswer } from './failure.ts';

const RETRY_MIN_MS = 100;

export interface RetryOptions {
  /** Tries end with it. */
  readonly signal: AbortSignal;
  /** Rung when somebody waits for another try. */
  readonly hurry: Bell;
  /** An earlier try is not made before this after the last one, however often it is asked for. */
  readonly hurriedAfterMs: number;
  readonly maxMs: number;
  readonly onFailed: (failure: InfluxFailure) => void;
  readonly onDone: () => void;
}

/** Tries until it succeeds; null when it is time to end. */
export type Insist = <T>(work: () => Promise<T>) => Promise<T | null>;

/** Waits longer after each failure, with jitter so that many servers do not return all at once. */
export function createInsist({ signal, hurry, hurriedAfterMs, maxMs, onFailed, onDone }: RetryOptions): Insist {
  return async (work) => {
    for (let waitMs = RETRY_MIN_MS; !signal.aborted; waitMs = Math.min(waitMs * 2, maxMs)) {
      const startedAtMs = performance.now();
      try {
        const result = await work();
        onDone();
        return result;
      } catch (error) {
        const failure = noAnswer(error);
        onFailed(failure);
        const toldMs = failure.retryAfterMs;
        // A server that asks to be left alone is, whoever waits.
        const hurriedFromMs = toldMs === null ? startedAtMs + hurriedAfterMs : Number.POSITIVE_INFINITY;
        const pauseMs = Math.min(toldMs ?? waitMs * (0.5 + Math.random() / 2), maxMs);
        await hurry.wait(pauseMs, () => performance.now() >= hurriedFromMs);
      }
    }
    return null;
  };
}
