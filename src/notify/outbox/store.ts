import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { openSqlite, transact } from '../../lib/sqlite.ts';
import type { Level } from '../../model/level.ts';
import type { LogPlace } from '../../model/log-place.ts';
import type { Intent, ReasonTold, Recipient } from '../../model/notify/delivery.ts';
import type { ToldMessage, ToldState } from '../../model/notify/told.ts';
import { DAY_MS, HOUR_MS } from '../../model/time.ts';
import type { Composed, LaterReason, RefusedReason } from '../channel.ts';
import type { Row } from '../decide/state.ts';
import type { AlertShown } from './notice.ts';

/**
 * notify.db: how far the alert log is followed, what deciding remembers, and what is to be said to whom, with what came of
 * it. Rows alone, and nothing that only memory knows: whoever has this file can go on where another was killed.
 *
 * What each crash leaves behind: an entry of the log is either decided on, with its intents, or will be given again. An
 * intent is queued until a request names it; a request is stored, word for word, before it is sent, and is repeated under
 * the same id when nothing is stored of what came of it.
 */

/** An intent with what came of it. */
export interface StoredIntent extends ToldMessage {
  /** The gateway's reference, which receipts and replies name. */
  readonly ref: string | null;
  /** It is told by itself, after a gateway refused it together with others. */
  readonly isAlone: boolean;
}

export type RequestState = 'waiting' | 'sending' | 'accepted' | 'failed';

/** One request to a gateway, complete. */
export interface StoredRequest {
  readonly id: string;
  readonly channel: string;
  readonly to: readonly Recipient[];
  readonly level: Level | null;
  readonly composed: Composed;
  readonly code: string | null;
  readonly madeAtMs: number;
  readonly state: RequestState;
  readonly attempts: number;
  /** When it is tried next, ms. */
  readonly nextAtMs: number;
  readonly words: string | null;
}

/** A request with its place among all, and when the gateway took it. */
export interface PastRequest extends StoredRequest {
  readonly number: number;
  readonly acceptedAtMs: number | null;
  /** It says of every alert in it that it has cleared. */
  readonly isOver: boolean;
}

export interface Attempt {
  readonly id: number;
  readonly request: string;
  readonly channel: string;
  readonly recipients: readonly string[];
  readonly startedAtMs: number;
  readonly endedAtMs: number | null;
}

/** How a channel fares. */
export interface ChannelRow {
  readonly id: string;
  readonly blockedUntilMs: number;
  /** Since when nothing was accepted any more; null when well. */
  readonly failingSinceMs: number | null;
  /** Failures since something was accepted last. */
  readonly failures: number;
  /** Whether people were told by an alert that it fails. */
  readonly isRaised: boolean;
  /** The gateway's own words, for who set it up. */
  readonly words: string | null;
  /** The same as one of few reasons, for everybody. */
  readonly why: LaterReason | RefusedReason | null;
  readonly lastAcceptedAtMs: number | null;
  /** The gateway's clock minus ours, ms, as last seen; null: never. */
  readonly clockOffsetMs: number | null;
}

/** The clock as it was last looked at: what it shows when the machine starts (see Uptime), and what it showed then. */
export interface ClockRow {
  readonly boot: string;
  readonly originMs: number;
  readonly atMs: number;
}

/** That somebody answered, until the alert log says so. */
export interface Answer {
  readonly id: number;
  readonly person: string | null;
  /** What he calls himself, where nobody knows who he is: it went to several, and he has typed a name. */
  readonly name: string | null;
  readonly via: string;
  readonly atMs: number;
  readonly alerts: readonly string[];
}

