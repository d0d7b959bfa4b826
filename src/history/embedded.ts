import { mkdirSync } from 'node:fs';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { DAY_MS } from '../model/time.ts';
import type { Retention, WorkerSettings } from './embedded/settings.ts';
import type { History } from './history.ts';
import type { JournalRange } from './shared/protocol.ts';
import { openThreaded } from './shared/threaded.ts';

export type { Retention } from './embedded/settings.ts';
export type { JournalRange } from './shared/protocol.ts';

export interface EmbeddedHistoryOptions {
  /** Folder of its own; made when it is not there. */
  readonly dir: string;
  readonly log: Log;
  readonly clock: Clock;
  readonly retention?: Retention;
  /** What the journal holds at present. */
  readonly journal: () => JournalRange;
  /** A query that takes longer is given up with an error. */
  readonly queryTimeoutMs?: number;
}

export interface EmbeddedHistory extends History {
  /** Does all upkeep that would become due in time: readings sorted into their days, merged, summarised, old ones dropped. */
  settle(): Promise<void>;
}

/**
 * Half a year of readings covers the longest preview (90 days) twice; summaries cost a tenth and less, and reach back to
 * the same season of earlier years.
 */
export const DEFAULT_RETENTION: Retention = { rawMs: 180 * DAY_MS, minuteMs: 730 * DAY_MS, hourMs: 3653 * DAY_MS };

const QUERY_TIMEOUT_MS = 30_000;
const UNDER_WAY_BYTES_MAX = 16 << 20;

/**
 * History in SQLite files, in a thread of its own. Rejects with DamagedFileError when history.db is damaged; damaged
 * files of single days are set aside and named in `stats().problem`.
 */
export async function openEmbeddedHistory(options: EmbeddedHistoryOptions): Promise<EmbeddedHistory> {
  const { dir, log, clock } = options;
  mkdirSync(dir, { recursive: true });
  return openThreaded({
    log,
    clock,
    program: new URL('./embedded/worker.ts', import.meta.url),
    settings: (): WorkerSettings => ({
      dir,
      retention: options.retention ?? DEFAULT_RETENTION,
      nowMs: clock.nowMs(),
      journal: options.journal(),
      queryTimeoutMs: options.queryTimeoutMs ?? QUERY_TIMEOUT_MS,
    }),
    underWayBytesMax: UNDER_WAY_BYTES_MAX,
  });
}
