import type { JournalRange } from '../shared/protocol.ts';

export interface InfluxTarget {
  /** Such as http://influx.example:8086. */
  readonly url: string;
  readonly token: string;
  /** Not used by 1.8, but asked for by the way of writing that all versions share. */
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

/** A reading that the server would not take, with its own words why. */
export interface RejectedReading {
  readonly series: number;
  readonly tsMs: number;
  readonly device: string | null;
  /** The line as it was sent. */
  readonly line: string;
  readonly reason: string;
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
}

/** What thread and server say to one another beyond the common protocol. */
export type NoteFromWorker =
  | { readonly type: 'describe'; readonly series: readonly number[] }
  | { readonly type: 'rejected'; readonly readings: readonly RejectedReading[] };

export interface NoteToWorker {
  readonly described: readonly { readonly series: number; readonly tags: SeriesTags | null }[];
}
