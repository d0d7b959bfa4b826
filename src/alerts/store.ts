import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import type { Alert, AlertEvent } from '../model/alert.ts';
import { type Level, rankOf } from '../model/level.ts';

/**
 * The alert log, the alerts, evaluation's checkpoints and the cursor, in one SQLite file and one transaction.
 *
 * The file is synchronous=NORMAL: a power cut may take its last transactions with it, and then they are made again,
 * entry by entry the same, from the journal, which is synchronous=FULL.
 */
export interface AlertStore {
  /** The position of the last entry whose effects are stored. */
  cursor(): number;
  /** Entries from here on must be evaluated again before the state is what it was at the cursor. */
  replayFrom(): number;
  checkpoints(): Iterable<Checkpoint>;
  open(): Alert[];
  headSeq(): number;
  commit(change: StoreChange): void;

  list(filter: AlertFilter): Alert[];
  get(id: string): Alert | undefined;
  log(id: string): AlertEvent[];
  events(after: number, limit: number): AlertEvent[];
  close(): void;
}

export interface Checkpoint {
  readonly point: string;
  readonly definition: number;
  readonly position: number;
  readonly state: string;
}

export interface StoreChange {
  readonly cursor: number;
  readonly replayFrom: number;
  readonly events: readonly AlertEvent[];
  readonly alerts: readonly Alert[];
  readonly checkpoints: readonly Checkpoint[];
  readonly retired: readonly string[];
}

