import type { Clock } from '../lib/clock.ts';

export interface TickerOptions {
  readonly clock: Clock;
  /** The earliest wall time at which a deadline falls due. */
  readonly nextDeadlineMs: () => number | undefined;
  /** A time that is not later than that; asked after every commit, so it must cost nothing. */
  readonly deadlineNotBeforeMs: () => number | undefined;
  /** Journals a tick; deadlines up to its time take effect when it comes through. */
  readonly tick: () => void;
  /** Journals a start: time passed in which we could not listen, so nobody's silence may be held against them. */
  readonly restart: (reason: string) => void;
}

/** How often time itself is looked at, ms. */
const WATCH_MS = 500;
/**
 * A loop that did not turn for this long (a suspended machine, a stopped process) has not read its sockets either, and
 * a wall clock that moved this far against the steady one was set by somebody.
 */
const STALL_MS = 5_000;

/** Turns the passing of time into journal entries: ticks at deadlines, a new start after a stall or a clock jump. */
export function startTicker(options: TickerOptions): { check(): void; stop(): void } {
  const { clock } = options;
  let cancel: (() => void) | undefined;
  let armedForMs = Number.POSITIVE_INFINITY;
  let tickUnderWay = false;
  let lastSteadyMs = clock.steadyMs();
  let lastWallMs = clock.nowMs();

  /** Whether time is as it should be; says so and begins anew when it is not. */
  function isTimeSound(): boolean {
    const steadyMs = clock.steadyMs();
    const wallMs = clock.nowMs();
    const steadyStep = steadyMs - lastSteadyMs;
    const wallStep = wallMs - lastWallMs;
    lastSteadyMs = steadyMs;
    lastWallMs = wallMs;
    if (Math.abs(wallStep - steadyStep) > STALL_MS) options.restart('clock-jump');
    else if (steadyStep > WATCH_MS + STALL_MS) options.restart('stall');
    else return true;
    return false;
  }

  function due(): void {
    cancel = undefined;
    armedForMs = Number.POSITIVE_INFINITY;
    if (!isTimeSound()) return;
    const deadline = options.nextDeadlineMs();
    if (deadline === undefined) return;
    if (deadline > clock.nowMs()) return arm(deadline);
    tickUnderWay = true;
    options.tick();
  }

  function arm(deadlineMs: number): void {
    if (tickUnderWay || deadlineMs >= armedForMs) return;
    cancel?.();
    armedForMs = deadlineMs;
    cancel = clock.after(Math.max(0, deadlineMs - clock.nowMs()), due);
  }

  const stopWatch = clock.every(WATCH_MS, () => {
    isTimeSound();
  });

  return {
    /** To be called when entries have been evaluated: the next deadline may have moved. */
    check() {
      tickUnderWay = false;
      const notBefore = options.deadlineNotBeforeMs();
      if (notBefore !== undefined) arm(notBefore);
    },
    stop() {
      stopWatch();
      cancel?.();
    },
  };
}
