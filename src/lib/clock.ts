import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';

/** The one source of time and timers. Decision code takes times as arguments; only edges hold a Clock. */
export interface Clock {
  /** Wall time, ms since 1970. May jump when somebody sets it. */
  nowMs(): number;
  /** Time since some start, ms. Never jumps; only differences mean anything. */
  steadyMs(): number;
  /** Runs `task` once, `delayMs` from now. The returned function cancels it. */
  after(delayMs: number, task: () => void): () => void;
  /** Runs `task` every `periodMs`. The returned function stops it. */
  every(periodMs: number, task: () => void): () => void;
}

/** The time of the machine itself, which nobody sets and which goes on while it sleeps and whatever process asks. */
export interface Uptime {
  /** The same as long as the machine has not been started anew; empty where it does not say. */
  readonly boot: string;
  /** Since the machine was started, ms, to some 10 ms. */
  ms(): number;
}

export function machineUptime(): Uptime {
  return { boot: bootId(), ms: () => uptime() * 1_000 };
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    // Linux alone has it.
    return '';
  }
}

/** setTimeout takes no longer delay; whoever waits longer looks again then. */
const DELAY_MAX_MS = 0x7fff_ffff;

/** Timers of the real clock never keep the process alive. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  steadyMs: () => performance.now(),
  after(delayMs, task) {
    const timer = setTimeout(task, Math.min(Math.max(0, delayMs), DELAY_MAX_MS));
    timer.unref();
    return () => clearTimeout(timer);
  },
  every(periodMs, task) {
    const timer = setInterval(task, periodMs);
    timer.unref();
    return () => clearInterval(timer);
  },
};
