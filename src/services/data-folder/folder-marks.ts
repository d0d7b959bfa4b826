import { randomUUID } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { journalExtent } from '../../journal/reader.ts';
import { readSqlite } from '../../lib/sqlite.ts';
import { DATABASES, type Database, type FoundDatabase, type FoundFolder } from './folder-findings.ts';

/**
 * The marks by which the databases of a folder name one another, and the name of the alert log. A mark is rewritten in each
 * database before they are opened and after they are closed, durably, the journal's first and once more last: a crash in
 * between leaves databases that are one round apart, and the journal says so.
 */

/** What tells a file from a copy of it, and one that was written to since. */
const fileTraceSchema = z.object({
  inode: z.number(),
  bornMs: z.number(),
  /** Null while a server may write to it. */
  changedMs: z.number().nullable(),
});
type FileTrace = z.infer<typeof fileTraceSchema>;

const markSchema = z.object({
  folder: z.string(),
  round: z.number(),
  files: z.array(z.string()),
  position: z.number(),
  /** Stands in the journal's mark: it is written first and last. */
  isWhole: z.boolean().optional(),
  /** In the journal's: a backup that was not started yet; what goes on from it is another log. */
  isCopy: z.boolean().optional(),
  /** In the journal's: the folder that a backup was taken of, while a start is giving the databases the id of their own. */
  copyOf: z.string().optional(),
  /** In the journal's: what the file system said of the alerts' file last. */
  alertsFile: fileTraceSchema.optional(),
  /** In the alerts'. */
  log: z.string().optional(),
});
type AnyMark = z.infer<typeof markSchema>;

const TABLE = 'folder_mark';

/** The tables that hold what a database is for: without a row in one of them it is empty, without any of them blank. */
const MAIN_TABLES: Readonly<Record<Database, readonly string[]>> = {
  'registry.db': ['profile', 'area', 'device', 'definition', 'audit'],
  'accounts.db': ['users'],
  'alerts.db': ['log', 'checkpoint', 'alert', 'memory'],
  'seen.db': ['seen'],
  'quarantine.db': ['quarantine'],
  'journal.db': ['journal'],
  'history/history.db': ['meta'],
  'history/influx.db': ['meta'],
  'notify.db': ['place'],
};

/** How a follower of the journal tells the last position it has taken. */
const CURSORS: Readonly<Partial<Record<Database, string>>> = {
  'alerts.db': 'SELECT cursor FROM progress',
  'quarantine.db': 'SELECT cursor FROM progress',
  // Their cursors are the position to come.
  'history/history.db': "SELECT value - 1 FROM meta WHERE key = 'cursor'",
  'history/influx.db': "SELECT value - 1 FROM meta WHERE key = 'cursor'",
};

export interface ReadFolder extends FoundFolder {
  /** The name of the alert log, if it is the one that clients may know; otherwise it needs a new one. */
  readonly log: string | null;
  /** The id of the folder and the last round; null for a folder without marks, or a backup that begins a life of its own. */
  readonly last: { readonly folder: string; readonly round: number } | null;
  /** The folder that this one is a backup of, until it has been started. */
  readonly copyOf: string | undefined;
}

