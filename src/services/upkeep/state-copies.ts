import { existsSync, mkdirSync, readdirSync, rmSync, statfsSync, statSync } from 'node:fs';
import { type StateCopy, stateCopyOf } from '../../alerts/state-copy.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import { type Errand, startErrand } from '../../lib/thread.ts';
import type { StateCopyJob } from './state-copy-worker.ts';

/** The folder of the copies, in the data folder. */
export const STATES_FOLDER = 'states';

export interface StateCopiesOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** The alert store's file. */
  readonly from: string;
  readonly dir: string;
  /** The first position that the journal still has. */
  readonly firstPosition: () => number;
}

const LOOK_EVERY_MS = 600_000;
/**
 * Once the journal is trimmed, a backtest can begin at the oldest of these copies at the earliest. With 100,000 points one
 * takes some 30 MB, so that a week of them stays well below the journal's own size.
 */
const COPY_EVERY_MS = 6 * 3_600_000;
/** What is only for later questions must not fill the disk that readings are acknowledged on. */
const SPARE_BYTES = 1 << 30;

/** Keeps copies of evaluation's state, made in a thread of their own, for as long as the journal reaches back to them. */
export function startStateCopies({ clock, log, from, dir, firstPosition }: StateCopiesOptions): {
  close(): Promise<void>;
} {
  let copying: Errand | undefined;
  let isClosed = false;
  mkdirSync(dir, { recursive: true, mode: 0o700 });

  function copy(): void {
    const job: StateCopyJob = { from, dir };
    copying = startErrand(new URL('./state-copy-worker.ts', import.meta.url), job);
    copying.done
      .catch((error: unknown) => {
        if (!isClosed) log.warn({ err: error }, 'a copy of the evaluation state could not be made');
      })
      .finally(() => {
        copying = undefined;
      });
  }

  function look(): void {
    try {
      for (const { path, replayFrom } of stateCopiesIn(dir)) if (replayFrom < firstPosition()) rmSync(path);
      if (copying !== undefined) return;
      const newestMs = Math.max(0, ...stateCopiesIn(dir).map(({ path }) => statSync(path).mtimeMs));
      const { bavail, bsize } = statfsSync(dir);
      if (clock.nowMs() - newestMs >= COPY_EVERY_MS && bavail * bsize >= SPARE_BYTES) copy();
    } catch (error) {
      log.warn({ err: error }, 'copies of the evaluation state cannot be kept');
    }
  }

  const stop = clock.every(LOOK_EVERY_MS, look);
  return {
    async close() {
      isClosed = true;
      stop();
      await copying?.end();
    },
  };
}

/** The copies in a folder, oldest first. */
export function stateCopiesIn(dir: string): StateCopy[] {
  if (!existsSync(dir)) return [];
  const copies = readdirSync(dir).map((name) => stateCopyOf(dir, name));
  return copies.filter((copy) => copy !== undefined).sort((a, b) => a.cursor - b.cursor);
}
