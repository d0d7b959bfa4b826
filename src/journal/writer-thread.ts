import type { StatementSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { connectSqlite, transact } from '../lib/sqlite.ts';
import type { FromWriter, ToWriter, WriterSettings, Written } from './writer-protocol.ts';

/**
 * The thread that writes the journal. Waiting for the disk is all it does, so that the thread that reads sockets, judges
 * and tells people never waits for it. Requests are handled one after the other.
 */

/** Rows deleted in one transaction, so that a write never waits long for a trim. */
const TRIM_ROWS = 256;
/**
 * The write-ahead log is copied back when it has this many pages (16 MB), four times SQLite's default: small commits write
 * the same page again and again, and only its last version is copied.
 */
const CHECKPOINT_PAGES = 4_000;
/** Readers of the same file may hold it for a moment, as when it is closed. */
const BUSY_MS = 250;

const settings = workerData as WriterSettings;
const db = connectSqlite(settings.path, { synchronous: 'full', busyTimeoutMs: BUSY_MS });
db.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
const insert = db.prepare('INSERT INTO journal (first, count, data) VALUES (?, ?, ?)');
const insertKey = db.prepare('INSERT OR REPLACE INTO qos2 (session, message, digest, at) VALUES (?, ?, ?, ?)');
const deleteKey = db.prepare('DELETE FROM qos2 WHERE session = ? AND message = ?');
const deleteRow = db.prepare('DELETE FROM journal WHERE first = ?');
const selectOldest = db.prepare('SELECT first, count FROM journal ORDER BY first LIMIT ?');
let trimTo = 0;
let isTrimming = false;

function answer(message: FromWriter): void {
  parentPort?.postMessage(message);
}

/** Of a file that is shared, which others have made so by then. */
let shared: { readonly insert: StatementSync; readonly putMark: StatementSync } | undefined;

function write({ first, batches, mark }: Written): void {
  const [only] = batches;
  if (mark === undefined && batches.length === 1 && only?.unreleased.length === 0) {
    // A single statement is its own transaction: one fsync, no BEGIN and COMMIT to parse.
    if (only.count > 0) insert.run(first, only.count, only.data);
    return;
  }
  if (mark !== undefined) shared ??= prepareShared();
  transact(db, () => {
    let next = first;
    for (const { node, count, data, unreleased } of batches) {
      if (count > 0 && shared !== undefined) shared.insert.run(next, count, data, node);
      else if (count > 0) insert.run(next, count, data);
      next += count;
      for (const { session, messageId, digest, atMs } of unreleased) {
        if (digest === undefined) deleteKey.run(session, messageId);
        else insertKey.run(session, messageId, digest, atMs);
      }
    }
    if (mark !== undefined) shared?.putMark.run(mark);
  });
}

function prepareShared(): NonNullable<typeof shared> {
  return {
    insert: db.prepare('INSERT INTO journal (first, count, data, node) VALUES (?, ?, ?, ?)'),
    putMark: db.prepare('INSERT OR REPLACE INTO shared VALUES (1, ?)'),
  };
}

/** Deletes rows that end before `trimTo`, never the last one, because the next position is read from it at a start. */
async function trim(): Promise<void> {
  if (isTrimming) return;
  isTrimming = true;
  try {
    for (;;) {
      const rows = selectOldest
        .all(TRIM_ROWS + 1)
        .map((row) => ({ first: Number(row.first), count: Number(row.count) }));
      const ended = rows.slice(0, -1).filter(({ first, count }) => first + count <= trimTo);
      const last = ended.at(-1);
      if (last === undefined) break;
      transact(db, () => {
        for (const { first } of ended) deleteRow.run(first);
      });
      answer({ type: 'trimmed', first: last.first + last.count });
      if (ended.length < TRIM_ROWS) break;
      await nextTurn();
    }
  } catch {
    // A trim that could not be done is asked for again soon; what it would have freed is only space.
  } finally {
    isTrimming = false;
  }
}

parentPort?.on('message', (message: ToWriter) => {
  switch (message.type) {
    case 'write':
      try {
        write(message);
        answer({ type: 'written', error: null });
      } catch (error) {
        answer({ type: 'written', error: error instanceof Error ? error.message : String(error) });
      }
      return;
    case 'trim':
      trimTo = Math.max(trimTo, message.position);
      void trim();
      return;
    case 'close':
      db.close();
      answer({ type: 'closed' });
      parentPort?.close();
  }
});