/** Reads what the databases say of one another. They have been looked at for damage. */
export function readFolder(path: (name: string) => string, history: 'embedded' | 'influx'): ReadFolder {
  const databases = {} as Record<Database, FoundDatabase>;
  const marks: Partial<Record<Database, AnyMark>> = {};
  let journal = { first: 1, next: 1 };
  let alertsReplayFrom = 1;
  const definitions = { named: 0, known: 0 };
  for (const name of DATABASES) {
    const file = path(name);
    if (!existsSync(file)) {
      databases[name] = { state: 'absent', mark: null };
      continue;
    }
    const db = readSqlite(file);
    try {
      const mark = markIn(db);
      if (mark !== null) marks[name] = mark;
      const state = stateOf(db, name);
      if (state === 'other') {
        databases[name] = { state, mark };
        continue;
      }
      const cursor = numberOf(db, CURSORS[name]);
      databases[name] = { state, mark, ...(cursor === undefined ? {} : { cursor }) };
      if (name === 'journal.db') journal = journalExtent(file);
      if (name === 'alerts.db') {
        alertsReplayFrom = numberOf(db, 'SELECT replay_from FROM progress') ?? 1;
        definitions.named = numberOf(db, 'SELECT max(definition) FROM checkpoint') ?? 0;
      }
      if (name === 'registry.db') definitions.known = numberOf(db, 'SELECT max(id) FROM definition') ?? 0;
    } finally {
      db.close();
    }
  }
  const ofJournal = marks['journal.db'];
  const isCopy = ofJournal?.isCopy === true;
  const begunFrom = ofJournal?.copyOf;
  if (ofJournal !== undefined && begunFrom !== undefined) {
    // Some still carry the id of the other folder, because the start that was giving them this one's was cut off.
    for (const name of DATABASES) {
      const { mark } = databases[name];
      if (mark?.folder !== begunFrom) continue;
      databases[name] = { ...databases[name], mark: { ...mark, folder: ofJournal.folder, round: ofJournal.round } };
    }
  }
  const highest = Math.max(0, ...Object.values(marks).map(({ round }) => round));
  const isUntouched = isCopy && begunFrom === undefined;
  const { folder } = ofJournal ?? Object.values(marks)[0] ?? {};
  return {
    history: history === 'embedded' ? 'history/history.db' : 'history/influx.db',
    databases,
    journal,
    isRoundWhole: ofJournal?.isWhole !== false,
    alertsReplayFrom,
    definitions,
    log: isCopy || !isSameFile(path('alerts.db'), ofJournal?.alertsFile) ? null : (marks['alerts.db']?.log ?? null),
    last:
      isUntouched || folder === undefined
        ? null
        : { folder, round: begunFrom === undefined ? highest : (ofJournal?.round ?? 0) },
    copyOf: begunFrom ?? (isCopy ? ofJournal?.folder : undefined),
  };
}

export interface MarkWriter {
  /** Rewrites the marks of the databases that there are and nobody uses; `position`: the journal's last one. */
  rewrite(position: number, isEnd: boolean): void;
  /** Marks databases that were made since, but for the history's, which its thread keeps to itself. */
  markNew(): void;
}

export function createMarkWriter(
  path: (name: string) => string,
  { last, isRoundWhole, copyOf }: Pick<ReadFolder, 'last' | 'isRoundWhole' | 'copyOf'>,
  log: string,
): MarkWriter {
  const folder = last?.folder ?? randomUUID();
  let round = last?.round ?? 0;
  /** A round that was cut off is done again, so that no database is ever more than one behind. */
  let isWhole = isRoundWhole;
  let marked: readonly Database[] = [];
  let known = 0;
  /** Every database carries the id of this folder. */
  let hasBegun = false;

  const mark = (files: readonly string[]): AnyMark => ({ folder, round, files: [...files], position: known });
  const ofJournal = (files: readonly string[], hasAll: boolean, isEnd: boolean): AnyMark => ({
    ...mark(files),
    isWhole: hasAll,
    ...(hasAll || copyOf === undefined || hasBegun ? {} : { isCopy: true, copyOf }),
    alertsFile: traceOf(path('alerts.db'), isEnd),
  });

  function write(names: readonly Database[], files: readonly Database[], isEnd: boolean): void {
    if (names.includes('journal.db')) putMark(path('journal.db'), ofJournal(files, false, isEnd));
    for (const name of names) {
      if (name === 'journal.db') continue;
      const own = mark(files);
      putMark(path(name), name === 'alerts.db' ? { ...own, log } : own);
    }
    if (files.includes('journal.db')) putMark(path('journal.db'), ofJournal(files, true, isEnd));
    marked = files;
    hasBegun = true;
  }

  const present = () => DATABASES.filter((name) => existsSync(path(name)));
  return {
    rewrite(at, isEnd) {
      known = at;
      if (isWhole) round++;
      isWhole = false;
      const names = present();
      write(names, names, isEnd);
      isWhole = true;
    },
    markNew() {
      const names = present().filter((name) => !marked.includes(name) && !name.startsWith('history/'));
      if (names.length > 0) write(names, [...marked, ...names], false);
    },
  };
}

