import type { Columns } from '../model/columns.ts';
import type { Bucket, BucketQuery, Reading, Sample, SampleQuery } from '../model/reading.ts';

/**
 * Readings by series and time. History follows the journal: it is handed the journal's bytes in order (`offer`), keeps
 * its own cursor in the same transaction as what it stores, and after a crash asks to be handed everything from its
 * cursor again. It lags and never blocks: nothing here runs on the thread that acknowledges for longer than it takes to
 * hand over a buffer.
 *
 * The same (series, time, value) twice is one reading: the first one in journal order stays. Another value at a time that
 * is taken, which only late and imported readings can be, gets the next free time of its millisecond, unless that has
 * the value already. Times are given back with their fractions (model/instant.ts). Nulls are not readings. A reading older
 * than the newest one of its series, in journal order, is kept with the LATE mark.
 */
export interface History {
  /** The journal position to be offered next; everything before it is stored or held in memory. */
  nextPosition(): number;
  /** The position before which everything is on disk; the journal may be trimmed up to here. */
  durablePosition(): number;
  /**
   * Hands over entries (bytes of EntryWriter) that start at position `first`. Gives false, and takes nothing, when
   * `first` is not `nextPosition()` or too much is under way already; the caller then offers again from
   * `nextPosition()` after `onReady`.
   */
  offer(first: number, count: number, data: Uint8Array): boolean;
  /** Called when a refused offer is worth trying again. */
  onReady(listener: () => void): void;

  /**
   * Stores readings that did not come through the journal, such as an export that is read back, and resolves when they
   * are on disk. Their marks are kept as they are; of the same (series, time, value) the one that was there first stays.
   */
  importReadings(readings: readonly Reading[]): Promise<void>;
  /**
   * The same as bytes of EntryWriter: for long files, which other threads read. Gives what a store that is another
   * program's would not take.
   */
  importEntries(data: Uint8Array): Promise<readonly RejectedImport[]>;

  /** Readings, oldest first, including everything offered before the call; the last of a series with `newest`. */
  samples(query: SampleQuery): Promise<Sample[]>;
  /** The same as columns whose memory is the caller's own: for long stretches, which other threads work on. */
  columns(query: SampleQuery): Promise<Columns>;
  /** Buckets, oldest first, including everything offered before the call. */
  buckets(query: BucketQuery): Promise<Bucket[]>;
  stats(): HistoryStats;
  /**
   * Writes a copy of what is kept on this machine to another folder, which must be there: its cursor, and everything
   * before it that is not kept elsewhere. On disk when it resolves; rejects when it cannot be written.
   */
  copyTo(dir: string): Promise<void>;
  /** Writes out what is held in memory and ends. */
  close(): Promise<void>;
}

/** Imported readings that were refused for good, and why, in the words of who refused them. */
export interface RejectedImport {
  readonly readings: number;
  readonly reason: string;
}

export interface HistoryStats {
  readonly readings: number;
  readonly bytesOnDisk: number;
  /** Null when well, otherwise what is wrong, in words for an operator. */
  readonly problem: string | null;
  /** Of a store that is elsewhere. */
  readonly remote?: RemoteFigures;
}

/** How it goes with a store that is another program's. */
export interface RemoteFigures {
  /** Why it takes or tells nothing at present, by a stable name; null when it does. */
  readonly outage: string | null;
  /** Outages since the start, by why. */
  readonly outages: Readonly<Record<string, number>>;
  /** Readings it would not take since the start, by what was wrong with them. */
  readonly rejected: Readonly<Record<string, number>>;
  /** In words, while readings were rejected a short while ago. */
  readonly rejecting: string | null;
}
