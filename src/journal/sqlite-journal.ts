import type { DatabaseSync } from 'node:sqlite';
import { openSqlite, transact } from '../lib/sqlite.ts';
import { EntryWriter, type JournalEntry } from '../model/entry.ts';
import type { UnreleasedChange, UnreleasedRow } from '../model/unreleased.ts';
import type { Journal, JournalOptions } from './journal.ts';
import { extent, rowReader } from './rows.ts';
import { startWriter } from './writer.ts';

export interface SqliteJournalOptions extends JournalOptions {
  /** Path of the database file. */
  readonly path: string;
}

/**
 * The least time between two commits. What comes in while one is being written waits for the next, so a slow disk gathers
 * larger batches by itself; with a fast one this keeps a few messages a second from costing an fsync each.
 */
const COMMIT_INTERVAL_MS = 2;
/** A batch that has grown this large is committed without waiting. */
const BATCH_ENTRIES_MAX = 4_096;
const BATCH_BYTES_MAX = 1 << 20;
const RETRY_MS = 500;
const PENDING_BYTES_MAX = 64 << 20;

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

/** Entries that are committed together, and those who wait for it. */
interface Batch {
  readonly entries: JournalEntry[];
  readonly waiting: ((error: Error | null) => void)[];
  readonly unreleased: UnreleasedChange[];
}
type SealedBatch = Batch & { readonly data: Buffer };

/**
 * Opens the journal in one SQLite file (WAL, synchronous=FULL), one row for each group commit. A thread of its own writes;
 * this one gathers the next batch meanwhile and never waits for the disk.
 */
