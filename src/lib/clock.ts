/** The one source of time and timers. Decision code takes times as arguments; only edges hold a Clock. */
export interface Clock {
  /** Wall time, ms since 1970. */
  nowMs(): number;
  /** Runs `task` once, `delayMs` from now. The returned function cancels it. */
  after(delayMs: number, task: () => void): () => void;
  /** Runs `task` every `periodMs`. The returned function stops it. */
  every(periodMs: number, task: () => void): () => void;
}

/** Timers of the real clock never keep the process alive. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  after(delayMs, task) {
    // setTimeout takes at most 2^31-1 ms; whoever waits longer looks again then.
    const timer = setTimeout(task, Math.min(Math.max(0, delayMs), 0x7fff_ffff));
    timer.unref();
    return () => clearTimeout(timer);
  },
  every(periodMs, task) {
    const timer = setInterval(task, periodMs);
    timer.unref();
    return () => clearInterval(timer);
  },
};
