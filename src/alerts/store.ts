import type { SQLInputValue } from 'node:sqlite';
import { openSqlite, transact } from '../lib/sqlite.ts';
import type { JudgedAlert } from '../model/advice.ts';
import type { Alert, AlertEvent, Verdict } from '../model/alert.ts';
import type { AlertFilter } from '../model/alert-filter.ts';
import type { Checkpoint } from '../model/checkpoint.ts';
import { rankOf } from '../model/level.ts';
import type { Maintenance } from '../model/maintenance.ts';
import { eventOf } from './stored-event.ts';

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
  /** Closed alerts whose response goes on. */
  responding(): Alert[];
  headSeq(): number;
  /** What the lifecycle remembers beside the alerts, by key. */
  memory(): Record<string, string>;
  /** Maintenance that has not ended. */
  liveMaintenance(): Maintenance[];
  commit(change: StoreChange): void;

  list(filter: AlertFilter): Alert[];
  get(id: string): Alert | undefined;
  log(id: string): AlertEvent[];
  events(after: number, limit: number): AlertEvent[];
  /** Alerts that were put before people after `fromMs`, in no order. */
  announcedAfter(fromMs: number): Alert[];
  /** Alerts of a rule raised in a period of which somebody has said whether they were real, oldest first. */
  verdicts(point: string, rule: string, fromMs: number, toMs: number): JudgedAlert[];
  /** Newest first by the time it was recorded; those that have ended only when asked for. */
  listMaintenance(filter: MaintenanceFilter): Maintenance[];
  getMaintenance(id: string): Maintenance | undefined;
  /** How far a follower of the log has come: up to which entry, in the log of which name. */
  place(follower: string): { readonly log: string; readonly seq: number } | undefined;
  keepPlace(follower: string, place: { readonly log: string; readonly seq: number }): void;
  close(): void;
}

export interface StoreChange {
  readonly cursor: number;
  readonly replayFrom: number;
  readonly events: readonly AlertEvent[];
  readonly alerts: readonly Alert[];
  /** Points that are gone, whose checkpoints go before those given here are put in. */
  readonly retired: readonly string[];
  readonly checkpoints: readonly Checkpoint[];
  readonly maintenance: readonly Maintenance[];
  readonly memory: ReadonlyMap<string, string>;
}

