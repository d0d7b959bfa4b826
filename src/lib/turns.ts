import type { Clock } from './clock.ts';

/**
 * Work that may wait: one piece at a time, first come, first served. Between two pieces the event loop has at least a turn,
 * and so much time that all pieces together take a small share of it, however many wait and however slow the machine is.
 */
export interface Turns {
  next(work: () => void): void;
  /** Does it at once when nobody waits and there is time for it; false when it was not done. */
  atOnce(work: () => void): boolean;
}

/** Of `othersShare` when nothing is said. Some of a piece's work comes after it has returned. */
const OTHERS_SHARE = 8;
/** Timers are no finer than this; shorter waits are added up. */
const WAIT_MIN_MS = 1;

/** Says when a piece of work is over, which has just returned. */
export type Over = (done: () => void) => void;

/** With what it has left behind in promises that wait for nothing outside. */
export const withItsPromises: Over = (done) => queueMicrotask(() => process.nextTick(done));

/** `othersShare` is the time for everybody else, as a multiple of what a piece took, until it is `over`. */
export function createTurns(clock: Clock, othersShare = OTHERS_SHARE, over: Over = (done) => done()): Turns {
  const queue: (() => void)[] = [];
  let isScheduled = false;
  let isRunning = false;
  let owedMs = 0;
  /** When what is owed has passed. */
  let freeAtMs = Number.NEGATIVE_INFINITY;

  function schedule(): void {
    if (isScheduled || isRunning || queue.length === 0) return;
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
    const work = queue.shift();
    if (work !== undefined) measured(work);
  }

  function measured(work: () => void): void {
    const startMs = clock.steadyMs();
    isRunning = true;
    try {
      work();
    } finally {
      over(() => {
        isRunning = false;
        const owesMs = (clock.steadyMs() - startMs) * othersShare;
        owedMs += owesMs;
        freeAtMs = clock.steadyMs() + owesMs;
        schedule();
      });
    }
  }

  return {
    next(work) {
      queue.push(work);
      schedule();
    },
    atOnce(work) {
      if (isScheduled || isRunning || clock.steadyMs() < freeAtMs) return false;
      owedMs = 0;
      measured(work);
      return true;
    },
  };
}
