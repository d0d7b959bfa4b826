import type { Bucket, BucketQuery, SampleQuery } from '../../model/reading.ts';
import type { Columns } from './columns.ts';
import type { JournalRange, Retention } from './engine.ts';

/** What the thread that owns the history is started with. */
export interface WorkerSettings {
  readonly dir: string;
  readonly retention: Retention;
  readonly nowMs: number;
  readonly journal: JournalRange;
  readonly queryTimeoutMs: number;
}

/** To the worker, handled in order. */
export type Request =
  | { readonly type: 'ingest'; readonly first: number; readonly count: number; readonly data: Uint8Array }
  | { readonly type: 'tick'; readonly nowMs: number }
  | { readonly type: 'samples'; readonly id: number; readonly query: SampleQuery }
  | { readonly type: 'buckets'; readonly id: number; readonly query: BucketQuery }
  | { readonly type: 'settle'; readonly id: number }
  | { readonly type: 'close'; readonly id: number };

/** From the worker. */
export type Reply =
  | { readonly type: 'open'; readonly status: Status }
  /** It could not start; `damagedFile` when a damaged file is why. */
  | { readonly type: 'failed'; readonly message: string; readonly damagedFile: string | null }
  | { readonly type: 'status'; readonly status: Status }
  | { readonly type: 'samples'; readonly id: number; readonly columns: Columns }
  | { readonly type: 'buckets'; readonly id: number; readonly buckets: readonly Bucket[] }
  | { readonly type: 'done'; readonly id: number }
  | { readonly type: 'error'; readonly id: number; readonly message: string };

export interface Status {
  /** Bytes of entries that are taken care of, since the start; what was sent beyond is still under way. */
  readonly takenBytes: number;
  readonly nextPosition: number;
  readonly durablePosition: number;
  readonly readings: number;
  readonly bytesOnDisk: number;
  readonly problem: string | null;
}
