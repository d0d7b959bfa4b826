import { transact } from '../../lib/sqlite.ts';
import { msOf } from '../../model/instant.ts';
import { type Columns, decodeBlock, encodeBlock, lowerBound, mergeColumns, sliceColumns } from '../shared/columns.ts';
import {
  checkpoint,
  copyDatabase,
  lazily,
  namingDamage,
  openDatabase,
  openForReading,
  reclaim,
} from '../shared/database.ts';

/** The readings of one UTC day: blocks of one series each. */
export interface DayFile {
  /** Whether an earlier file of the day was dropped or set aside, so that summaries tell more than this file does. */
  isSuccessor(): boolean;
  /** Inside `write`. */
  markSuccessor(): void;
  /** Runs `work` in one transaction, which is on disk after the next `checkpoint`. */
  write(work: () => void): void;
  /** Adds readings (in time order, all of this day). Inside `write`. */
  add(series: number, batch: number, columns: Columns): void;
  /** Puts one tidy run in place of everything a series has. Inside `write`. */
  replace(series: number, batch: number, columns: Columns): void;
  /** In journal order; the data still packed, so that a long scan can decode them in slices. */
  blocks(series: number): Block[];
  /** The highest batch that brought readings of the series; null when it has none. */
  lastBatch(series: number): number | null;
  /** The first series after this one; null when there is none. */
  seriesAfter(series: number): number | null;
  /** Gives some of the space that `replace` left unused back to the file system; false when there is none left. */
  reclaim(): boolean;
  checkpoint(): void;
  copyTo(file: string): void;
  close(): void;
}

export interface Block {
  readonly batch: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly count: number;
  /** Throws DamagedFileError. */
  readonly decode: () => Columns;
}

/** The most readings of a block; also what one slice of a long scan decodes at least, a few milliseconds. */
const BLOCK_READINGS_MAX = 16_384;

/** A block's row number is series × this + its place, so that the blocks of a series lie side by side. */
const BLOCKS_MAX = 65_536;

/** A few milliseconds' work. */
const RECLAIM_PAGES = 512;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS block (
    id INTEGER PRIMARY KEY, batch INTEGER NOT NULL, from_ms REAL NOT NULL, to_ms REAL NOT NULL,
    count INTEGER NOT NULL, data BLOB NOT NULL
  ) STRICT;
`;

/** To be read only, or else made if need be. Throws DamagedFileError. */
export function openDayFile(file: string, readOnly: boolean): DayFile {
  const db = readOnly ? openForReading(file) : openDatabase(file, 'normal', SCHEMA);
  const readSuccessor = lazily(db, "SELECT value FROM meta WHERE key = 'successor'");
  const setSuccessor = lazily(db, "INSERT INTO meta VALUES ('successor', 1) ON CONFLICT DO NOTHING");
  const lastId = lazily(db, 'SELECT max(id) AS id FROM block WHERE id >= ? AND id < ?');
  const insert = lazily(db, 'INSERT INTO block VALUES (?, ?, ?, ?, ?, ?)');
  const remove = lazily(db, 'DELETE FROM block WHERE id >= ? AND id < ?');
  const select = lazily(
    db,
    'SELECT id, batch, from_ms, to_ms, count, data FROM block WHERE id >= ? AND id < ? ORDER BY id',
  );
  const selectBatch = lazily(db, 'SELECT max(batch) AS batch FROM block WHERE id >= ? AND id < ?');
  const after = lazily(db, 'SELECT id FROM block WHERE id >= ? ORDER BY id LIMIT 1');

  const range = (series: number): [number, number] => [series * BLOCKS_MAX, (series + 1) * BLOCKS_MAX];

  const add: DayFile['add'] = (series, batch, columns) => {
    const last = lastId().get(...range(series))?.id;
    let id = typeof last === 'number' ? last + 1 : series * BLOCKS_MAX;
    for (let start = 0; start < columns.tsMs.length; ) {
      const end = endOfBlock(columns.tsMs, start);
      const part = sliceColumns(columns, start, end);
      const { tsMs } = part;
      start = end;
      insert().run(id++, batch, tsMs[0] ?? 0, tsMs[tsMs.length - 1] ?? 0, tsMs.length, encodeBlock(part));
    }
  };

  return {
    isSuccessor: () => readSuccessor().get() !== undefined,
    markSuccessor: () => void setSuccessor().run(),
    write: (work) => namingDamage(file, () => transact(db, work)),
    add,
    replace(series, batch, columns) {
      remove().run(...range(series));
      add(series, batch, columns);
    },
    blocks: (series) =>
      namingDamage(file, () =>
        select()
          .all(...range(series))
          .map((row) => ({
            batch: Number(row.batch),
            fromMs: Number(row.from_ms),
            toMs: Number(row.to_ms),
            count: Number(row.count),
            decode: () => namingDamage(file, () => decodeBlock(row.data as Uint8Array)),
          })),
      ),
    lastBatch(series) {
      const batch = selectBatch().get(...range(series))?.batch;
      return typeof batch === 'number' ? batch : null;
    },
    seriesAfter(series) {
      const id = after().get((series + 1) * BLOCKS_MAX)?.id;
      return typeof id === 'number' ? Math.floor(id / BLOCKS_MAX) : null;
    },
    reclaim: () => reclaim(db, RECLAIM_PAGES),
    checkpoint: () => checkpoint(db),
    copyTo: (to) => namingDamage(file, () => copyDatabase(db, to)),
    close: () => db.close(),
  };
}

/** A block holds the whole of its last millisecond. */
function endOfBlock(tsMs: Float64Array, start: number): number {
  const end = start + BLOCK_READINGS_MAX;
  return end >= tsMs.length ? tsMs.length : lowerBound(tsMs, msOf(tsMs[end - 1] ?? 0) + 1);
}

/** Whether blocks need no merging: each begins after the one before it ends, and none is a crumb. */
export function isTidy(blocks: readonly Block[]): boolean {
  for (let i = 1; i < blocks.length; i++) {
    const before = blocks[i - 1];
    const block = blocks[i];
    if (before === undefined || block === undefined) return false;
    if (msOf(block.fromMs) <= msOf(before.toMs) || before.count < BLOCK_READINGS_MAX / 2) return false;
  }
  return true;
}

/** All readings of blocks in journal order, as one run in time order. */
export function mergeBlocks(blocks: readonly Block[]): Columns {
  return mergeColumns(blocks.map((block) => block.decode()));
}
