import type { Clock } from '../lib/clock.ts';
import type { JournalEntry } from '../model/entry.ts';
import type { UnreleasedChange, UnreleasedRow } from '../model/unreleased.ts';

/**
 * The seam of the journal: everything that happened, in order, on disk before anybody is told so. Nothing outside this
 * folder knows that the one there is stands on SQLite; what is promised here can be kept by a log on other machines as well,
 * of which each server has a copy.
 *
 * *Positions.* Each entry has one: whole numbers from 1 (0 is "nothing yet" as a cursor), dense, given in the order of the
 * commits, never given twice and never to another entry, also not after a crash, after trimming, or when all was trimmed.
 * Rows are what was committed together; where one ends means nothing.
 *
 * *Appending.* `append` never throws and never waits. `done(null)` comes in the order of the appends, when the entry will
 * be there after any crash; what was never answered may be there or not. It says nothing of the entry's position: others may
 * append to the same log. Nothing is written before `follow` is called; what was appended by then waits for it.
 *
 * *Following.* From `follow` on every committed batch is handed over once, in order and without a gap, at and after what was
 * `nextPosition` then; never before its `done` calls, so that an entry is acknowledged first and judged next. Who has to
 * know its own entries again goes by the number that `append` gave, which `own` of the batch counts from.
 *
 * *Followers* keep their cursors themselves, each with its effects in one transaction. At a start each reads from its own
 * with `read`, then takes what `follow` brings; `trim` is told what none of them needs any more. A cursor at or beyond
 * `nextPosition` is of another log, and nobody may go on from it (services/data-folder tells).
 *
 * *Reading* is synchronous and sees all that is committed up to `nextPosition`, so it is of a copy on this machine. Nothing
 * is read on the way of a message. Who reads in another thread or process opens a reader of its own (reader.ts).
 *
 * *The ledger* of QoS 2 changes in the transaction of the entry that it belongs to, and is asked synchronously as well.
 *
 * *A failed write* loses nothing: the entries stay pending, `onFailure` is told once, and the write is tried again until it
 * succeeds (`onRecovery`). While it fails, appends wait up to `pendingBytesMax`; beyond that `done` gets an error, so that
 * the publisher's connection is closed and it sends again later. `close` commits what is pending, unless that fails, and
 * ends; whoever still waits gets an error.
 */
export interface Journal {
  /** The position the next committed entry will get; everything before it is on disk. */
  nextPosition(): number;
  /** The first position that is still kept. */
  firstPosition(): number;
  /**
   * `unreleased`: what changes in the ledger of QoS 2 publishes, in the same transaction as the entry. Gives the entry's
   * number among those that were appended here since the journal was opened, from 1 on; REFUSED when it is not taken, which
   * `done` has been told by then.
   */
  append(entry: JournalEntry, done: (error: Error | null) => void, unreleased?: readonly UnreleasedChange[]): number;
  /**
   * Commits one entry at once, before everything that waits, in the space kept for emergencies. For the news that the
   * disk fails. `done` gets false when even that could not be written.
   */
  appendUrgent(entry: JournalEntry, done: (isWritten: boolean) => void): void;
  /** Begins to write and to hand over. Once, when everything before `nextPosition` has been read. */
  follow(onCommitted: (batch: CommittedBatch) => void): void;
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

/** What every journal is opened with. */
export interface JournalOptions {
  readonly clock: Clock;
  /** What this server is called among those that append to the same log; left out where it is alone. */
  readonly node?: string;
  /** The least time between two commits; 0 where the log itself takes longer than that, and gathers batches by it. */
  readonly commitIntervalMs?: number;
  /** What this opening of the journal is called, other than every one before it; drawn where it is left out. */
  readonly run?: string;
  readonly onFailure?: (error: Error) => void;
  readonly onRecovery?: () => void;
  /** Asked before a failed write is tried again, so that space kept for emergencies is not eaten by ordinary entries. */
  readonly mayResume?: () => boolean;
  /** Bytes of entries that may wait while the disk fails. */
  readonly pendingBytesMax?: number;
}

/** Of an entry that was not taken. */
export const REFUSED = 0;

/** Entries committed together: the bytes an EntryWriter wrote. */
export interface CommittedRow {
  readonly first: number;
  readonly count: number;
  readonly data: Uint8Array;
  /** The one of several servers that took them; left out where there is one alone. */
  readonly node?: string;
}

/** A row together with its entries, as handed over at commit. */
export interface CommittedBatch extends CommittedRow {
  readonly entries: readonly JournalEntry[];
  /** What `append` gave for the first of them; null when another server appended them, or this one before it was started. */
  readonly own: number | null;
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
