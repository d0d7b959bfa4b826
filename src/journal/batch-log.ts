import type { UnreleasedChange, UnreleasedRow } from '../model/unreleased.ts';
import type { CommittedRow } from './journal.ts';

/**
 * The seam below the journal: an order of batches. Where it lies is its own business: in a file of this machine, or on
 * several machines, of which each has a copy. `createJournal` makes a journal of one.
 *
 * *Appending and following are apart.* That a batch was appended says that it will be there after any crash, not where it
 * stands or what stands before it: other machines append as well. What is followed is all there is, in the one order, each
 * batch once, without a gap; a batch of one's own is known by its name when it comes.
 *
 * *An append that fails* may have come about all the same. It is made again under the same name until it is known, and
 * the same name is the same batch, however often it is appended.
 */
export interface BatchLog {
  /**
   * Appends a batch; one at a time, the next when this one is answered or has come back. `done(null)`: it will be there
   * after any crash. Where appending and following are one thing, `done` comes first.
   */
  append(batch: NamedBatch, done: (error: Error | null) => void): void;
  /**
   * Appends at once, in the space kept for emergencies, also while a batch before it has failed and will be tried again.
   * An error where nothing is sure to be written at once.
   */
  appendUrgent(batch: NamedBatch, done: (error: Error | null) => void): void;
  /** Begins to hand over what comes at and after `nextPosition`; before that nothing moves. */
  follow(onBatch: (batch: LoggedBatch) => void): void;

  /** As in Journal, of what was handed over. */
  nextPosition(): number;
  firstPosition(): number;
  read(position: number, bytesMax: number): CommittedRow[];
  unreleased(): readonly UnreleasedRow[];
  trim(position: number): void;
  /** Bytes the kept entries take on disk. */
  bytes(): number;
  close(): Promise<void>;
}

/** What tells a batch from every other, also from the same entries appended again by somebody else. */
export interface BatchName {
  /** The server that appended it; empty where there is one alone. */
  readonly node: string;
  /** Drawn anew at each start of that server. */
  readonly run: string;
  /** The batches of a run are numbered from 1; each number is appended before the next one is. */
  readonly n: number;
}

/** Entries that are appended together, as an EntryWriter wrote them, and changes of the ledger of QoS 2. */
export interface NamedBatch extends BatchName {
  readonly count: number;
  readonly data: Uint8Array;
  readonly unreleased: readonly UnreleasedChange[];
}

/** A batch with its place; `count` 0 changes the ledger alone. */
export interface LoggedBatch extends CommittedRow, BatchName {
  readonly node: string;
}

/**
 * A batch that has grown to one of these is closed; whoever takes batches must take one and its last entry. 1 MB is
 * what JetStream takes in one message where nobody says otherwise (max_payload).
 */
export const BATCH_ENTRIES_MAX = 4_096;
export const BATCH_BYTES_MAX = 1 << 20;