export function openSqliteJournal(options: SqliteJournalOptions): Journal {
  const { clock, onCommitted } = options;
  const pendingBytesMax = options.pendingBytesMax ?? PENDING_BYTES_MAX;
  const db = openSqlite(options.path, { synchronous: 'full', migrations: [SCHEMA, REJECTIONS_AS_DATA, UPLINKS] });
  adoptUnreleased(db, clock.nowMs());
  const readRows = rowReader(db);
  const selectPages = db.prepare(
    'SELECT (SELECT page_count FROM pragma_page_count) - (SELECT freelist_count FROM pragma_freelist_count) AS pages',
  );
  const pageBytes = Number(db.prepare('SELECT page_size FROM pragma_page_size').get()?.page_size ?? 4_096);
  const usedBytes = () => Number(selectPages.get()?.pages ?? 0) * pageBytes;

  let { next, first } = extent(db, options.startAt);
  /** Size as last asked for, and what was added since: asking costs a statement, and need not happen at each commit. */
  let knownBytes = usedBytes();
  let addedBytes = 0;

  const encoder = new EntryWriter();
  let pending = emptyBatch();
  /** Entries that the writing thread has and has not answered. */
  let writing = 0;
  /** A batch whose write failed: it is written again as it is, before anything that came later. */
  let failed: SealedBatch | undefined;
  let failure: Error | undefined;
  let scheduled = false;
  let lastCommitMs = Number.NEGATIVE_INFINITY;
  let commits = 0;
  let closed = false;
  let onIdle: (() => void) | undefined;
  const writer = startWriter({
    path: options.path,
    onTrimmed: (position) => {
      first = Math.max(first, position);
    },
    onIdle: () => onIdle?.(),
  });

  function write(batch: SealedBatch, then: (error: Error | null) => void): void {
    const { entries, data, unreleased } = batch;
    writing = entries.length;
    writer.write({ first: next, count: entries.length, data, unreleased }, (error) => {
      writing = 0;
      then(error);
    });
  }

  function schedule(): void {
    if (scheduled || writer.isBusy() || failure !== undefined || closed) return;
    scheduled = true;
    const sinceMs = clock.steadyMs() - lastCommitMs;
    // setImmediate runs after every socket that is readable now has been read, so one commit covers them all.
    if (sinceMs >= COMMIT_INTERVAL_MS || isLarge()) setImmediate(commit);
    // The disk's pace is the machine's: where a test holds the clock, what is appended is written all the same.
    else setTimeout(commit, COMMIT_INTERVAL_MS - sinceMs);
  }

  function isLarge(): boolean {
    return pending.entries.length >= BATCH_ENTRIES_MAX || encoder.byteLength >= BATCH_BYTES_MAX;
  }

  function seal(): SealedBatch {
    const batch = { ...pending, data: encoder.take() };
    pending = emptyBatch();
    return batch;
  }

  function commit(): void {
    scheduled = false;
    if (writer.isBusy() || !hasWork()) return;
    const batch = failed ?? seal();
    lastCommitMs = clock.steadyMs();
    if (isOverLimit()) {
      fail(batch, new Error(`the journal has reached its size limit of ${options.bytesMax} bytes`));
      return;
    }
    write(batch, (error) => {
      if (error !== null) return fail(batch, error);
      failed = undefined;
      const hasRecovered = failure !== undefined;
      failure = undefined;
      committed(batch);
      if (hasRecovered) options.onRecovery?.();
      if (hasWork()) schedule();
    });
  }

  function hasWork(): boolean {
    return failed !== undefined || pending.waiting.length > 0 || pending.unreleased.length > 0;
  }

  function committed({ data, entries, waiting }: SealedBatch): void {
    commits++;
    addedBytes += data.length;
    const batchFirst = next;
    next += entries.length;
    for (const done of waiting) done(null);
    if (entries.length > 0) onCommitted({ first: batchFirst, count: entries.length, data, entries });
  }

  function isOverLimit(): boolean {
    if (options.bytesMax === undefined || knownBytes + addedBytes < options.bytesMax) return false;
    knownBytes = usedBytes();
    addedBytes = 0;
    return knownBytes >= options.bytesMax;
  }

  function fail(batch: SealedBatch, error: Error): void {
    failed = batch;
    const isFirst = failure === undefined;
    failure = error;
    if (closed) return;
    clock.after(RETRY_MS, retry);
    if (isFirst) options.onFailure?.(error);
  }

  function retry(): void {
    if (closed) return;
    if (writer.isBusy() || options.mayResume?.() === false) clock.after(RETRY_MS, retry);
    else commit();
  }

  function pendingBytes(): number {
    return encoder.byteLength + (failed?.data.length ?? 0);
  }

  return {
    nextPosition: () => next,
    firstPosition: () => first,

    append(entry, done, changes) {
      if (closed) return done(new Error('the journal is closed'));
      if (failure !== undefined && pendingBytes() >= pendingBytesMax) return done(failure);
      encoder.write(entry);
      pending.entries.push(entry);
      pending.waiting.push(done);
      if (changes !== undefined) pending.unreleased.push(...changes);
      schedule();
    },

    appendUrgent(entry, done) {
      if (closed || writer.isBusy()) return done(false);
      const alone = new EntryWriter(1 << 12);
      alone.write(entry);
      const batch = { ...emptyBatch(), entries: [entry], data: alone.take() };
      write(batch, (error) => {
        if (error === null) committed(batch);
        done(error === null);
      });
    },

    unreleased: () => readUnreleased(db),

    changeUnreleased(changes, done) {
      if (closed) return done(new Error('the journal is closed'));
      pending.unreleased.push(...changes);
      pending.waiting.push(done);
      schedule();
    },

    whenDurable(done) {
      if (closed) return done(new Error('the journal is closed'));
      if (!hasWork() && !writer.isBusy()) return done(null);
      pending.waiting.push(done);
      schedule();
    },

    // A row may be on disk a moment before it counts as committed here.
    read: (position, bytesMax) => (closed ? [] : readRows(position, next, bytesMax)),

    trim(position) {
      if (!closed && position > first) writer.trim(position);
    },

    stats: () => ({
      nextPosition: next,
      firstPosition: first,
      bytes: usedBytes(),
      pendingEntries: pending.entries.length + (failed?.entries.length ?? 0) + writing,
      commits,
      failure: failure?.message ?? null,
    }),

    async close() {
      if (closed) return;
      // What waits is written out, unless the disk fails.
      while (failure === undefined && (writer.isBusy() || hasWork())) {
        const idle = new Promise<void>((resolve) => {
          onIdle = resolve;
        });
        if (!writer.isBusy()) commit();
        await idle;
      }
      closed = true;
      const error = new Error('the journal is closed');
      for (const done of [...(failed?.waiting ?? []), ...pending.waiting]) done(error);
      await writer.close();
      db.close();
    },
  };
}

function emptyBatch(): Batch {
  return { entries: [], waiting: [], unreleased: [] };
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
