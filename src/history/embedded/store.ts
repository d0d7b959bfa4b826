import { transact } from '../../lib/sqlite.ts';
import {
  checkpoint,
  copyDatabase,
  damagedFile,
  namingDamage,
  openDatabase,
  reclaim,
  sizeOf,
} from '../shared/database.ts';
import { type Chunk, decodeChunk, encodeChunk } from '../shared/recent.ts';

/** What is known of a day's file without opening it. */
export interface DayState {
  /** Readings, counting one that was sent twice twice until the day is tidied. */
  readonly readings: number;
  /** Batches written since the day was tidied; 0 when its blocks are merged and its summaries are right. */
  readonly batches: number;
}

/**
 * history.db: the cursor, the readings that are not yet in the file of their day, and the list of days. What makes the
 * history consistent is here and is changed in one transaction at a time, on disk when the call returns (but for
 * `setDay` and `dropDay`, which tell nothing that the files do not), and not made when it throws.
 */
export interface Store {
  /** The journal position before which everything is on disk. */
  cursor(): number;
  /** What was written since the cursor's last sorting into days, in journal order. */
  segments(): { readonly id: number; readonly chunk: Chunk }[];
  /** Stores a chunk (if any) and the position behind it. Gives the segment's number; numbers only rise. */
  write(chunk: Chunk | null, next: number): number;
  /** The segments are in the files of their days now. */
  retire(change: {
    readonly segments: readonly number[];
    readonly newest: readonly { readonly page: number; readonly times: Float64Array }[];
    readonly days: ReadonlyMap<number, number>;
  }): void;
  newest(): { readonly page: number; readonly times: Float64Array }[];
  days(): Map<number, DayState>;
  setDay(day: number, state: DayState): void;
  dropDay(day: number): void;
  /**
   * Moves what was written from the log into the file and gives unused space back. Should it throw, as on a full disk,
   * nothing is lost: what was written is on disk in the log, which grows until a later call succeeds.
   */
  checkpoint(): void;
  bytesOnDisk(): number;
  copyTo(file: string): void;
  close(): void;
}

const FORMAT = 1;

/** All pages that the readings of an hour can leave behind. */
const PAGES_MAX = 100_000;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS segment (id INTEGER PRIMARY KEY AUTOINCREMENT, data BLOB NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS newest (page INTEGER PRIMARY KEY, times BLOB NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS day (day INTEGER PRIMARY KEY, readings INTEGER NOT NULL, batches INTEGER NOT NULL) STRICT;
`;

/** Throws DamagedFileError. `nowMs` numbers the segments of a new store above those of one that was moved away. */
export function openStore(file: string, nowMs: number): Store {
  const db = openDatabase(file, 'full', SCHEMA);
  try {
    namingDamage(file, () => {
      const [verdict] = Object.values(db.prepare('PRAGMA quick_check(1)').get() ?? {});
      if (verdict !== 'ok') throw damagedFile(file, String(verdict));
    });
    const format = db.prepare("SELECT value FROM meta WHERE key = 'format'").get()?.value;
    if (format === undefined) initialise(db, nowMs);
    else if (format !== FORMAT)
      throw new Error(`history file ${file} has format ${format}, this version reads ${FORMAT}`);
  } catch (error) {
    db.close();
    throw error;
  }

  const setCursor = db.prepare("UPDATE meta SET value = ? WHERE key = 'cursor'");
  const insertSegment = db.prepare('INSERT INTO segment (data) VALUES (?)');
  const deleteSegment = db.prepare('DELETE FROM segment WHERE id = ?');
  const anySegment = db.prepare('SELECT 1 FROM segment LIMIT 1');
  const setNewest = db.prepare(
    'INSERT INTO newest VALUES (?, ?) ON CONFLICT (page) DO UPDATE SET times = excluded.times',
  );
  const addToDay = db.prepare(
    'INSERT INTO day VALUES (?, ?, 1) ON CONFLICT (day) DO UPDATE SET readings = readings + excluded.readings, batches = batches + 1',
  );
  const setDay = db.prepare('INSERT OR REPLACE INTO day VALUES (?, ?, ?)');
  const deleteDay = db.prepare('DELETE FROM day WHERE day = ?');

  /**
   * Without waiting for the disk, which may take long when others write to it: what a crash takes back of the list of
   * days is found out again at the next start.
   */
  function inPassing(work: () => void): void {
    db.exec('PRAGMA synchronous = NORMAL');
    try {
      work();
    } finally {
      db.exec('PRAGMA synchronous = FULL');
    }
  }

  return {
    cursor: () => Number(db.prepare("SELECT value FROM meta WHERE key = 'cursor'").get()?.value),
    segments: () =>
      namingDamage(file, () =>
        db
          .prepare('SELECT id, data FROM segment ORDER BY id')
          .all()
          .map((row) => ({ id: Number(row.id), chunk: decodeChunk(row.data as Uint8Array) })),
      ),
    write(chunk, next) {
      return transact(db, () => {
        setCursor.run(next);
        return chunk === null ? 0 : Number(insertSegment.run(encodeChunk(chunk)).lastInsertRowid);
      });
    },
    retire({ segments, newest, days }) {
      transact(db, () => {
        for (const id of segments) deleteSegment.run(id);
        for (const { page, times } of newest) setNewest.run(page, bytesOf(times));
        for (const [day, readings] of days) addToDay.run(day, readings);
      });
    },
    newest: () =>
      namingDamage(file, () =>
        db
          .prepare('SELECT page, times FROM newest')
          .all()
          .map((row) => ({ page: Number(row.page), times: timesOf(row.times as Uint8Array) })),
      ),
    days: () =>
      new Map(
        db
          .prepare('SELECT day, readings, batches FROM day ORDER BY day')
          .all()
          .map((row) => [Number(row.day), { readings: Number(row.readings), batches: Number(row.batches) }]),
      ),
    setDay: (day, state) => inPassing(() => setDay.run(day, state.readings, state.batches)),
    dropDay: (day) => inPassing(() => deleteDay.run(day)),
    checkpoint() {
      if (anySegment.get() === undefined) reclaim(db, PAGES_MAX);
      checkpoint(db);
    },
    bytesOnDisk: () => sizeOf(file),
    copyTo: (to) => namingDamage(file, () => copyDatabase(db, to)),
    close: () => db.close(),
  };
}

function initialise(db: ReturnType<typeof openDatabase>, nowMs: number): void {
  transact(db, () => {
    db.exec(`INSERT INTO meta VALUES ('format', ${FORMAT}), ('cursor', 0)`);
    db.prepare("INSERT INTO sqlite_sequence (name, seq) VALUES ('segment', ?)").run(Math.floor(nowMs));
  });
}

function bytesOf(times: Float64Array): Uint8Array {
  return new Uint8Array(times.buffer, times.byteOffset, times.byteLength);
}

function timesOf(bytes: Uint8Array): Float64Array {
  return new Float64Array(bytes.slice().buffer);
}
