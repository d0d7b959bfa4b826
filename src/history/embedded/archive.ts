import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../model/time.ts';
import { damageOf, hasLog, sizeOf } from '../shared/database.ts';
import { type CellFile, openCellFile } from './cell-file.ts';
import { type DayFile, openDayFile } from './day-file.ts';

/**
 * The files behind history.db: raw/2026-01-31.db with the readings of a day, minute/2026-01.db and hour/2026.db with
 * summaries by the minute, and by the hour and day. Dropping what is too old is closing a file and unlinking it.
 * Open files are kept, the longest unused closed first.
 */
export interface Archive {
  readonly raw: Shelf<DayFile>;
  /** Cells of one unit: minutes. */
  readonly minutes: Shelf<CellFile>;
  /** Cells of two units: hours, then the day. */
  readonly hours: Shelf<CellFile>;
  /** Files that were found damaged and set aside, by name. */
  setAside(): readonly string[];
  /** Sets a file aside that was found damaged while in use. False when it is none of the archive's. */
  condemn(file: string): boolean;
  /** Writes every file anew below another folder, one at each step. */
  copyTo(dir: string): Generator<void, void, void>;
  bytesOnDisk(): number;
  close(): void;
}

/** Files of one kind. A day is a whole number of days since 1970. */
export interface Shelf<File> {
  /** The days on which files begin, ascending. */
  starts(): readonly number[];
  /** Where the file that begins at `start` ends, excluded. */
  endOf(start: number): number;
  /** The file that holds a day, if there is one, for reading. Throws DamagedFileError. */
  find(day: number): File | null;
  /** The file that is to hold a day, for writing, made if need be. */
  open(day: number): File;
  drop(start: number): void;
}

/** How a shelf divides time. */
interface Period {
  readonly folder: string;
  readonly name: (day: number) => string;
  readonly startOf: (name: string) => number;
  readonly after: (start: number) => number;
}

const dateOf = (day: number): string => new Date(day * DAY_MS).toISOString().replace(/T.*/, '');
const dayOf = (date: string): number => Date.parse(`${date}T00:00:00Z`) / DAY_MS;
const monthAfter = (day: number, months: number): number => {
  const date = new Date(day * DAY_MS);
  return date.setUTCMonth(date.getUTCMonth() + months) / DAY_MS;
};

const DAYS: Period = { folder: 'raw', name: dateOf, startOf: dayOf, after: (start) => start + 1 };
const MONTHS: Period = {
  folder: 'minute',
  name: (day) => dateOf(day).replace(/-\d\d$/, ''),
  startOf: (name) => dayOf(`${name}-01`),
  after: (start) => monthAfter(start, 1),
};
const YEARS: Period = {
  folder: 'hour',
  name: (day) => dateOf(day).replace(/-\d\d-\d\d$/, ''),
  startOf: (name) => dayOf(`${name}-01-01`),
  after: (start) => monthAfter(start, 12),
};

/** A chart of two months of raw readings opens each file once. */
const OPEN_FILES_MAX = 64;

/** A page of SQLite's. A file of no more has no tables: a crash or a full disk came while it was made. */
const PAGE_BYTES = 4096;

const SUFFIX = '.db';
const DAMAGED = '.damaged';

export function openArchive(dir: string): Archive {
  const aside: string[] = [];
  const raw = openShelf(dir, DAYS, (file, _start, ro) => openDayFile(file, ro), aside);
  const minutes = openShelf(dir, MONTHS, (file, start, ro) => openCellFile(file, [MINUTE_MS], start, ro), aside);
  const hours = openShelf(dir, YEARS, (file, start, ro) => openCellFile(file, [HOUR_MS, DAY_MS], start, ro), aside);
  const shelves = [raw, minutes, hours];
  return {
    raw,
    minutes,
    hours,
    setAside: () => aside,
    condemn: (file) => shelves.some((shelf) => shelf.condemn(file)),
    *copyTo(to) {
      for (const shelf of shelves) yield* shelf.copyTo(to);
    },
    bytesOnDisk: () => shelves.reduce((sum, shelf) => sum + shelf.bytesOnDisk(), 0),
    close() {
      for (const shelf of shelves) shelf.close();
    },
  };
}

