import { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../lib/clock.ts';
import { EntryWriter, type JournalEntry } from '../model/entry.ts';
import type { CommittedBatch, CommittedRow, Journal } from './journal.ts';

export interface SqliteJournalOptions {
  /** Path of the database file. */
  readonly path: string;
  readonly clock: Clock;
  readonly onCommitted: (batch: CommittedBatch) => void;
  readonly onFailure?: (error: Error) => void;
  readonly onRecovery?: () => void;
  /** Asked before a failed write is tried again, so that space kept for emergencies is not eaten by ordinary entries. */
  readonly mayResume?: () => boolean;
  /** Bytes of entries that may wait while the disk fails. */
  readonly pendingBytesMax?: number;
  /** Size on disk at which the journal takes no more until it has been trimmed; left out: no limit. */
  readonly bytesMax?: number;
}

/**
 * The least time between two commits. One fsync costs 0.2 to 0.5 ms on an SSD; committing each loop turn would spend
 * most of a busy thread in fsync, while 2 ms more latency is nothing to an operator.
 */
const COMMIT_INTERVAL_MS = 2;
/**
 * The write-ahead log is copied back when it has this many pages (16 MB), four times SQLite's default: small commits write
 * the same page again and again, and only its last version is copied.
 */
const CHECKPOINT_PAGES = 4_000;
/** A batch that has grown this large is committed without waiting. */
const BATCH_ENTRIES_MAX = 4_096;
const BATCH_BYTES_MAX = 1 << 20;
const RETRY_MS = 500;
const PENDING_BYTES_MAX = 64 << 20;
const TRIM_ROWS = 256;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS journal (
    first INTEGER PRIMARY KEY,
    count INTEGER NOT NULL,
    data  BLOB NOT NULL
  );
  CREATE TABLE IF NOT EXISTS unreleased (
    client  TEXT NOT NULL,
    message INTEGER NOT NULL,
    digest  INTEGER NOT NULL,
    PRIMARY KEY (client, message)
  ) WITHOUT ROWID;
`;

/** Opens the journal in one SQLite file (WAL, synchronous=FULL), one row for each group commit. */
export function openSqliteJournal(options: SqliteJournalOptions): Journal {
  const { clock, onCommitted } = options;
  const pendingBytesMax = options.pendingBytesMax ?? PENDING_BYTES_MAX;
  const db = new DatabaseSync(options.path);
  db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES};`);
  db.exec(SCHEMA);

  const insert = db.prepare('INSERT INTO journal (first, count, data) VALUES (?, ?, ?)');
  const insertKey = db.prepare('INSERT OR REPLACE INTO unreleased (client, message, digest) VALUES (?, ?, ?)');
  const deleteKey = db.prepare('DELETE FROM unreleased WHERE client = ? AND message = ?');
  const selectFrom = db.prepare(
    `SELECT first, count, data FROM journal
     WHERE first >= coalesce((SELECT max(first) FROM journal WHERE first <= ?), 0) ORDER BY first`,
  );
  const deleteRow = db.prepare('DELETE FROM journal WHERE first = ?');
  const selectOldest = db.prepare('SELECT first, count FROM journal ORDER BY first LIMIT ?');
  const selectPages = db.prepare(
    'SELECT (SELECT page_count FROM pragma_page_count) - (SELECT freelist_count FROM pragma_freelist_count) AS pages',
  );
  const pageBytes = Number(db.prepare('SELECT page_size FROM pragma_page_size').get()?.page_size ?? 4_096);

  const usedBytes = () => Number(selectPages.get()?.pages ?? 0) * pageBytes;

  let { next, first } = extent(db);
  /** Size as last asked for, and what was added since: asking costs a statement, and need not happen at each commit. */
  let knownBytes = usedBytes();
  let addedBytes = 0;
  const unreleased = readUnreleased(db);

  const writer = new EntryWriter();
  let pending = emptyBatch();
  /** A batch whose write failed: it is written again as it is, before anything that came later. */
  let failed: (PendingBatch & { data: Buffer }) | undefined;
  let failure: Error | undefined;
  let scheduled = false;
  let lastCommitMs = Number.NEGATIVE_INFINITY;
  let commits = 0;
  let closed = false;

  function schedule(): void {
    if (scheduled || failure !== undefined || closed) return;
    scheduled = true;
    const sinceMs = clock.steadyMs() - lastCommitMs;
    // setImmediate runs after every socket that is readable now has been read, so one commit covers them all.
    if (sinceMs >= COMMIT_INTERVAL_MS || isLarge()) setImmediate(commit);
    else setTimeout(commit, COMMIT_INTERVAL_MS - sinceMs);
  }

  function isLarge(): boolean {
    return pending.entries.length >= BATCH_ENTRIES_MAX || writer.byteLength >= BATCH_BYTES_MAX;
  }

  function commit(): void {
    scheduled = false;
    if (closed) return;
    const batch = failed ?? { ...pending, data: writer.take() };
    if (failed === undefined) pending = emptyBatch();
    try {
      if (isOverLimit()) throw new Error(`the journal has reached its size limit of ${options.bytesMax} bytes`);
      write(batch.data, batch.entries.length, batch.keyChanges);
    } catch (error) {
      failed = batch;
      fail(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    failed = undefined;
    lastCommitMs = clock.steadyMs();
    const recovered = failure !== undefined;
    failure = undefined;
    committed(batch);
    if (recovered) options.onRecovery?.();
    if (pending.waiting.length > 0 || pending.keyChanges.length > 0) schedule();
  }

  function isOverLimit(): boolean {
    if (options.bytesMax === undefined || knownBytes + addedBytes < options.bytesMax) return false;
    knownBytes = usedBytes();
    addedBytes = 0;
    return knownBytes >= options.bytesMax;
  }

  function committed({ data, entries, waiting }: PendingBatch & { data: Buffer }): void {
    commits++;
    addedBytes += data.length;
    const batchFirst = next;
    next += entries.length;
    for (const done of waiting) done(null);
    if (entries.length > 0) onCommitted({ first: batchFirst, count: entries.length, data, entries });
  }

  function write(data: Buffer, count: number, keyChanges: readonly KeyChange[]): void {
    if (keyChanges.length === 0) {
      // A single statement is its own transaction: one fsync, no BEGIN and COMMIT to parse.
      if (count > 0) insert.run(next, count, data);
      return;
    }
    inTransaction(db, () => {
      if (count > 0) insert.run(next, count, data);
      for (const { clientId, messageId, digest } of keyChanges) {
        if (digest === undefined) deleteKey.run(clientId, messageId);
        else insertKey.run(clientId, messageId, digest);
      }
    });
  }

  function retry(): void {
    if (closed) return;
    if (options.mayResume?.() === false) clock.after(RETRY_MS, retry);
    else commit();
  }

  function fail(error: Error): void {
    const isFirst = failure === undefined;
    failure = error;
    if (isFirst) options.onFailure?.(error);
    clock.after(RETRY_MS, retry);
  }

  function pendingBytes(): number {
    return writer.byteLength + (failed?.data.length ?? 0);
  }

  return {
    nextPosition: () => next,
    firstPosition: () => first,

    append(entry, done, qos2) {
      if (closed) return done(new Error('the journal is closed'));
      if (failure !== undefined && pendingBytes() >= pendingBytesMax) return done(failure);
      writer.write(entry);
      pending.entries.push(entry);
      pending.waiting.push(done);
      if (qos2 !== undefined) {
        unreleased.set(keyText(qos2.clientId, qos2.messageId), qos2.digest);
        pending.keyChanges.push(qos2);
      }
      schedule();
    },

    appendUrgent(entry) {
      const alone = new EntryWriter(1 << 12);
      alone.write(entry);
      const batch = { ...emptyBatch(), entries: [entry], data: alone.take() };
      try {
        write(batch.data, 1, []);
      } catch {
        return false;
      }
      committed(batch);
      return true;
    },

    unreleasedDigest: (clientId, messageId) => unreleased.get(keyText(clientId, messageId)),

    whenDurable(done) {
      if (closed) return done(new Error('the journal is closed'));
      if (pending.waiting.length === 0 && failed === undefined) return done(null);
      pending.waiting.push(done);
      schedule();
    },

    release(clientId, messageId, done) {
      if (closed) return done(new Error('the journal is closed'));
      if (!unreleased.delete(keyText(clientId, messageId))) return done(null);
      pending.keyChanges.push({ clientId, messageId, digest: undefined });
      pending.waiting.push(done);
      schedule();
    },

    read(position, bytesMax) {
      const rows: CommittedRow[] = [];
      let total = 0;
      for (const row of selectFrom.iterate(position)) {
        const data = row.data as Uint8Array;
        const count = Number(row.count);
        if (Number(row.first) + count <= position) continue;
        rows.push({ first: Number(row.first), count, data });
        total += data.length;
        if (total >= bytesMax) break;
      }
      return rows;
    },

    trim(position) {
      const rows = selectOldest.all(TRIM_ROWS);
      const ends = rows.map((row) => Number(row.first) + Number(row.count));
      // The last row always stays, because the next position is read from it at the next start.
      const deletable = ends.filter((end) => end <= position && end < next);
      if (deletable.length === 0) return false;
      inTransaction(db, () => {
        for (const row of rows.slice(0, deletable.length)) deleteRow.run(Number(row.first));
      });
      first = deletable.at(-1) ?? first;
      return deletable.length === TRIM_ROWS;
    },

    stats: () => ({
      nextPosition: next,
      firstPosition: first,
      bytes: usedBytes(),
      pendingEntries: pending.entries.length + (failed?.entries.length ?? 0),
      commits,
      failure: failure?.message ?? null,
    }),

    close() {
      if (closed) return;
      if (failure === undefined && (pending.waiting.length > 0 || pending.keyChanges.length > 0)) commit();
      closed = true;
      const error = new Error('the journal is closed');
      for (const done of [...(failed?.waiting ?? []), ...pending.waiting]) done(error);
      db.close();
    },
  };
}

/** A packet id to remember, or with no digest to forget. */
interface KeyChange {
  readonly clientId: string;
  readonly messageId: number;
  readonly digest: number | undefined;
}

function keyText(clientId: string, messageId: number): string {
  return `${clientId}\n${messageId}`;
}

interface PendingBatch {
  readonly entries: JournalEntry[];
  readonly waiting: ((error: Error | null) => void)[];
  readonly keyChanges: KeyChange[];
}

function emptyBatch(): PendingBatch {
  return { entries: [], waiting: [], keyChanges: [] };
}

function inTransaction(db: DatabaseSync, work: () => void): void {
  db.exec('BEGIN IMMEDIATE');
  try {
    work();
    db.exec('COMMIT');
  } catch (error) {
    // SQLite has rolled back by itself on a full disk; asking again would hide the first error.
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

function extent(db: DatabaseSync): { next: number; first: number } {
  const last = db.prepare('SELECT first, count FROM journal ORDER BY first DESC LIMIT 1').get();
  const oldest = db.prepare('SELECT first FROM journal ORDER BY first LIMIT 1').get();
  // Positions begin at 1, so that 0 can mean "nothing yet" as a cursor.
  const next = last === undefined ? 1 : Number(last.first) + Number(last.count);
  return { next, first: oldest === undefined ? next : Number(oldest.first) };
}

function readUnreleased(db: DatabaseSync): Map<string, number> {
  const digests = new Map<string, number>();
  for (const row of db.prepare('SELECT client, message, digest FROM unreleased').iterate()) {
    digests.set(keyText(String(row.client), Number(row.message)), Number(row.digest));
  }
  return digests;
}
