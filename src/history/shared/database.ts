import { closeSync, existsSync, fsyncSync, openSync, readSync, statSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { makePrivate } from '../../lib/private-file.ts';
import { openSqlite } from '../../lib/sqlite.ts';

/** A file of the history cannot be read. The message says which, and what an operator can do. */
export class DamagedFileError extends Error {
  readonly file: string;
  constructor(file: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DamagedFileError';
    this.file = file;
  }
}

export function damagedFile(file: string, reason: string, options?: ErrorOptions): DamagedFileError {
  const message =
    `history file ${file} is damaged (${reason}); stop the server and restore the file from a backup, or move it away: ` +
    'what only it held is then missing from charts, and the journal fills in what it still holds';
  return new DamagedFileError(file, message, options);
}

const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;

/** Runs `work`, and names the file when SQLite or a check sum finds it damaged. */
export function namingDamage<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof RangeError) throw damagedFile(file, error.message, { cause: error });
    const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : 0;
    if (code !== SQLITE_CORRUPT && code !== SQLITE_NOTADB) throw error;
    throw damagedFile(file, (error as Error).message, { cause: error });
  }
}

/**
 * What the first page and the size of a database file tell about it: null when they fit, otherwise what is wrong. Cheap
 * enough to ask of every file at start; damage further in is found by the check sum of the block it is in.
 */
export function damageOf(file: string): string | null {
  const size = statSync(file).size;
  if (size === 0) return null;
  const header = Buffer.alloc(100);
  const descriptor = openSync(file, 'r');
  try {
    if (readSync(descriptor, header, 0, 100, 0) < 100) return 'it is cut short';
  } finally {
    closeSync(descriptor);
  }
  if (header.toString('latin1', 0, 15) !== 'SQLite format 3') return 'it is not a database file';
  const pageSize = header.readUInt16BE(16) === 1 ? 65_536 : header.readUInt16BE(16);
  const pages = header.readUInt32BE(28);
  // The size in the header holds only when the writer kept it up to date, which these two counters tell; and a
  // write-ahead log may still hold the pages that are missing.
  const current = header.readUInt32BE(24) === header.readUInt32BE(92);
  if (current && size < pages * pageSize && !hasLog(file)) return 'it is cut short';
  return null;
}

/**
 * Opens or creates a database. `synchronous`: `full` has every commit on disk when it returns; `normal` only what a
 * `checkpoint` came after, at a tenth of the cost.
 */
export function openDatabase(file: string, synchronous: 'full' | 'normal', schema: string): DatabaseSync {
  // One thread is the only user: no lock is taken twice, and no -shm file of 32 KiB lies beside each file.
  const pragmas = 'PRAGMA locking_mode = EXCLUSIVE; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA cache_size = -1024;';
  return namingDamage(file, () => openSqlite(file, { synchronous, pragmas, migrations: [schema] }));
}

/**
 * Opens a database that nobody writes to while it is open. Costs a tenth of `openDatabase`, which matters to a chart of
 * many days: no log is made and removed again, and nothing is locked. Not for a file with a log beside it, which a crash
 * leaves behind: `openDatabase` takes it in.
 */
export function openForReading(file: string): DatabaseSync {
  return namingDamage(file, () => new DatabaseSync(`${pathToFileURL(file).href}?immutable=1`, { readOnly: true }));
}

/** Whether a write-ahead log lies beside the file. */
export function hasLog(file: string): boolean {
  return existsSync(`${file}-wal`);
}

/** A statement that is prepared when it is first asked for: many a file is opened for a single question. */
export function lazily(db: DatabaseSync, sql: string): () => StatementSync {
  let statement: StatementSync | undefined;
  return () => {
    statement ??= db.prepare(sql);
    return statement;
  };
}

/** Moves the write-ahead log into the file and has both on disk. */
export function checkpoint(db: DatabaseSync): void {
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
}

/** Gives up to `pages` unused pages back to the file system; false when there are none worth it. */
export function reclaim(db: DatabaseSync, pages: number): boolean {
  const unused = (): number => Number(db.prepare('PRAGMA freelist_count').get()?.freelist_count);
  const before = unused();
  if (before < UNUSED_PAGES_MIN) return false;
  db.exec(`PRAGMA incremental_vacuum(${pages})`);
  return unused() < before;
}

const UNUSED_PAGES_MIN = 64;

/** Writes what the database holds now to a new file, on disk when it ends. */
export function copyDatabase(db: DatabaseSync, to: string): void {
  makePrivate(to);
  db.prepare('VACUUM INTO ?').run(to);
  // SQLite leaves that to the caller.
  const descriptor = openSync(to, 'r+');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** The bytes a database takes up, its write-ahead log included. */
export function sizeOf(file: string): number {
  let bytes = 0;
  for (const suffix of ['', '-wal']) {
    bytes += statSync(`${file}${suffix}`, { throwIfNoEntry: false })?.size ?? 0;
  }
  return bytes;
}