/** Says of the copies of databases in a folder that they are a backup, from which another log goes on. */
export function markCopy(journalFile: string): void {
  const db = new DatabaseSync(journalFile);
  try {
    const mark = markIn(db);
    // A journal without a mark is adopted with a log of its own in any case.
    if (mark !== null) writeMark(db, { ...mark, isCopy: true });
  } finally {
    db.close();
  }
}

function isSameFile(file: string, trace: FileTrace | undefined): boolean {
  const present = traceOf(file, true);
  if (trace === undefined || present === undefined) return false;
  const isSame = present.inode === trace.inode && present.bornMs === trace.bornMs;
  // A server that was killed could not say when it wrote last.
  return isSame && (trace.changedMs === null || trace.changedMs === present.changedMs);
}

function traceOf(file: string, isAtRest: boolean): FileTrace | undefined {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  return { inode: stat.ino, bornMs: stat.birthtimeMs, changedMs: isAtRest ? stat.ctimeMs : null };
}

function putMark(file: string, mark: AnyMark): void {
  const db = new DatabaseSync(file);
  try {
    db.exec('PRAGMA busy_timeout = 5000');
    writeMark(db, mark);
  } finally {
    db.close();
  }
}

/** On disk when it returns: a connection of its own is synchronous=FULL unless told otherwise. */
function writeMark(db: DatabaseSync, mark: AnyMark): void {
  db.exec(`CREATE TABLE IF NOT EXISTS ${TABLE} (id INTEGER PRIMARY KEY CHECK (id = 1), body TEXT NOT NULL)`);
  db.prepare(`INSERT OR REPLACE INTO ${TABLE} VALUES (1, ?)`).run(JSON.stringify(mark));
}

/** Null also for one that cannot be read: it says nothing of where its database belongs. */
function markIn(db: DatabaseSync): AnyMark | null {
  if (!hasTable(db, TABLE)) return null;
  const body = db.prepare(`SELECT body FROM ${TABLE}`).get()?.body;
  try {
    return markSchema.parse(JSON.parse(String(body)));
  } catch {
    return null;
  }
}

function stateOf(db: DatabaseSync, name: Database): FoundDatabase['state'] {
  const tables = MAIN_TABLES[name].filter((table) => hasTable(db, table));
  const hasRows = tables.some((table) => db.prepare(`SELECT 1 FROM ${table} LIMIT 1`).get() !== undefined);
  if (hasRows) return 'present';
  if (tables.length === 0 && hasOtherTables(db)) return 'other';
  // There never was a folder without a user.
  return tables.length === 0 || name === 'accounts.db' ? 'blank' : 'empty';
}

function hasOtherTables(db: DatabaseSync): boolean {
  const others = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name <> ? LIMIT 1";
  return db.prepare(others).get(TABLE) !== undefined;
}

function hasTable(db: DatabaseSync, table: string): boolean {
  return db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?").get(table) !== undefined;
}

/** The only value of a query; undefined when there is none, also because the table is not there. */
function numberOf(db: DatabaseSync, sql: string | undefined): number | undefined {
  if (sql === undefined || !hasTable(db, /FROM (\w+)/.exec(sql)?.[1] ?? '')) return undefined;
  const [value] = Object.values(db.prepare(sql).get() ?? {});
  return value === undefined || value === null ? undefined : Number(value);
}
