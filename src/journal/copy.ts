import type { UnreleasedChange, UnreleasedRow } from '../model/unreleased.ts';
import type { CommittedRow } from './journal.ts';

/** A server's own copy of the journal, on its disk: what its followers read. */
export interface JournalCopy {
  nextPosition(): number;
  firstPosition(): number;
  /** How far the shared log is in it; undefined when nothing ever was. */
  mark(): SharedMark | undefined;
  /** Writes batches behind what is there, and how far the shared log is in it then, all or nothing of it. */
  write(batches: readonly CopiedBatch[], mark: SharedMark, done: (error: Error | null) => void): void;
  read(position: number, bytesMax: number): CommittedRow[];
  unreleased(): readonly UnreleasedRow[];
  trim(position: number): void;
  bytes(): number;
  close(): Promise<void>;
}

export interface CopiedBatch {
  /** Who appended it, of several; a server that is alone keeps no name. */
  readonly node: string;
  readonly count: number;
  readonly data: Uint8Array;
  readonly unreleased: readonly UnreleasedChange[];
}

/** How far a copy has come, and what has to be known to go on: a function of the messages up to there, as the copy is. */
export interface SharedMark {
  /** The number of the last message that is in it. */
  readonly number: number;
  /** Of all messages up to there, so that two copies can be compared. */
  readonly digest: number;
  /** The last batch of each run, the run that appended last at the end. */
  readonly runs: readonly RunMark[];
}

export interface RunMark {
  readonly node: string;
  readonly run: string;
  readonly n: number;
}
