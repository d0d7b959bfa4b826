import type { Clock } from './clock.ts';

/**
 * Work that may wait: one piece at a time, first come, first served. Between two pieces the event loop has at least a turn,
 * and so much time that all pieces together take a small share of it, however many wait and however slow the machine is.
 */
export interface Turns {
  next(work: () => void): void;
}

/** Of `othersShare` when nothing is said. Some of a piece's work comes after it has returned. */
const OTHERS_SHARE = 8;
/** Timers are no finer than this; shorter waits are added up. */
const WAIT_MIN_MS = 1;

/** `othersShare` is the time for everybody else, as a multiple of what a piece took. */
export function createTurns(clock: Clock, othersShare = OTHERS_SHARE): Turns {
  const queue: (() => void)[] = [];
  let isScheduled = false;
  let owedMs = 0;

  function schedule(): void {
    if (isScheduled || queue.length === 0) return;
    isScheduled = true;
    if (owedMs < WAIT_MIN_MS) {
      setImmediate(run);
      return;
    }
    clock.after(owedMs, run);
    owedMs = 0;
  }

  function run(): void {
    isScheduled = false;
    const startMs = clock.steadyMs();
    queue.shift()?.();
    owedMs += (clock.steadyMs() - startMs) * othersShare;
    schedule();
  }

  return {
    next(work) {
      queue.push(work);
      schedule();
    },
  };
}
