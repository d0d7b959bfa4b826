import { DatabaseSync } from 'node:sqlite';
import { ConfigError } from './errors.ts';
import { makePrivate } from './private-file.ts';

/** How SQLite files are opened, brought to the present version and written to, wherever one is kept. */
export interface ConnectionOptions {
  /**
   * `full`: a commit is on disk when it returns. `normal`: only what a checkpoint came after, at a tenth of the cost; a
   * power cut takes the last commits with it, in their order.
   */
  readonly synchronous: 'full' | 'normal';
  /** How long to wait for others who hold the file; 0 when there are none. */
  readonly busyTimeoutMs?: number;
  /** Whether rows that others refer to take these with them. */
  readonly foreignKeys?: boolean;
  /** Settings that have to be made before anything is written. */
  readonly pragmas?: string;
}

export interface DatabaseOptions extends ConnectionOptions {
  /**
   * Each entry takes the file from version n to n + 1; `PRAGMA user_version` says where it stands. Entries are never
   * changed once released, only added to. The first may meet tables that are there: files were not numbered once.
   */
  readonly migrations: readonly string[];
}

/** Another program may be in the middle of a write; it is not for long. */
const READER_BUSY_TIMEOUT_MS = 5_000;

/**
 * Opens or makes a file, which its owner alone may read, and brings it to the present version. Throws ConfigError when it
 * was made by a newer version: what it holds could be misread.
 */
export function openSqlite(path: string, options: DatabaseOptions): DatabaseSync {
  const db = connectSqlite(path, options);
  try {
    migrate(db, path, options.migrations);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** A further connection to a file that somebody else keeps at its version, or a file that needs none. */
export function connectSqlite(path: string, options: ConnectionOptions): DatabaseSync {
  const { synchronous, busyTimeoutMs = 0, foreignKeys = false, pragmas = '' } = options;
  makePrivate(path);
  const db = new DatabaseSync(path, { enableForeignKeyConstraints: foreignKeys, timeout: busyTimeoutMs });
  try {
    db.exec(`${pragmas} PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous};`);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Opens a file to read it, also while somebody writes it. */
export function readSqlite(path: string): DatabaseSync {
  return new DatabaseSync(path, { readOnly: true, timeout: READER_BUSY_TIMEOUT_MS });
}

/** Runs `work` in a transaction of its own; when it throws, nothing of it happened. */
export function transact<T>(db: DatabaseSync, work: () => T): T {
  db.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    // On a full disk SQLite has rolled back by itself, and the next error would hide the first.
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

const SQLITE_ERROR = 1;
const SQLITE_CONSTRAINT = 19;

/** Whether the tables are not as the statements expect them, rather than the disk full or the file held by somebody. */
function isOfStatements(error: unknown): error is Error {
  if (!(error instanceof Error) || !('errcode' in error)) return false;
  return [SQLITE_ERROR, SQLITE_CONSTRAINT].includes(Number(error.errcode) & 0xff);
}

function migrate(db: DatabaseSync, path: string, migrations: readonly string[]): void {
  const present = Number(db.prepare('PRAGMA user_version').get()?.user_version ?? 0);
  if (present > migrations.length) {
    const found = `a file that is of version ${present}; this program knows versions up to ${migrations.length}`;
    const expected = 'the program that wrote it, or a backup of before it (--data BACKUP)';
    throw new ConfigError([{ file: path, path: '', found, expected }]);
  }
  for (const [i, sql] of migrations.entries()) {
    if (i < present) continue;
    try {
      transact(db, () => {
        db.exec(sql);
        db.exec(`PRAGMA user_version = ${i + 1}`);
      });
    } catch (error) {
      if (!isOfStatements(error)) throw error;
      const found = `a file that says it is of version ${present} and cannot be brought to ${i + 1} (${error.message})`;
      const expected = 'a file as this program wrote it: start on a backup of the data folder (--data BACKUP)';
      throw new ConfigError([{ file: path, path: '', found, expected }]);
    }
  }
}
