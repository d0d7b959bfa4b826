import type { Bucket, BucketQuery, SampleQuery } from '../../model/reading.ts';
import type { RejectedImport, RemoteFigures } from '../history.ts';
import type { Columns } from './columns.ts';

/**
 * What the journal holds: positions from `first` to `next` (excluded). A cursor outside it, because the journal was
 * trimmed by force or put in new, goes to `first`; being handed a reading again does no harm.
 */
export interface JournalRange {
  readonly first: number;
  readonly next: number;
}

/** Where a follower with this cursor goes on. */
export function startPosition(cursor: number, journal: JournalRange): number {
  return cursor < journal.first || cursor > journal.next ? journal.first : cursor;
}

/** To a history's thread, handled in order. */
export type Request =
  | { readonly type: 'ingest'; readonly first: number; readonly count: number; readonly data: Uint8Array }
  /** Readings from outside the journal, as one message entry. */
  | { readonly type: 'import'; readonly id: number; readonly data: Uint8Array }
  | { readonly type: 'tick'; readonly nowMs: number }
  | { readonly type: 'samples'; readonly id: number; readonly query: SampleQuery }
  | { readonly type: 'buckets'; readonly id: number; readonly query: BucketQuery }
  /** Do at once all that would become due in time. */
  | { readonly type: 'settle'; readonly id: number }
  /** Write a copy of everything it keeps on this machine to another folder. */
  | { readonly type: 'copy'; readonly id: number; readonly dir: string }
  | { readonly type: 'close'; readonly id: number }
  | { readonly type: 'note'; readonly note: unknown };

/** From a history's thread. */
export type Reply =
  | { readonly type: 'open'; readonly status: Status }
  /** It could not start; `damagedFile` when a damaged file is why. */
  | { readonly type: 'failed'; readonly message: string; readonly damagedFile: string | null }
  | { readonly type: 'status'; readonly status: Status }
  | { readonly type: 'samples'; readonly id: number; readonly columns: Columns }
  | { readonly type: 'buckets'; readonly id: number; readonly buckets: readonly Bucket[] }
  | { readonly type: 'done'; readonly id: number }
  | { readonly type: 'imported'; readonly id: number; readonly rejected: readonly RejectedImport[] }
  | { readonly type: 'error'; readonly id: number; readonly message: string }
  | { readonly type: 'note'; readonly note: unknown };

export interface Status {
  /** Bytes of entries that are taken care of, since the start; what was sent beyond is still under way. */
  readonly takenBytes: number;
  readonly nextPosition: number;
  readonly durablePosition: number;
  readonly readings: number;
  readonly bytesOnDisk: number;
  readonly problem: string | null;
  readonly remote?: RemoteFigures;
}
