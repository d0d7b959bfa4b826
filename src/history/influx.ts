import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { History } from './history.ts';
import type { RejectedReadings } from './influx/rejections.ts';
import type {
  InfluxTarget,
  InfluxWorkerSettings,
  NoteFromWorker,
  NoteToWorker,
  SeriesTags,
} from './influx/settings.ts';
import type { JournalRange } from './shared/protocol.ts';
import { openThreaded } from './shared/threaded.ts';

export type { RejectedReadings } from './influx/rejections.ts';
export type { InfluxTarget, SeriesTags } from './influx/settings.ts';

export interface InfluxHistoryOptions {
  /** Folder for the cursor; made when it is not there. */
  readonly dir: string;
  readonly log: Log;
  readonly clock: Clock;
  readonly target: InfluxTarget;
  /** What the journal holds at present. */
  readonly journal: () => JournalRange;
  /** What a series is written under; null when the registry has never known it. */
  readonly describe: (series: number) => SeriesTags | null;
  /** Readings the server will never take, summed up for a while; told once, or again after a crash. */
  readonly onRejected: (rejected: RejectedReadings) => void;
  /** A query that takes longer is given up with an error. */
  readonly queryTimeoutMs?: number;
  /** The longest wait between two tries while the server does not answer. */
  readonly retryMaxMs?: number;
  /** How often the server is asked whether it would take and tell readings. */
  readonly probeEveryMs?: number;
}

/** The server asks for an organisation, and none is set. */
export class OrganisationMissingError extends Error {}

export interface InfluxHistory extends History {
  /** Resolves when the server has everything that was offered. */
  settle(): Promise<void>;
}

const QUERY_TIMEOUT_MS = 30_000;
const RETRY_MAX_MS = 30_000;
const PROBE_EVERY_MS = 60_000;
/** Some 150,000 readings: a query waits for no more than these, and memory holds no more while the server is away. */
const UNDER_WAY_BYTES_MAX = 4 << 20;

/**
 * History in InfluxDB 1.8 or 2.x. Opens whether the server answers or not: while it does not, offers are refused
 * once a few megabytes wait, the journal keeps the rest, and `stats().problem` says why. Rejects with
 * OrganisationMissingError when the server says at once that it will never take anything like this.
 */
export async function openInfluxHistory(options: InfluxHistoryOptions): Promise<InfluxHistory> {
  const { dir, log, clock } = options;
  const { url, token, org, bucket } = options.target;
  mkdirSync(dir, { recursive: true });
  let outage: { readonly cause: string; readonly sinceMs: number } | null = null;

  function onOutage(found: Extract<NoteFromWorker, { type: 'outage' }>['outage']): void {
    if (found === null) {
      const seconds = outage === null ? 0 : Math.round((clock.nowMs() - outage.sinceMs) / 1_000);
      log.info({ url, cause: outage?.cause, seconds }, 'InfluxDB takes and tells readings again');
      outage = null;
      return;
    }
    const { cause, message } = found;
    log.warn({ url, cause, problem: message }, 'InfluxDB does not take or tell readings; the journal keeps them');
    outage = { cause, sinceMs: outage?.sinceMs ?? clock.nowMs() };
  }

  const history = await openThreaded({
    log,
    clock,
    program: new URL('./influx/worker.ts', import.meta.url),
    settings: (): InfluxWorkerSettings => ({
      target: { url, token, org, bucket },
      stateFile: join(dir, 'influx.db'),
      nowMs: clock.nowMs(),
      journal: options.journal(),
      queryTimeoutMs: options.queryTimeoutMs ?? QUERY_TIMEOUT_MS,
      retryMaxMs: options.retryMaxMs ?? RETRY_MAX_MS,
      probeEveryMs: options.probeEveryMs ?? PROBE_EVERY_MS,
    }),
    underWayBytesMax: UNDER_WAY_BYTES_MAX,
    onNote(content, answer) {
      const note = content as NoteFromWorker;
      if (note.type === 'outage') {
        onOutage(note.outage);
        return;
      }
      if (note.type === 'rejected') {
        const { kind, readings, reason } = note.rejected;
        log.warn({ url, kind, readings, reason }, 'InfluxDB rejects readings');
        options.onRejected(note.rejected);
        return;
      }
      const described = note.series.map((series) => ({ series, tags: options.describe(series) }));
      answer({ described } satisfies NoteToWorker);
    },
  });
  const { problem, remote } = history.stats();
  if (remote?.outage === 'organisation') {
    await history.close();
    throw new OrganisationMissingError(problem ?? '');
  }
  return history;
}
