import type { Clock, Uptime } from '../../src/lib/clock.ts';

/** A clock that stands still until it is told to go on; timers run in the order of their times. */
export interface FakeClock extends Clock {
  /** Lets `ms` pass, running every timer that falls due at its own time. */
  advance(ms: number): void;
  /** Sets the wall clock without any time passing. */
  setWall(ms: number): void;
}

export function createFakeClock(startMs = Date.UTC(2026, 5, 1)): FakeClock {
  let wallMs = startMs;
  let steadyMs = 0;
  let order = 0;
  const timers = new Map<number, { atMs: number; task: () => void; periodMs: number | undefined }>();

  function add(delayMs: number, task: () => void, periodMs?: number): () => void {
    const id = order++;
    timers.set(id, { atMs: steadyMs + Math.max(0, delayMs), task, periodMs });
    return () => timers.delete(id);
  }

  return {
    nowMs: () => wallMs,
    steadyMs: () => steadyMs,
    after: (delayMs, task) => add(delayMs, task),
    every: (periodMs, task) => add(periodMs, task, periodMs),
    setWall(ms) {
      wallMs = ms;
    },
    advance(ms) {
      const endMs = steadyMs + ms;
      for (;;) {
        const next = [...timers]
          .filter(([, timer]) => timer.atMs <= endMs)
          .sort(([a, x], [b, y]) => x.atMs - y.atMs || a - b)[0];
        if (next === undefined) break;
        const [id, timer] = next;
        wallMs += timer.atMs - steadyMs;
        steadyMs = timer.atMs;
        if (timer.periodMs === undefined) timers.delete(id);
        else timers.set(id, { ...timer, atMs: timer.atMs + timer.periodMs });
        timer.task();
      }
      wallMs += endMs - steadyMs;
      steadyMs = endMs;
    },
  };
}

/** A machine that was started when its clock was made, and is as old as that says. */
export function uptimeOf(clock: Clock, boot = 'boot-1'): Uptime {
  return { boot, ms: clock.steadyMs };
}
