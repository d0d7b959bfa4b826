import type { DatabaseSync } from 'node:sqlite';
import { ConfigError } from '../lib/errors.ts';
import { openSqlite, transact } from '../lib/sqlite.ts';
import type { UnreleasedRow } from '../model/unreleased.ts';
import type { CopiedBatch, JournalCopy, SharedMark } from './copy.ts';
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

export interface JournalFileOptions {
  /** Path of the database file. */
  readonly path: string;
  readonly nowMs: number;
  /** The first position of a file that holds nothing, so that none is given twice; default 1. */
  readonly startAt?: number | undefined;
  /** A copy of what several servers share. Neither is ever made of the other. */
  readonly isShared: boolean;
}

/** A journal's file: one server's own, or its copy of what several share. */
export interface JournalFile extends Omit<JournalCopy, 'write'> {
  /** Writes batches behind what is there in one transaction; one call at a time. `mark` only of what is shared. */
  write(batches: readonly CopiedBatch[], mark: SharedMark | undefined, done: (error: Error | null) => void): void;
}

/**
 * Opens the journal's SQLite file (WAL, synchronous=FULL), one row for each batch. A thread of its own writes, and this one
 * never waits for the disk.
 */
export function openJournalFile(options: JournalFileOptions): JournalFile {
  const db = openSqlite(options.path, { synchronous: 'full', migrations: [SCHEMA, REJECTIONS_AS_DATA, UPLINKS] });
  adoptUnreleased(db, options.nowMs);
  try {
    checkShared(db, options);
  } catch (error) {
    db.close();
    throw error;
  }
  const readRows = rowReader(db);
  const pagesOf = db.prepare(
    'SELECT (SELECT page_count FROM pragma_page_count) - (SELECT freelist_count FROM pragma_freelist_count) AS pages',
  );
  const pageBytes = Number(db.prepare('SELECT page_size FROM pragma_page_size').get()?.page_size ?? 4_096);
  let { next, first } = extent(db, options.startAt);
  let isClosed = false;
  const writer = startWriter({
    path: options.path,
    onTrimmed: (position) => {
      first = Math.max(first, position);
    },
  });

  return {
    nextPosition: () => next,
    firstPosition: () => first,
    mark: () => readMark(db),
    write(batches, mark, done) {
      const count = batches.reduce((sum, batch) => sum + batch.count, 0);
      writer.write({ first: next, batches, mark: mark === undefined ? undefined : JSON.stringify(mark) }, (error) => {
        if (error === null) next += count;
        done(error);
      });
    },
    // A row may be on disk a moment before it counts as committed here.
    read: (position, bytesMax) => readRows(position, next, bytesMax),
    unreleased: () => readUnreleased(db),
    trim(position) {
      if (position > first && !isClosed) writer.trim(position);
    },
    bytes: () => Number(pagesOf.get()?.pages ?? 0) * pageBytes,
    async close() {
      isClosed = true;
      await writer.close();
      db.close();
    },
  };
}

function readMark(db: DatabaseSync): SharedMark | undefined {
  if (!hasTable(db, 'shared')) return undefined;
  const row = db.prepare('SELECT mark FROM shared').get();
  return row === undefined ? undefined : (JSON.parse(String(row.mark)) as SharedMark);
}

function hasTable(db: DatabaseSync, name: string): boolean {
  return db.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?").get(name) !== undefined;
}

/** Throws ConfigError where a file that is a copy of a shared log would be gone on with alone, or the other way round. */
function checkShared(db: DatabaseSync, { path, isShared }: JournalFileOptions): void {
  const wasShared = hasTable(db, 'shared');
  if (wasShared === isShared) return;
  const isEmpty = db.prepare('SELECT 1 FROM journal').get() === undefined;
  if (isShared && isEmpty) return makeShared(db);
  const found = wasShared ? 'the journal of a server of a cluster' : 'the journal of a server that was alone';
  const expected = wasShared
    ? 'the setting --cluster that it was written with: what is appended without the others, they will never have'
    : 'an empty data folder: positions are given by the cluster';
  throw new ConfigError([{ file: path, path: '', found, expected }]);
}

/** What only a shared journal has, so that the file of a server that is alone stays as earlier programs know it. */
function makeShared(db: DatabaseSync): void {
  transact(db, () => {
    db.exec(`
      CREATE TABLE shared (id INTEGER PRIMARY KEY CHECK (id = 1), mark TEXT NOT NULL);
      ALTER TABLE journal ADD COLUMN node TEXT;
    `);
  });
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
