import { transact } from '../../lib/sqlite.ts';
import { DAY_MS } from '../../model/time.ts';
import { type Cells, decodeCells, encodeCells, type Unit } from '../shared/cells.ts';
import { checkpoint, copyDatabase, lazily, namingDamage, openDatabase, openForReading } from '../shared/database.ts';

/** Summaries of days: a row for each day and series, of one or two units. */
export interface CellFile {
  write(work: () => void): void;
  /** `batch`: the last batch of readings that the cells include. Inside `write`. */
  put(day: number, series: number, batch: number, cells: readonly Cells[]): void;
  /** The last batch the cells include; null when there are none. */
  batch(day: number, series: number): number | null;
  hasDay(day: number): boolean;
  /** The cells by unit, or null. Throws DamagedFileError. */
  get(day: number, series: number): Cells[] | null;
  checkpoint(): void;
  copyTo(file: string): void;
  close(): void;
}

/** A row's number is day × this + series: days are written one after the other, and rows then only ever go behind. */
const SERIES_MAX = 2 ** 32;

const SCHEMA =
  'CREATE TABLE IF NOT EXISTS cell (id INTEGER PRIMARY KEY, batch INTEGER NOT NULL, data BLOB NOT NULL) STRICT';

/**
 * To be read only, or else made if need be. `firstDay` is the first day the file may hold, so that row numbers stay
 * small. Throws DamagedFileError.
 */
export function openCellFile(file: string, units: readonly Unit[], firstDay: number, readOnly: boolean): CellFile {
  const db = readOnly ? openForReading(file) : openDatabase(file, 'normal', SCHEMA);
  const upsert = lazily(db, 'INSERT OR REPLACE INTO cell VALUES (?, ?, ?)');
  const selectBatch = lazily(db, 'SELECT batch FROM cell WHERE id = ?');
  const select = lazily(db, 'SELECT data FROM cell WHERE id = ?');
  const selectAny = lazily(db, 'SELECT 1 FROM cell WHERE id >= ? AND id < ? LIMIT 1');
  const idOf = (day: number, series: number): number => (day - firstDay) * SERIES_MAX + series;

  return {
    write: (work) => namingDamage(file, () => transact(db, work)),
    put(day, series, batch, cells) {
      const pairs = units.map(
        (unit, at) => [unit, cells[at] ?? { tsMs: [], min: [], max: [], sum: [], count: [] }] as const,
      );
      upsert().run(idOf(day, series), batch, encodeCells(pairs, day * DAY_MS));
    },
    batch(day, series) {
      const batch = selectBatch().get(idOf(day, series))?.batch;
      return typeof batch === 'number' ? batch : null;
    },
    hasDay: (day) => selectAny().get(idOf(day, 0), idOf(day + 1, 0)) !== undefined,
    get: (day, series) =>
      namingDamage(file, () => {
        const data = select().get(idOf(day, series))?.data;
        return data instanceof Uint8Array ? decodeCells(units, data, day * DAY_MS) : null;
      }),
    checkpoint: () => checkpoint(db),
    copyTo: (to) => namingDamage(file, () => copyDatabase(db, to)),
    close: () => db.close(),
  };
}