const SCHEMA = `
  CREATE TABLE place (id INTEGER PRIMARY KEY CHECK (id = 1), log TEXT NOT NULL, seq INTEGER NOT NULL) STRICT;
  CREATE TABLE decided (key TEXT PRIMARY KEY, row TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE alerts (id TEXT PRIMARY KEY, shown TEXT NOT NULL, at REAL NOT NULL, isOpen INTEGER NOT NULL) STRICT;
  CREATE INDEX alerts_by_time ON alerts (at);
  CREATE TABLE intents (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, at REAL NOT NULL, reason TEXT NOT NULL, level TEXT,
    channel TEXT NOT NULL, person TEXT, route TEXT, step INTEGER, follows TEXT, state TEXT NOT NULL,
    acceptedAt REAL, deliveredAt REAL, answeredAt REAL, failedAt REAL, words TEXT, ref TEXT, isAlone INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX intents_queued ON intents (number) WHERE state = 'queued';
  CREATE INDEX intents_by_ref ON intents (channel, ref) WHERE ref IS NOT NULL;
  CREATE TABLE items (
    intent TEXT NOT NULL, alert TEXT NOT NULL, request TEXT, PRIMARY KEY (intent, alert)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX items_by_alert ON items (alert);
  CREATE INDEX items_by_request ON items (request);
  CREATE TABLE requests (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, channel TEXT NOT NULL, recipients TEXT NOT NULL, level TEXT,
    composed TEXT NOT NULL, code TEXT, madeAt REAL NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL,
    nextAt REAL NOT NULL, words TEXT
  ) STRICT;
  CREATE INDEX requests_open ON requests (number) WHERE state IN ('waiting', 'sending');
  CREATE TABLE attempts (
    id INTEGER PRIMARY KEY, request TEXT NOT NULL, channel TEXT NOT NULL, recipients TEXT NOT NULL,
    startedAt REAL NOT NULL, endedAt REAL, outcome TEXT, words TEXT
  ) STRICT;
  CREATE INDEX attempts_by_channel ON attempts (channel, startedAt);
  CREATE INDEX attempts_by_request ON attempts (request);
  CREATE TABLE channels (
    id TEXT PRIMARY KEY, blockedUntil REAL NOT NULL, failingSince REAL, failures INTEGER NOT NULL, isRaised INTEGER NOT NULL,
    words TEXT, lastAcceptedAt REAL, clockOffset REAL
  ) STRICT;
  CREATE TABLE answers (
    id INTEGER PRIMARY KEY, person TEXT, via TEXT NOT NULL, at REAL NOT NULL, alerts TEXT NOT NULL, isDone INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX answers_open ON answers (id) WHERE isDone = 0;
`;

/** What a channel said last is looked at in the console, and must not cost a search of all that was ever said. */
const REQUESTS_BY_CHANNEL = 'CREATE INDEX requests_by_channel ON requests (channel, number)';

/** What somebody calls himself who answered a message that went to several. */
const NAMES_OF_ANSWERS = 'ALTER TABLE answers ADD COLUMN name TEXT';

/** A reply to an SMS names its message by a code, and each new one is looked up so that no two have the same. */
const REQUESTS_BY_CODE = 'CREATE INDEX requests_by_code ON requests (code) WHERE code IS NOT NULL';

/** What a gateway says is for who set it up; why it fails, for everybody. */
const WHY_OF_CHANNELS = 'ALTER TABLE channels ADD COLUMN why TEXT';

/** What the clock showed last, and how it stands to the machine's own time, so that it is seen when it is set. */
const CLOCK =
  'CREATE TABLE clock (id INTEGER PRIMARY KEY CHECK (id = 1), boot TEXT NOT NULL, origin REAL NOT NULL, at REAL NOT NULL) STRICT';

/** The longest window of a budget, a day, and some time for what is under way. */
const ATTEMPTS_MATTER_MS = DAY_MS + HOUR_MS;

/** An answer to a message answers what it said, and not what the alert has turned into behind it. */
const LEVELS_SAID = 'ALTER TABLE items ADD COLUMN level TEXT';

/** Nights are looked at, and exported, for a year and a month. */
export const KEPT_MS = 400 * DAY_MS;
/** Removed at once: some ms of work. */
const PRUNED_AT_ONCE = 500;

export type OutboxStore = ReturnType<typeof openOutboxStore>;

