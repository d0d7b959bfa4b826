import type { Journal } from '../../journal/journal.ts';
import { rowAt } from '../../journal/journal-time.ts';
import type { Clock } from '../../lib/clock.ts';

export interface KeepingOptions {
  readonly clock: Clock;
  readonly journal: Journal;
  /** The position before which nobody needs the journal any more. */
  readonly neededFrom: () => number;
  readonly keepMs: number;
  readonly bytesMax: number;
  /** The journal has come near its size limit although it was trimmed (somebody lags), or is well below it again. */
  readonly onNearLimit: (isNear: boolean, detail: string) => void;
  /** Whether that is said from before the start. */
  readonly isNearLimit: boolean;
  /** Stores evaluation's state and the other followers' cursors, a bounded amount at a time. */
  readonly checkpoint: () => void;
  /** A chore could not be done, as on a full disk. It is tried again at its next turn; only the first failure is told. */
  readonly onFailure: (chore: string, error: unknown) => void;
}

const CHECKPOINT_MS = 250;
const TRIM_MS = 2_000;
/** Above this share of its size limit the journal is kept no longer than its followers need it, and people are told. */
export const NEAR_LIMIT = 0.7;
/** Below this share the warning ends. */
const WELL_BELOW_LIMIT = 0.6;

/** The regular chores beside the traffic, in slices too small to hold up an acknowledgement. */
export function startKeeping(options: KeepingOptions): { stop(): void } {
  const { clock, journal } = options;
  let oldestWantedMs = 0;
  let wanted = 1;
  let { isNearLimit } = options;

  function warn(bytes: number): void {
    const share = bytes / options.bytesMax;
    if (isNearLimit ? share >= WELL_BELOW_LIMIT : share < NEAR_LIMIT) return;
    isNearLimit = !isNearLimit;
    options.onNearLimit(isNearLimit, `${Math.round(share * 100)} % of the size limit`);
  }

  function trim(): void {
    const { bytes } = journal.stats();
    if (bytes > options.bytesMax * NEAR_LIMIT) {
      journal.trim(options.neededFrom());
      warn(bytes);
      return;
    }
    warn(bytes);
    // Time is looked up in the journal once an hour at most; between that the same mark serves.
    const keepFromMs = clock.nowMs() - options.keepMs;
    if (keepFromMs - oldestWantedMs > 3_600_000) {
      wanted = rowAt(journal, keepFromMs);
      oldestWantedMs = keepFromMs;
    }
    journal.trim(Math.min(options.neededFrom(), wanted));
  }

  const failing = new Set<string>();

  /** Nothing here is worth ending the server for: what was acknowledged is in the journal, and the rest can wait. */
  function chore(name: string, work: () => void): () => void {
    return () => {
      try {
        work();
        failing.delete(name);
      } catch (error) {
        if (!failing.has(name)) options.onFailure(name, error);
        failing.add(name);
      }
    };
  }

  const stops = [
    clock.every(CHECKPOINT_MS, chore('checkpoint', options.checkpoint)),
    clock.every(TRIM_MS, chore('trim', trim)),
  ];
  return {
    stop() {
      for (const stop of stops) stop();
    },
  };
}
