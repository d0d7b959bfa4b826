import type { JournalRange } from '../shared/protocol.ts';
import type { OutageCause } from './failure.ts';
import type { RejectedReadings } from './rejections.ts';

export interface InfluxTarget {
  /** Such as http://influx.example:8086. */
  readonly url: string;
  readonly token: string;
  /** Needed by 2.x; not used by 1.8. */
  readonly org: string;
  /** With 1.8: the database, or database/retention-policy. */
  readonly bucket: string;
}

/** What a series is written and found under. */
export interface SeriesTags {
  readonly point: string;
  readonly metric: string;
  readonly area: string | null;
  readonly family: string | null;
  readonly device: string | null;
}

/** What the thread that follows the journal is started with. */
export interface InfluxWorkerSettings {
  readonly target: InfluxTarget;
  /** File of the cursor. */
  readonly stateFile: string;
  readonly nowMs: number;
  readonly journal: JournalRange;
  readonly queryTimeoutMs: number;
  /** The longest wait between two tries while the server does not answer. */
  readonly retryMaxMs: number;
  /** How often it is asked whether it would take and tell readings, whatever else is asked of it. */
  readonly probeEveryMs: number;
}

/** What thread and server say to one another beyond the common protocol. */
export type NoteFromWorker =
  | { readonly type: 'describe'; readonly series: readonly number[] }
  | { readonly type: 'rejected'; readonly rejected: RejectedReadings }
  /** An outage has begun or has another cause now; null: it is over. */
  | { readonly type: 'outage'; readonly outage: { readonly cause: OutageCause; readonly message: string } | null };

export interface NoteToWorker {
  readonly described: readonly { readonly series: number; readonly tags: SeriesTags | null }[];
}
