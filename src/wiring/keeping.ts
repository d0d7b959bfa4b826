import type { Journal } from '../journal/journal.ts';
import type { Clock } from '../lib/clock.ts';
import { decodeEntries } from '../model/entry.ts';

export interface KeepingOptions {
  readonly clock: Clock;
  readonly journal: Journal;
  /** The position before which nobody needs the journal any more. */
  readonly neededFrom: () => number;
  readonly keepMs: number;
  readonly bytesMax: number;
  /** Stores evaluation's state and the other followers' cursors, a bounded amount at a time. */
  readonly checkpoint: () => void;
}

const CHECKPOINT_MS = 250;
const TRIM_MS = 2_000;
/** Above this share of its size limit the journal is kept no longer than its followers need it. */
const SHORT_OF_SPACE = 0.7;

/** The regular chores beside the traffic, in slices too small to hold up an acknowledgement. */
export function startKeeping(options: KeepingOptions): { stop(): void } {
  const { clock, journal } = options;
  let oldestWantedMs = 0;
  let wanted = 1;

  function trim(): void {
    const { bytes } = journal.stats();
    if (bytes > options.bytesMax * SHORT_OF_SPACE) {
      journal.trim(options.neededFrom());
      return;
    }
    // Time is looked up in the journal once an hour at most; between that the same mark serves.
    const keepFromMs = clock.nowMs() - options.keepMs;
    if (keepFromMs - oldestWantedMs > 3_600_000) {
      wanted = positionAt(journal, keepFromMs);
      oldestWantedMs = keepFromMs;
    }
    journal.trim(Math.min(options.neededFrom(), wanted));
  }

  const stops = [clock.every(CHECKPOINT_MS, options.checkpoint), clock.every(TRIM_MS, trim)];
  return {
    stop() {
      for (const stop of stops) stop();
    },
  };
}

/** The first kept position of a row that was committed at or after `timeMs`, found by halving. */
function positionAt(journal: Journal, timeMs: number): number {
  let low = journal.firstPosition();
  let high = journal.nextPosition();
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const [row] = journal.read(middle, 1);
    if (row === undefined) return low;
    const receivedAtMs = decodeEntries(row.data)[0]?.receivedAtMs ?? Number.POSITIVE_INFINITY;
    if (receivedAtMs < timeMs) low = row.first + row.count;
    else if (row.first <= low) return low;
    else high = row.first;
  }
  return low;
}
