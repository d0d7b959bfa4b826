import type { BatchLog, LoggedBatch, NamedBatch } from './batch-log.ts';
import { type JournalFileOptions, openJournalFile } from './journal-file.ts';

export interface SqliteLogOptions extends Omit<JournalFileOptions, 'isShared'> {
  /** Size on disk at which it takes no more until it has been trimmed; left out: no limit. */
  readonly bytesMax?: number;
}

/**
 * The log of a server that is alone, in one SQLite file. Here alone appending and following are one thing: nobody else
 * appends, so what was written is what comes next.
 */
export function openSqliteLog(options: SqliteLogOptions): BatchLog {
  const file = openJournalFile({ ...options, isShared: false });
  /** Size as last asked for, and what was added since: asking costs a statement, and need not happen at each commit. */
  let knownBytes = file.bytes();
  let addedBytes = 0;
  let onBatch: ((batch: LoggedBatch) => void) | undefined;

  function write(batch: NamedBatch, done: (error: Error | null) => void): void {
    const { node, run, n, count, data } = batch;
    file.write([batch], undefined, (error) => {
      if (error !== null) return done(error);
      addedBytes += data.length;
      done(null);
      onBatch?.({ node, run, n, first: file.nextPosition() - count, count, data });
    });
  }

  function isOverLimit(): boolean {
    if (options.bytesMax === undefined || knownBytes + addedBytes < options.bytesMax) return false;
    knownBytes = file.bytes();
    addedBytes = 0;
    return knownBytes >= options.bytesMax;
  }

  return {
    append(batch, done) {
      if (!isOverLimit()) return write(batch, done);
      done(new Error(`the journal has reached its size limit of ${options.bytesMax} bytes`));
    },
    appendUrgent: write,
    follow(taker) {
      onBatch = taker;
    },
    nextPosition: file.nextPosition,
    firstPosition: file.firstPosition,
    read: file.read,
    unreleased: file.unreleased,
    trim: file.trim,
    bytes: file.bytes,
    close: file.close,
  };
}