export function openOutboxStore(path: string) {
  const db: DatabaseSync = openSqlite(path, {
    synchronous: 'full',
    migrations: [SCHEMA, REQUESTS_BY_CHANNEL, NAMES_OF_ANSWERS, REQUESTS_BY_CODE, WHY_OF_CHANNELS, CLOCK, LEVELS_SAID],
  });
  const one = (sql: string) => {
    const statement = db.prepare(sql);
    return (...values: SQLInputValue[]) => statement.get(...values);
  };
  const all = (sql: string) => {
    const statement = db.prepare(sql);
    return (...values: SQLInputValue[]) => statement.all(...values);
  };
  const run = (sql: string) => {
    const statement = db.prepare(sql);
    return (...values: SQLInputValue[]) => statement.run(...values);
  };

  const INTENT = 'SELECT * FROM intents';
  const sql = {
    place: one('SELECT log, seq FROM place'),
    keepPlace: run(
      'INSERT INTO place VALUES (1, ?, ?) ON CONFLICT (id) DO UPDATE SET log = excluded.log, seq = excluded.seq',
    ),
    clock: one('SELECT boot, origin, at FROM clock'),
    keepClock: run(
      'INSERT INTO clock VALUES (1, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET boot = excluded.boot, origin = excluded.origin, at = excluded.at',
    ),
    moveRequests: run(
      "UPDATE requests SET madeAt = madeAt + ?, nextAt = nextAt + ? WHERE state IN ('waiting', 'sending')",
    ),
    moveIntents: run("UPDATE intents SET at = at + ? WHERE state = 'queued'"),
    moveAttempts: run('UPDATE attempts SET startedAt = startedAt + ?, endedAt = endedAt + ? WHERE startedAt >= ?'),
    moveChannels: run(
      'UPDATE channels SET blockedUntil = iif(blockedUntil = 0, 0, blockedUntil + ?), failingSince = failingSince + ?',
    ),
    decided: all('SELECT key, row FROM decided'),
    keepDecided: run('INSERT INTO decided VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET row = excluded.row'),
    dropDecided: run('DELETE FROM decided WHERE key = ?'),
    alert: one('SELECT shown FROM alerts WHERE id = ?'),
    keepAlert: run(
      'INSERT INTO alerts VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET shown = excluded.shown, at = excluded.at, isOpen = excluded.isOpen',
    ),
    addIntent: run(
      "INSERT OR IGNORE INTO intents (id, at, reason, level, channel, person, route, step, follows, state, isAlone) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'queued', 0)",
    ),
    addItem: run('INSERT OR IGNORE INTO items (intent, alert) VALUES (?, ?)'),
    intent: one(`${INTENT} WHERE id = ?`),
    queued: all(`${INTENT} WHERE state = 'queued' ORDER BY number`),
    itemsOf: all('SELECT alert, request, level FROM items WHERE intent = ?'),
    ofRequest: all(`${INTENT} WHERE id IN (SELECT intent FROM items WHERE request = ?) ORDER BY number`),
    ofAlert: all(`${INTENT} WHERE id IN (SELECT intent FROM items WHERE alert = ?) ORDER BY number`),
    // One message may tell of several; the newest one's, for a gateway may begin to count anew.
    byRef: all(
      `${INTENT} WHERE id IN (
        SELECT intent FROM items WHERE request IN (
          SELECT request FROM items WHERE intent = (
            SELECT id FROM intents WHERE channel = ?1 AND ref = ?2 ORDER BY number DESC LIMIT 1
          )
        )
      ) AND channel = ?1 AND ref = ?2 ORDER BY number`,
    ),
    unproven: all(
      `${INTENT} WHERE channel = ? AND state IN ('accepted', 'delivered') AND ref IS NOT NULL AND acceptedAt >= ? ORDER BY state, number DESC LIMIT 500`,
    ),
    // Ids are of ASCII, and '0' follows '/'.
    withPrefix: all(`${INTENT} WHERE id >= ? AND id < ? ORDER BY number`),
    between: all(`${INTENT} WHERE at >= ? AND at < ? AND number > ? ORDER BY number LIMIT ?`),
    setIntent: run(
      'UPDATE intents SET state = ?, acceptedAt = ?, deliveredAt = ?, answeredAt = ?, failedAt = ?, words = ?, ref = ?, isAlone = ? WHERE id = ?',
    ),
    toldOf: all(
      "SELECT alert FROM items JOIN requests ON requests.id = items.request WHERE intent = ? AND requests.state = 'accepted' AND alert <> ''",
    ),
    assign: run('UPDATE items SET request = ?, level = ? WHERE intent = ? AND alert = ?'),
    unassign: run('UPDATE items SET request = NULL WHERE request = ?'),
    openItems: one(
      "SELECT count(*) AS n FROM items LEFT JOIN requests ON requests.id = items.request WHERE intent = ? AND (items.request IS NULL OR requests.state <> 'accepted')",
    ),
    addRequest: run(
      'INSERT INTO requests (id, channel, recipients, level, composed, code, madeAt, state, attempts, nextAt) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    ),
    setRequest: run('UPDATE requests SET state = ?, attempts = ?, nextAt = ?, words = ? WHERE id = ?'),
    openRequests: all("SELECT * FROM requests WHERE state IN ('waiting', 'sending') ORDER BY number"),
    request: one('SELECT * FROM requests WHERE id = ?'),
    requestsOf: all(
      "SELECT *, (SELECT max(endedAt) FROM attempts WHERE request = requests.id AND outcome = 'accepted') AS acceptedAt, (SELECT count(DISTINCT alert) > 0 AND count(DISTINCT alert) = count(DISTINCT iif(reason = 'cleared', alert, NULL)) FROM items JOIN intents ON intents.id = items.intent WHERE items.request = requests.id AND alert <> '') AS isOver FROM requests WHERE channel = ? AND number < ? ORDER BY number DESC LIMIT ?",
    ),
    byCode: all('SELECT * FROM requests WHERE code = ? AND madeAt >= ? ORDER BY number DESC'),
    addAttempt: run('INSERT INTO attempts (request, channel, recipients, startedAt) VALUES (?, ?, ?, ?)'),
    recipientsOf: one('SELECT recipients FROM attempts WHERE request = ? ORDER BY id DESC LIMIT 1'),
    endAttempt: run('UPDATE attempts SET endedAt = ?, outcome = ?, words = ? WHERE id = ?'),
    attemptsSince: all(
      'SELECT id, request, channel, recipients, startedAt, endedAt FROM attempts WHERE channel = ? AND (startedAt >= ? OR endedAt IS NULL) ORDER BY startedAt, id',
    ),
    cutOff: run("UPDATE attempts SET endedAt = ?, outcome = 'unknown' WHERE endedAt IS NULL"),
    again: run("UPDATE requests SET state = 'waiting', nextAt = ? WHERE state = 'sending'"),
    channels: all('SELECT * FROM channels'),
    keepChannel: run(
      'INSERT INTO channels VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET blockedUntil = excluded.blockedUntil, failingSince = excluded.failingSince, failures = excluded.failures, isRaised = excluded.isRaised, words = excluded.words, lastAcceptedAt = excluded.lastAcceptedAt, clockOffset = excluded.clockOffset, why = excluded.why',
    ),
    addAnswer: run('INSERT INTO answers (person, name, via, at, alerts, isDone) VALUES (?, ?, ?, ?, ?, 0)'),
    openAnswers: all('SELECT id, person, name, via, at, alerts FROM answers WHERE isDone = 0 ORDER BY id'),
    answersDone: run('UPDATE answers SET isDone = 1 WHERE id = ?'),
    pruneAttempts: run(
      `DELETE FROM attempts WHERE id IN (SELECT id FROM attempts WHERE startedAt < ? ORDER BY id LIMIT ${PRUNED_AT_ONCE})`,
    ),
    pruneRequests: run(
      `DELETE FROM requests WHERE number IN (SELECT number FROM requests WHERE madeAt < ? AND state IN ('accepted', 'failed') ORDER BY number LIMIT ${PRUNED_AT_ONCE})`,
    ),
    oldIntents: all(
      `SELECT id FROM intents WHERE at < ? AND state <> 'queued' ORDER BY number LIMIT ${PRUNED_AT_ONCE}`,
    ),
    pruneItems: run('DELETE FROM items WHERE intent = ?'),
    pruneIntent: run('DELETE FROM intents WHERE id = ?'),
    pruneAlerts: run(
      `DELETE FROM alerts WHERE id IN (SELECT id FROM alerts WHERE at < ? AND isOpen = 0 AND NOT EXISTS (SELECT 1 FROM items WHERE alert = alerts.id) ORDER BY at LIMIT ${PRUNED_AT_ONCE})`,
    ),
    pruneAnswers: run('DELETE FROM answers WHERE at < ? AND isDone = 1'),
  };

  const withAlerts = (row: Record<string, unknown>): StoredIntent =>
    intentOf(
      row,
      sql.itemsOf(String(row.id)).flatMap(({ alert }) => (alert === '' ? [] : [String(alert)])),
    );

  return {
    transact: <T>(work: () => T): T => transact(db, work),

    place(): LogPlace | undefined {
      const row = sql.place();
      return row === undefined ? undefined : { log: String(row.log), seq: Number(row.seq) };
    },
    keepPlace: ({ log, seq }: LogPlace) => void sql.keepPlace(log, seq),

    clock(): ClockRow | undefined {
      const row = sql.clock();
      if (row === undefined) return undefined;
      return { boot: String(row.boot), originMs: Number(row.origin), atMs: Number(row.at) };
    },
    keepClock: ({ boot, originMs, atMs }: ClockRow) => void sql.keepClock(boot, originMs, atMs),
    /** Moves what is still to happen, and what counts against budgets, with a clock that was set by `byMs` and shows `nowMs` now. */
    moveTimes(byMs: number, nowMs: number) {
      sql.moveRequests(byMs, byMs);
      sql.moveIntents(byMs);
      sql.moveAttempts(byMs, byMs, nowMs - byMs - ATTEMPTS_MATTER_MS);
      sql.moveChannels(byMs, byMs);
    },

    decided: () => sql.decided().map(({ key, row }) => [String(key), JSON.parse(String(row)) as Row] as const),
    keepDecided(changed: ReadonlyMap<string, Row | null>) {
      for (const [key, row] of changed) {
        if (row === null) sql.dropDecided(key);
        else sql.keepDecided(key, JSON.stringify(row));
      }
    },

    alert(id: string): AlertShown | undefined {
      const row = sql.alert(id);
      return row === undefined ? undefined : (JSON.parse(String(row.shown)) as AlertShown);
    },
    keepAlert(shown: AlertShown, atMs: number) {
      sql.keepAlert(shown.alert.id, JSON.stringify(shown), atMs, Number(shown.alert.state !== 'closed'));
    },

    /** Adds an intent; one that is there already stays as it is. */
    addIntent({ id, atMs, reason, level, channel, to, route, step, follows, alerts }: Intent) {
      const person = 'person' in to ? to.person : null;
      const { changes } = sql.addIntent(
        id,
        atMs,
        reason,
        level,
        channel,
        person,
        route,
        step,
        follows === null ? null : JSON.stringify(follows),
      );
      if (changes === 0) return;
      // A rehearsal and a test have no alert, and have to be named by a request all the same.
      for (const alert of alerts.length === 0 ? [''] : alerts) sql.addItem(id, alert);
    },
    intent(id: string): StoredIntent | undefined {
      const row = sql.intent(id);
      return row === undefined ? undefined : withAlerts(row);
    },
    queued: () => sql.queued().map(withAlerts),
    /** The alerts of an intent that no request names; `['']` of one without alerts. */
    unnamed: (intent: string) =>
      sql.itemsOf(intent).flatMap(({ alert, request }) => (request === null ? [String(alert)] : [])),
    /** Whether any alert of an intent stands in a request. */
    isNamed: (intent: string) => sql.itemsOf(intent).some(({ request }) => request !== null),
    intentsOfRequest: (request: string) => sql.ofRequest(request).map(withAlerts),
    intentsOfAlert: (alert: string) => sql.ofAlert(alert).map(withAlerts),
    /** `prefix` ends with a slash; in the order in which they were made. */
    intentsWithPrefix: (prefix: string) => sql.withPrefix(prefix, `${prefix.slice(0, -1)}0`).map(withAlerts),
    /** What a gateway's reference stands for: all that its message told one recipient of. */
    intentsByRef: (channel: string, ref: string) => sql.byRef(channel, ref).map(withAlerts),
    unproven: (channel: string, sinceMs: number) => sql.unproven(channel, sinceMs).map(withAlerts),
    /** Intents of a period, in the order in which they were made, from behind one number on. */
    intentsBetween: (fromMs: number, toMs: number, after: number, limit: number) =>
      sql.between(fromMs, toMs, after, limit).map((row) => ({ number: Number(row.number), ...withAlerts(row) })),
    setIntent(intent: StoredIntent) {
      const { state, acceptedAtMs, deliveredAtMs, answeredAtMs, failedAtMs, words, ref, isAlone, id } = intent;
      sql.setIntent(state, acceptedAtMs, deliveredAtMs, answeredAtMs, failedAtMs, words, ref, Number(isAlone), id);
    },
    /** A request says an alert of an intent; `level`: that of which it speaks. */
    name: (request: string, intent: string, alert: string, level: Level | null) =>
      void sql.assign(request, level, intent, alert),
    /** The levels of which an intent's messages spoke, by alert; null where it was not kept. */
    levelsSaid: (intent: string) =>
      new Map(sql.itemsOf(intent).map(({ alert, level }) => [String(alert), level as Level | null])),
    unname: (request: string) => void sql.unassign(request),
    /** The alerts of an intent that stand in a request that was accepted. */
    toldOf: (intent: string) => sql.toldOf(intent).map(({ alert }) => String(alert)),
    /** Whether every alert of an intent stands in a request that was accepted. */
    isWhollyAccepted: (intent: string) => Number(sql.openItems(intent)?.n) === 0,

    addRequest({ id, channel, to, level, composed, code, madeAtMs, state, attempts, nextAtMs }: StoredRequest) {
      sql.addRequest(
        id,
        channel,
        JSON.stringify(to),
        level,
        JSON.stringify(composed),
        code,
        madeAtMs,
        state,
        attempts,
        nextAtMs,
      );
    },
    setRequest: ({ state, attempts, nextAtMs, words, id }: StoredRequest) =>
      void sql.setRequest(state, attempts, nextAtMs, words, id),
    openRequests: () => sql.openRequests().map(requestOf),
    /** Requests of a channel that were made before one number, the newest first. */
    requestsOf: (channel: string, before: number, limit: number): readonly PastRequest[] =>
      sql.requestsOf(channel, before, limit).map((row) => ({
        ...requestOf(row),
        number: Number(row.number),
        acceptedAtMs: numberOrNull(row.acceptedAt),
        isOver: row.isOver === 1,
      })),
    requestsByCode: (code: string, sinceMs: number) => sql.byCode(code, sinceMs).map(requestOf),
    request(id: string): StoredRequest | undefined {
      const row = sql.request(id);
      return row === undefined ? undefined : requestOf(row);
    },

    beginAttempt({ request, channel, recipients, startedAtMs }: Omit<Attempt, 'id' | 'endedAtMs'>): Attempt {
      const { lastInsertRowid } = sql.addAttempt(request, channel, JSON.stringify(recipients), startedAtMs);
      return { id: Number(lastInsertRowid), request, channel, recipients, startedAtMs, endedAtMs: null };
    },
    endAttempt: (id: number, endedAtMs: number, outcome: string, words: string) =>
      void sql.endAttempt(endedAtMs, outcome, words, id),
    /** Where a request went to when it was last tried; undefined: it never was. */
    recipientsOf(request: string): readonly string[] | undefined {
      const row = sql.recipientsOf(request);
      return row === undefined ? undefined : json(row.recipients);
    },
    attemptsSince: (channel: string, sinceMs: number) => sql.attemptsSince(channel, sinceMs).map(attemptOf),
    /** What was under way when the server ended is sent again, and counts against the budget as if it had just been. */
    takeUp(nowMs: number) {
      sql.cutOff(nowMs);
      sql.again(nowMs);
    },

    channels: () => sql.channels().map(channelOf),
    keepChannel(row: ChannelRow) {
      sql.keepChannel(
        row.id,
        row.blockedUntilMs,
        row.failingSinceMs,
        row.failures,
        Number(row.isRaised),
        row.words,
        row.lastAcceptedAtMs,
        row.clockOffsetMs,
        row.why,
      );
    },

    addAnswer({ person, name, via, atMs, alerts }: Omit<Answer, 'id'>): Answer {
      const { lastInsertRowid } = sql.addAnswer(person, name, via, atMs, JSON.stringify(alerts));
      return { id: Number(lastInsertRowid), person, name, via, atMs, alerts };
    },
    openAnswers: () => sql.openAnswers().map(answerOf),
    answerDone: (id: number) => void sql.answersDone(id),

    /** Removes a bounded amount of what is older than is kept; true when there may be more. */
    prune(nowMs: number): boolean {
      const beforeMs = nowMs - KEPT_MS;
      return transact(db, () => {
        const old = sql.oldIntents(beforeMs);
        for (const { id } of old) {
          sql.pruneItems(String(id));
          sql.pruneIntent(String(id));
        }
        const removed = [sql.pruneAttempts(beforeMs), sql.pruneRequests(beforeMs), sql.pruneAlerts(beforeMs)];
        sql.pruneAnswers(beforeMs);
        return old.length === PRUNED_AT_ONCE || removed.some(({ changes }) => changes === PRUNED_AT_ONCE);
      });
    },
    close: () => db.close(),
  };
}

type Raw = Record<string, unknown>;
const numberOrNull = (value: unknown): number | null => (value === null ? null : Number(value));
const textOrNull = (value: unknown): string | null => (value === null ? null : String(value));
const json = <T>(value: unknown): T => JSON.parse(String(value)) as T;

function intentOf(row: Raw, alerts: readonly string[]): StoredIntent {
  return {
    id: String(row.id),
    atMs: Number(row.at),
    reason: row.reason as ReasonTold,
    level: row.level as Level | null,
    channel: String(row.channel),
    to: row.person === null ? { group: true } : { person: String(row.person) },
    route: textOrNull(row.route),
    step: numberOrNull(row.step),
    follows: row.follows === null ? null : json(row.follows),
    alerts,
    state: row.state as ToldState,
    acceptedAtMs: numberOrNull(row.acceptedAt),
    deliveredAtMs: numberOrNull(row.deliveredAt),
    answeredAtMs: numberOrNull(row.answeredAt),
    failedAtMs: numberOrNull(row.failedAt),
    words: textOrNull(row.words),
    ref: textOrNull(row.ref),
    isAlone: row.isAlone === 1,
  };
}

function requestOf(row: Raw): StoredRequest {
  return {
    id: String(row.id),
    channel: String(row.channel),
    to: json(row.recipients),
    level: row.level as Level | null,
    composed: json(row.composed),
    code: textOrNull(row.code),
    madeAtMs: Number(row.madeAt),
    state: row.state as RequestState,
    attempts: Number(row.attempts),
    nextAtMs: Number(row.nextAt),
    words: textOrNull(row.words),
  };
}

function attemptOf(row: Raw): Attempt {
  return {
    id: Number(row.id),
    request: String(row.request),
    channel: String(row.channel),
    recipients: json(row.recipients),
    startedAtMs: Number(row.startedAt),
    endedAtMs: numberOrNull(row.endedAt),
  };
}

function channelOf(row: Raw): ChannelRow {
  return {
    id: String(row.id),
    blockedUntilMs: Number(row.blockedUntil),
    failingSinceMs: numberOrNull(row.failingSince),
    failures: Number(row.failures),
    isRaised: row.isRaised === 1,
    words: textOrNull(row.words),
    why: row.why as ChannelRow['why'],
    lastAcceptedAtMs: numberOrNull(row.lastAcceptedAt),
    clockOffsetMs: numberOrNull(row.clockOffset),
  };
}

function answerOf(row: Raw): Answer {
  return {
    id: Number(row.id),
    person: textOrNull(row.person),
    name: textOrNull(row.name),
    via: String(row.via),
    atMs: Number(row.at),
    alerts: json(row.alerts),
  };
}