interface OwnedShelf<File> extends Shelf<File> {
  condemn(file: string): boolean;
  copyTo(dir: string): Generator<void, void, void>;
  bytesOnDisk(): number;
  close(): void;
}

function openShelf<File extends { copyTo(file: string): void; close(): void }>(
  dir: string,
  period: Period,
  openFile: (file: string, start: number, readOnly: boolean) => File,
  aside: string[],
): OwnedShelf<File> {
  const folder = join(dir, period.folder);
  mkdirSync(folder, { recursive: true });
  const starts = listStarts(folder, period, aside);
  const opened = new Map<number, { readonly file: File; readonly readOnly: boolean }>();
  const fileOf = (start: number): string => join(folder, `${period.name(start)}${SUFFIX}`);
  const startOf = (day: number): number => period.startOf(period.name(day));

  const closeFile = (start: number): void => {
    opened.get(start)?.file.close();
    opened.delete(start);
  };

  const fileFor = (day: number, readOnly: boolean): File => {
    const start = startOf(day);
    const known = opened.get(start);
    if (known !== undefined && (readOnly || !known.readOnly)) {
      // Put in again behind all others: a map gives its oldest first.
      opened.delete(start);
      opened.set(start, known);
      return known.file;
    }
    closeFile(start);
    const untouched = readOnly && !hasLog(fileOf(start));
    const file = openFile(fileOf(start), start, untouched);
    opened.set(start, { file, readOnly: untouched });
    starts.add(start);
    for (const oldest of opened.keys()) {
      if (opened.size <= OPEN_FILES_MAX) break;
      closeFile(oldest);
    }
    return file;
  };

  return {
    starts: () => [...starts].sort((a, b) => a - b),
    endOf: (start) => period.after(start),
    find: (day) => (starts.has(startOf(day)) ? fileFor(day, true) : null),
    open: (day) => fileFor(day, false),
    drop(start) {
      closeFile(start);
      starts.delete(start);
      for (const suffix of ['', '-wal']) rmSync(`${fileOf(start)}${suffix}`, { force: true });
    },
    condemn(file) {
      const start = [...starts].find((candidate) => fileOf(candidate) === file);
      if (start === undefined) return false;
      closeFile(start);
      starts.delete(start);
      aside.push(setAside(folder, period, basename(file)));
      return true;
    },
    *copyTo(to) {
      mkdirSync(join(to, period.folder), { recursive: true });
      for (const start of [...starts]) {
        fileFor(start, true).copyTo(join(to, period.folder, basename(fileOf(start))));
        yield;
      }
    },
    bytesOnDisk: () => [...starts].reduce((sum, start) => sum + sizeOf(fileOf(start)), 0),
    close() {
      for (const start of [...opened.keys()]) closeFile(start);
    },
  };
}

function listStarts(folder: string, period: Period, aside: string[]): Set<number> {
  const starts = new Set<number>();
  for (const name of readdirSync(folder)) {
    if (name.endsWith(DAMAGED)) aside.push(join(period.folder, name));
    if (!name.endsWith(SUFFIX)) continue;
    const start = period.startOf(name.slice(0, -SUFFIX.length));
    if (!Number.isInteger(start)) continue;
    const file = join(folder, name);
    if (damageOf(file) !== null) aside.push(setAside(folder, period, name));
    else if (sizeOf(file) <= PAGE_BYTES) rmSync(file);
    else starts.add(start);
  }
  return starts;
}

/**
 * A damaged file of one day must not keep the server from watching: it is renamed, so that nothing reads it or writes to
 * it, and stays listed until an operator restores it or takes it away.
 */
function setAside(folder: string, period: Period, name: string): string {
  const file = join(folder, name);
  renameSync(file, `${file}${DAMAGED}`);
  rmSync(`${file}-wal`, { force: true });
  return join(period.folder, `${name}${DAMAGED}`);
}