export interface MaintenanceFilter {
  readonly withEnded: boolean;
  readonly before?: { readonly createdAt: number; readonly id: string } | undefined;
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
  CREATE INDEX IF NOT EXISTS alert_by_announcement ON alert (body ->> '$.announcedAt')
    WHERE body ->> '$.announcedAt' IS NOT NULL;
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
  CREATE TABLE IF NOT EXISTS memory (key TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS maintenance (
    id         TEXT PRIMARY KEY,
    created_at REAL NOT NULL,
    ended      INTEGER NOT NULL,
    body       TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS maintenance_by_time ON maintenance (created_at, id);
  CREATE INDEX IF NOT EXISTS maintenance_live ON maintenance (created_at, id) WHERE ended = 0;
  CREATE TABLE IF NOT EXISTS progress (
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    cursor      INTEGER NOT NULL,
    replay_from INTEGER NOT NULL
  );
`;

/** Beside the log that they are places in: a copy of it, of whatever day, has the places of that day. */
const PLACES = `
  CREATE TABLE IF NOT EXISTS follower (name TEXT PRIMARY KEY, log TEXT NOT NULL, seq INTEGER NOT NULL) WITHOUT ROWID;
`;

/** The response to it goes on; of an alert without one this is neither true nor false. */
const IS_RESPONDING = "body ->> '$.response.stage' <> 'closed'";

const RESPONSES = `
  CREATE INDEX IF NOT EXISTS alert_responding ON alert (raised_at, id) WHERE ${IS_RESPONDING};
`;

/** `beginAfter`: the position that a store that holds nothing begins behind, when the journal does not reach back to 1. */
export function openAlertStore(path: string, beginAfter = 0): AlertStore {
  const db = openSqlite(path, { synchronous: 'normal', migrations: [SCHEMA, PLACES, RESPONSES] });
  db.prepare('INSERT OR IGNORE INTO progress (id, cursor, replay_from) VALUES (1, ?, ?)').run(
    beginAfter,
    beginAfter + 1,
  );
  const putAlert = db.prepare('INSERT OR REPLACE INTO alert VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
  // A plain INSERT: writing an entry of the log twice would be a bug, and must fail rather than hide it.
  const putEvent = db.prepare('INSERT INTO log (seq, alert, body) VALUES (?, ?, ?)');
  const putCheckpoint = db.prepare('INSERT OR REPLACE INTO checkpoint VALUES (?, ?, ?, ?)');
  const deleteCheckpoint = db.prepare('DELETE FROM checkpoint WHERE point = ?');
  const putMemory = db.prepare('INSERT OR REPLACE INTO memory VALUES (?, ?)');
  const putMaintenance = db.prepare('INSERT OR REPLACE INTO maintenance VALUES (?, ?, ?, ?)');
  const selectMaintenance = db.prepare(`
    SELECT body FROM maintenance WHERE ended <= ? AND (created_at, id) < (?, ?)
    ORDER BY created_at DESC, id DESC LIMIT ?`);
  const selectOneMaintenance = db.prepare('SELECT body FROM maintenance WHERE id = ?');
  const selectLive = db.prepare('SELECT body FROM maintenance WHERE ended = 0 ORDER BY created_at, id');
  const selectMemory = db.prepare('SELECT key, body FROM memory');
  const putProgress = db.prepare('UPDATE progress SET cursor = ?, replay_from = ?');
  const selectProgress = db.prepare('SELECT cursor, replay_from FROM progress');
  const selectCheckpoints = db.prepare('SELECT point, definition, position, state FROM checkpoint');
  const selectOpen = db.prepare("SELECT body FROM alert WHERE state <> 'closed' ORDER BY raised_at, id");
  const selectResponding = db.prepare(
    `SELECT body FROM alert WHERE ${IS_RESPONDING} AND state = 'closed' ORDER BY raised_at, id`,
  );
  const selectHead = db.prepare('SELECT coalesce(max(seq), 0) AS head FROM log');
  const selectAlert = db.prepare('SELECT body FROM alert WHERE id = ?');
  const selectAnnounced = db.prepare("SELECT body FROM alert WHERE body ->> '$.announcedAt' > ?");
  const selectVerdicts = db.prepare(`
    SELECT raised_at, body ->> '$.clearedAt' AS cleared_at, body ->> '$.verdict' AS verdict FROM alert
    WHERE point = ? AND raised_at >= ? AND raised_at < ? AND verdict IS NOT NULL AND body ->> '$.rule' = ?
    ORDER BY raised_at, id`);
  const selectLog = db.prepare('SELECT body FROM log WHERE alert = ? ORDER BY seq');
  const selectEvents = db.prepare('SELECT body FROM log WHERE seq > ? ORDER BY seq LIMIT ?');

  const selectPlace = db.prepare('SELECT log, seq FROM follower WHERE name = ?');
  const putPlace = db.prepare('INSERT OR REPLACE INTO follower VALUES (?, ?, ?)');

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
    responding: () => selectResponding.all().map(alertOf),
    headSeq: () => Number(selectHead.get()?.head ?? 0),
    memory: () => Object.fromEntries(selectMemory.all().map(({ key, body }) => [String(key), String(body)])),
    liveMaintenance: () => selectLive.all().map(maintenanceOf),

    commit(change) {
      transact(db, () => {
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
        for (const point of change.retired) deleteCheckpoint.run(point);
        for (const { point, definition, position, state } of change.checkpoints) {
          putCheckpoint.run(point, definition, position, state);
        }
        for (const plan of change.maintenance) {
          putMaintenance.run(plan.id, plan.createdAt, plan.state === 'ended' ? 1 : 0, JSON.stringify(plan));
        }
        for (const [key, body] of change.memory) putMemory.run(key, body);
        putProgress.run(change.cursor, change.replayFrom);
      });
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
    announcedAfter: (fromMs) => selectAnnounced.all(fromMs).map(alertOf),
    verdicts: (point, rule, fromMs, toMs) =>
      selectVerdicts.all(point, fromMs, toMs, rule).map(({ raised_at, cleared_at, verdict }) => ({
        fromMs: Number(raised_at),
        toMs: cleared_at === null ? Number.POSITIVE_INFINITY : Number(cleared_at),
        verdict: String(verdict) as Verdict,
      })),
    events: (after, limit) => selectEvents.all(after, limit).map(eventOf),
    listMaintenance({ withEnded, before, limit }) {
      const { createdAt, id } = before ?? { createdAt: Number.POSITIVE_INFINITY, id: '' };
      return selectMaintenance.all(withEnded ? 1 : 0, createdAt, id, limit).map(maintenanceOf);
    },
    getMaintenance(id) {
      const row = selectOneMaintenance.get(id);
      return row === undefined ? undefined : maintenanceOf(row);
    },
    place(follower) {
      const row = selectPlace.get(follower);
      return row === undefined ? undefined : { log: String(row.log), seq: Number(row.seq) };
    },
    keepPlace: (follower, { log, seq }) => void putPlace.run(follower, log, seq),
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
  if (filter.state === 'responding') add(IS_RESPONDING);
  if (filter.verdict === 'none') add("body ->> '$.verdict' IS NULL");
  else if (filter.verdict !== undefined) add("body ->> '$.verdict' = ?", filter.verdict);
  if (filter.fromMs !== undefined) add('raised_at >= ?', filter.fromMs);
  if (filter.toMs !== undefined) add('raised_at < ?', filter.toMs);
  if (filter.areas !== undefined) add('area IN (SELECT value FROM json_each(?))', JSON.stringify(filter.areas));
  if (filter.level !== undefined) add('level = ?', rankOf(filter.level));
  if (filter.peakLevel !== undefined) add("body ->> '$.peak.level' = ?", filter.peakLevel);
  if (filter.point !== undefined) add('point = ?', filter.point);
  if (filter.before !== undefined) add('(raised_at, id) < (?, ?)', filter.before.raisedAt, filter.before.id);
  return { where: parts.length === 0 ? '' : `WHERE ${parts.join(' AND ')}`, values };
}

function alertOf(row: Record<string, unknown>): Alert {
  return JSON.parse(String(row.body)) as Alert;
}

function maintenanceOf(row: Record<string, unknown>): Maintenance {
  return JSON.parse(String(row.body)) as Maintenance;
}