export interface AlertFilter {
  readonly state: 'active' | 'unacknowledged' | 'all';
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  readonly areas?: readonly string[] | undefined;
  readonly level?: Level | undefined;
  readonly point?: string | undefined;
  readonly before?: { readonly raisedAt: number; readonly id: string } | undefined;
  readonly limit: number;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS alert (
    id           TEXT PRIMARY KEY,
    point        TEXT NOT NULL,
    area         TEXT NOT NULL,
    level        INTEGER NOT NULL,
    state        TEXT NOT NULL,
    acknowledged INTEGER NOT NULL,
    raised_at    REAL NOT NULL,
    body         TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS alert_by_time ON alert (raised_at, id);
  CREATE INDEX IF NOT EXISTS alert_by_point ON alert (point, raised_at);
  CREATE INDEX IF NOT EXISTS alert_not_closed ON alert (raised_at, id) WHERE state <> 'closed';
  CREATE TABLE IF NOT EXISTS log (
    seq   INTEGER PRIMARY KEY,
    alert TEXT NOT NULL,
    body  TEXT NOT NULL
  );
  CREATE INDEX IF NOT EXISTS log_by_alert ON log (alert, seq);
  CREATE TABLE IF NOT EXISTS checkpoint (
    point      TEXT PRIMARY KEY,
    definition INTEGER NOT NULL,
    position   INTEGER NOT NULL,
    state      TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS progress (
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    cursor      INTEGER NOT NULL,
    replay_from INTEGER NOT NULL
  );
  INSERT OR IGNORE INTO progress (id, cursor, replay_from) VALUES (1, 0, 1);
`;

export function openAlertStore(path: string): AlertStore {
  const db = new DatabaseSync(path);
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
  db.exec(SCHEMA);
  const putAlert = db.prepare('INSERT OR REPLACE INTO alert VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
  // A plain INSERT: writing an entry of the log twice would be a bug, and must fail rather than hide it.
  const putEvent = db.prepare('INSERT INTO log (seq, alert, body) VALUES (?, ?, ?)');
  const putCheckpoint = db.prepare('INSERT OR REPLACE INTO checkpoint VALUES (?, ?, ?, ?)');
  const deleteCheckpoint = db.prepare('DELETE FROM checkpoint WHERE point = ?');
  const putProgress = db.prepare('UPDATE progress SET cursor = ?, replay_from = ?');
  const selectProgress = db.prepare('SELECT cursor, replay_from FROM progress');
  const selectCheckpoints = db.prepare('SELECT point, definition, position, state FROM checkpoint');
  const selectOpen = db.prepare("SELECT body FROM alert WHERE state <> 'closed' ORDER BY raised_at, id");
  const selectHead = db.prepare('SELECT coalesce(max(seq), 0) AS head FROM log');
  const selectAlert = db.prepare('SELECT body FROM alert WHERE id = ?');
  const selectLog = db.prepare('SELECT body FROM log WHERE alert = ? ORDER BY seq');
  const selectEvents = db.prepare('SELECT body FROM log WHERE seq > ? ORDER BY seq LIMIT ?');

  const progress = () => selectProgress.get() ?? { cursor: 0, replay_from: 1 };

  return {
    cursor: () => Number(progress().cursor),
    replayFrom: () => Number(progress().replay_from),
    *checkpoints() {
      for (const row of selectCheckpoints.iterate()) {
        yield {
          point: String(row.point),
          definition: Number(row.definition),
          position: Number(row.position),
          state: String(row.state),
        };
      }
    },
    open: () => selectOpen.all().map(alertOf),
    headSeq: () => Number(selectHead.get()?.head ?? 0),

    commit(change) {
      db.exec('BEGIN IMMEDIATE');
      try {
        for (const event of change.events) putEvent.run(event.seq, event.alert.id, JSON.stringify(event));
        for (const alert of change.alerts) {
          putAlert.run(
            alert.id,
            alert.point,
            alert.area,
            rankOf(alert.level),
            alert.state,
            alert.acknowledged ? 1 : 0,
            alert.raisedAt,
            JSON.stringify(alert),
          );
        }
        for (const { point, definition, position, state } of change.checkpoints) {
          putCheckpoint.run(point, definition, position, state);
        }
        for (const point of change.retired) deleteCheckpoint.run(point);
        putProgress.run(change.cursor, change.replayFrom);
        db.exec('COMMIT');
      } catch (error) {
        if (db.isTransaction) db.exec('ROLLBACK');
        throw error;
      }
    },

    list(filter) {
      const { where, values } = conditions(filter);
      const sql = `SELECT body FROM alert ${where} ORDER BY raised_at DESC, id DESC LIMIT ?`;
      return db
        .prepare(sql)
        .all(...values, filter.limit)
        .map(alertOf);
    },
    get(id) {
      const row = selectAlert.get(id);
      return row === undefined ? undefined : alertOf(row);
    },
    log: (id) => selectLog.all(id).map(eventOf),
    events: (after, limit) => selectEvents.all(after, limit).map(eventOf),
    close: () => db.close(),
  };
}

function conditions(filter: AlertFilter): { where: string; values: SQLInputValue[] } {
  const parts: string[] = [];
  const values: SQLInputValue[] = [];
  const add = (sql: string, ...bound: SQLInputValue[]) => {
    parts.push(sql);
    values.push(...bound);
  };
  if (filter.state === 'active') add("state = 'active' AND state <> 'closed'");
  if (filter.state === 'unacknowledged') add("acknowledged = 0 AND state <> 'closed'");
  if (filter.fromMs !== undefined) add('raised_at >= ?', filter.fromMs);
  if (filter.toMs !== undefined) add('raised_at < ?', filter.toMs);
  if (filter.areas !== undefined) add('area IN (SELECT value FROM json_each(?))', JSON.stringify(filter.areas));
  if (filter.level !== undefined) add('level = ?', rankOf(filter.level));
  if (filter.point !== undefined) add('point = ?', filter.point);
  if (filter.before !== undefined) add('(raised_at, id) < (?, ?)', filter.before.raisedAt, filter.before.id);
  return { where: parts.length === 0 ? '' : `WHERE ${parts.join(' AND ')}`, values };
}

function alertOf(row: Record<string, unknown>): Alert {
  return JSON.parse(String(row.body)) as Alert;
}

function eventOf(row: Record<string, unknown>): AlertEvent {
  return JSON.parse(String(row.body)) as AlertEvent;
}
