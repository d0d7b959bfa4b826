import type { JournalEntry } from '../model/entry.ts';
import type { UnreleasedChange, UnreleasedRow } from '../model/unreleased.ts';

/**
 * The journal: everything that happened, in order, on disk before anybody is told so. This is the narrow interface that
 * a distributed log could stand behind later.
 *
 * Lifecycle: `openJournal` gives it ready to append; `append` calls `done` in the order of the appends, after the fsync
 * that covers the entry; `onCommitted` hears every committed batch, after its `done` calls, in the same turn; `close`
 * commits what is pending and ends.
 *
 * A failed write loses nothing: the entries stay pending, `onFailure` is told once, and the write is tried again until it
 * succeeds (`onRecovery`). While it fails, appends wait up to `pendingBytesMax`; beyond that `done` gets an error, so that
 * the publisher's connection is closed and it sends again later.
 */
export interface Journal {
  /** The position the next committed entry will get; everything before it is on disk. */
  nextPosition(): number;
  /** The first position that is still kept. */
  firstPosition(): number;
  /** `unreleased`: what changes in the ledger of QoS 2 publishes, in the same transaction as the entry. */
  append(entry: JournalEntry, done: (error: Error | null) => void, unreleased?: readonly UnreleasedChange[]): void;
  /**
   * Commits one entry at once, before everything that waits, in the space kept for emergencies. For the news that the
   * disk fails. `done` gets false when even that could not be written.
   */
  appendUrgent(entry: JournalEntry, done: (isWritten: boolean) => void): void;
  /** The ledger of QoS 2 publishes, as it is on disk. */
  unreleased(): readonly UnreleasedRow[];
  /** Changes the ledger by itself; calls back once that is on disk. */
  changeUnreleased(changes: readonly UnreleasedChange[], done: (error: Error | null) => void): void;
  /** Calls back once everything appended so far is on disk. */
  whenDurable(done: (error: Error | null) => void): void;
  /** Committed rows from the one that holds `position` on, about `bytesMax` of them; empty when there is none. */
  read(position: number, bytesMax: number): CommittedRow[];
  /** Has rows that end before `position` deleted, little by little, beside the writing. */
  trim(position: number): void;
  stats(): JournalStats;
  close(): Promise<void>;
}

/** Entries committed together: the bytes an EntryWriter wrote. */
export interface CommittedRow {
  readonly first: number;
  readonly count: number;
  readonly data: Uint8Array;
}

/** A row together with its entries, as handed over at commit. */
export interface CommittedBatch extends CommittedRow {
  readonly entries: readonly JournalEntry[];
}

export interface JournalStats {
  readonly nextPosition: number;
  readonly firstPosition: number;
  /** Bytes the kept entries take on disk. */
  readonly bytes: number;
  readonly pendingEntries: number;
  readonly commits: number;
  /** Null when well, otherwise the error of the last write, in words. */
  readonly failure: string | null;
}
