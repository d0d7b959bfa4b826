import type { DatabaseSync } from 'node:sqlite';
import { openSqlite, transact } from '../lib/sqlite.ts';
import type { UnreleasedRow } from '../model/unreleased.ts';
import type { BatchLog, LoggedBatch, NamedBatch } from './batch-log.ts';
import { extent, rowReader } from './rows.ts';
import { startWriter } from './writer.ts';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS journal (
    first INTEGER PRIMARY KEY,
    count INTEGER NOT NULL,
    data  BLOB NOT NULL
  );
  CREATE TABLE IF NOT EXISTS qos2 (
    session TEXT NOT NULL,
    message INTEGER NOT NULL,
    digest  INTEGER NOT NULL,
    at      REAL NOT NULL,
    PRIMARY KEY (session, message)
  ) WITHOUT ROWID;
`;

/** The tables are as they were; an earlier program would take what is not readable now for damage. */
const REJECTIONS_AS_DATA = '';
/** Likewise: uplinks, and what became of them. */
const UPLINKS = '';

export interface SqliteLogOptions {
  /** Path of the database file. */
  readonly path: string;
  readonly nowMs: number;
  /** The first position of a log that holds nothing, so that none is given twice; default 1. */
  readonly startAt?: number | undefined;
  /** Size on disk at which it takes no more until it has been trimmed; left out: no limit. */
  readonly bytesMax?: number;
}

/**
 * Opens the log in one SQLite file (WAL, synchronous=FULL), one row for each batch. A thread of its own writes, and this one
 * never waits for the disk. Here alone appending and following are one thing: nobody else appends, so what was written is
 * what comes next.
 */
export function openSqliteLog(options: SqliteLogOptions): BatchLog {
  const db = openSqlite(options.path, { synchronous: 'full', migrations: [SCHEMA, REJECTIONS_AS_DATA, UPLINKS] });
  adoptUnreleased(db, options.nowMs);
  const readRows = rowReader(db);
  const usedBytes = usedBytesOf(db);

  let { next, first } = extent(db, options.startAt);
  /** Size as last asked for, and what was added since: asking costs a statement, and need not happen at each commit. */
  let knownBytes = usedBytes();
  let addedBytes = 0;
  let onBatch: ((batch: LoggedBatch) => void) | undefined;
  const writer = startWriter({
    path: options.path,
    onTrimmed: (position) => {
      first = Math.max(first, position);
    },
  });

  function write(batch: NamedBatch, done: (error: Error | null) => void): void {
    const { node, run, n, count, data, unreleased } = batch;
    writer.write({ first: next, count, data, unreleased }, (error) => {
      if (error !== null) return done(error);
      addedBytes += data.length;
      const at = next;
      next += count;
      done(null);
      onBatch?.({ node, run, n, first: at, count, data });
    });
  }

  function isOverLimit(): boolean {
    if (options.bytesMax === undefined || knownBytes + addedBytes < options.bytesMax) return false;
    knownBytes = usedBytes();
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
    nextPosition: () => next,
    firstPosition: () => first,
    // A row may be on disk a moment before it counts as committed here.
    read: (position, bytesMax) => readRows(position, next, bytesMax),
    unreleased: () => readUnreleased(db),
    trim(position) {
      if (position > first) writer.trim(position);
    },
    bytes: usedBytes,
    async close() {
      await writer.close();
      db.close();
    },
  };
}

/** Bytes of a file's pages that hold something. */
function usedBytesOf(db: DatabaseSync): () => number {
  const selectPages = db.prepare(
    'SELECT (SELECT page_count FROM pragma_page_count) - (SELECT freelist_count FROM pragma_freelist_count) AS pages',
  );
  const pageBytes = Number(db.prepare('SELECT page_size FROM pragma_page_size').get()?.page_size ?? 4_096);
  return () => Number(selectPages.get()?.pages ?? 0) * pageBytes;
}

function readUnreleased(db: DatabaseSync): readonly UnreleasedRow[] {
  return db
    .prepare('SELECT session, message, digest, at FROM qos2 ORDER BY at')
    .all()
    .map((row) => ({
      session: String(row.session),
      messageId: Number(row.message),
      digest: Number(row.digest),
      atMs: Number(row.at),
    }));
}

/**
 * An earlier program kept QoS 2 publishes by client id alone, in a table of its own. Its rows are of a session that nobody
 * owns, and as old as the first start that finds them.
 */
function adoptUnreleased(db: DatabaseSync, nowMs: number): void {
  const table = db.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'unreleased'").get();
  if (table === undefined) return;
  transact(db, () => {
    db.prepare(
      'INSERT OR IGNORE INTO qos2 (session, message, digest, at) SELECT char(10) || client, message, digest, ? FROM unreleased',
    ).run(nowMs);
    db.exec('DROP TABLE unreleased');
  });
}
