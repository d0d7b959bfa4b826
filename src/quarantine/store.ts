import type { SQLOutputValue } from 'node:sqlite';
import { shownPayload } from '../lib/shown-payload.ts';
import { openSqlite, transact } from '../lib/sqlite.ts';
import type { Control, ControlEntry, JournalEntry, QuarantineEntry, UplinkEntry } from '../model/entry.ts';
import { UPLINK_REASONS } from '../model/kept-uplink.ts';
import type { KeptPayload, QuarantinedPayload, QuarantineFilter } from '../model/quarantined.ts';
import type { Rejection, WhyRejected } from '../model/rejection.ts';

/** What could not be read: a follower of the journal that keeps the newest payloads for people to look at. */
export interface QuarantineStore {
  /** The position of the last entry that is stored or was of no interest. */
  position(): number;
  /** Nothing up to here is needed again. */
  durablePosition(): number;
  take(first: number, entries: readonly JournalEntry[]): void;
  /** Of one device, in the order in which they came, at most `limit` after the message `after`. */
  kept(device: string, after: number, limit: number): KeptPayload[];
  /** Of one device the newest; undefined when nothing is kept of it. */
  newest(device: string): KeptPayload | undefined;
  /** Every device that something is kept of. */
  devices(): string[];
  /** Newest first. */
  list(filter: QuarantineFilter): QuarantinedPayload[];
  /** Uplinks that no codec could read, behind the one of this id, oldest first; at most `limit`. */
  uplinks(after: number, limit: number): QuarantinedPayload[];
  /** Stores what waits and moves the cursor on; drops what is too much. */
  checkpoint(): void;
  close(): void;
}

/** The newest payloads kept; a device that sends garbage all day must not fill the disk with it. */
const ROWS_MAX = 100_000;
/** How far the stored cursor may lag behind when there is nothing to store. */
const CURSOR_LAG_MAX = 10_000;
/** The part of a payload that is kept to look at. The journal keeps the whole for as long as it keeps anything. */
const PAYLOAD_BYTES_KEPT = 4_096;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS quarantine (
    position    INTEGER PRIMARY KEY,
    received_at REAL NOT NULL,
    device      TEXT NOT NULL,
    topic       TEXT NOT NULL,
    reason      TEXT NOT NULL,
    detail      TEXT NOT NULL,
    payload     BLOB NOT NULL,
    bytes       INTEGER NOT NULL
  );
  CREATE INDEX IF NOT EXISTS quarantine_by_device ON quarantine (device, position);
  CREATE TABLE IF NOT EXISTS progress (id INTEGER PRIMARY KEY CHECK (id = 1), cursor INTEGER NOT NULL);
  INSERT OR IGNORE INTO progress VALUES (1, 0);
`;

/** Before, `detail` was an English sentence; it is empty since then. */
const WHY_AS_DATA = `
  ALTER TABLE quarantine ADD COLUMN code TEXT;
  ALTER TABLE quarantine ADD COLUMN details TEXT;
`;

type RereadEntry = ControlEntry & { readonly control: Extract<Control, { readonly type: 'reread' }> };

function isReread(entry: JournalEntry): entry is RereadEntry {
  return entry.kind === 'control' && entry.control.type === 'reread';
}

/** The messages that are kept no longer: an uplink is tried again, or they were read after all. */
function released(entry: UplinkEntry | RereadEntry): readonly number[] {
  if (entry.kind === 'control') return entry.control.positions;
  return entry.again === null ? [] : [entry.again];
}

export function openQuarantine(path: string): QuarantineStore {
  const db = openSqlite(path, { synchronous: 'normal', migrations: [SCHEMA, WHY_AS_DATA] });
  const insert = db.prepare(`
    INSERT OR IGNORE INTO quarantine (position, received_at, device, topic, reason, detail, code, details, payload, bytes)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  `);
  const putCursor = db.prepare('UPDATE progress SET cursor = ?');
  const prune = db.prepare(
    'DELETE FROM quarantine WHERE position <= (SELECT position FROM quarantine ORDER BY position DESC LIMIT 1 OFFSET ?)',
  );
  const select = db.prepare(
    `SELECT * FROM quarantine
     WHERE position < ? AND (? IS NULL OR device = ?) AND (? IS NULL OR reason = ?)
     ORDER BY position DESC LIMIT ?`,
  );
  const selectKept = db.prepare('SELECT * FROM quarantine WHERE device = ? AND position > ? ORDER BY position LIMIT ?');
  const selectNewest = db.prepare('SELECT * FROM quarantine WHERE device = ? ORDER BY position DESC LIMIT 1');
  const selectDevices = db.prepare('SELECT DISTINCT device FROM quarantine');
  const remove = db.prepare('DELETE FROM quarantine WHERE position = ?');
  let position = Number(db.prepare('SELECT cursor FROM progress').get()?.cursor ?? 0);
  let storedPosition = position;
  const selectUplinks = db.prepare(
    `SELECT * FROM quarantine
     WHERE position > ? AND reason IN (${UPLINK_REASONS.map(() => '?').join(', ')}) ORDER BY position LIMIT ?`,
  );
  /** What is to be kept, and what says that something is kept no longer, in the order of the journal. */
  let waiting: { position: number; entry: QuarantineEntry | UplinkEntry | RereadEntry }[] = [];

  function store(): void {
    transact(db, () => {
      for (const { position: at, entry } of waiting) {
        if (entry.kind !== 'quarantine') {
          for (const read of released(entry)) remove.run(read);
          continue;
        }
        const kept = entry.payload.subarray(0, PAYLOAD_BYTES_KEPT);
        const { receivedAtMs, device, topic, reason, why } = entry;
        const said =
          typeof why === 'string'
            ? ([why, null, null] as const)
            : (['', why.code, JSON.stringify(why.values)] as const);
        const bytes = entry.oversizedBytes ?? entry.payload.length;
        insert.run(at, receivedAtMs, device, topic, reason, ...said, kept, bytes);
      }
      putCursor.run(position);
    });
    waiting = [];
    storedPosition = position;
  }

  return {
    position: () => position,
    durablePosition: () => (waiting[0] === undefined ? position : waiting[0].position - 1),
    take(first, entries) {
      entries.forEach((entry, index) => {
        if (first + index <= position) return;
        if (entry.kind === 'quarantine' || isReread(entry) || (entry.kind === 'uplink' && entry.again !== null)) {
          waiting.push({ position: first + index, entry });
        }
      });
      position = Math.max(position, first + entries.length - 1);
    },
    kept(device, after, limit) {
      if (waiting.length > 0) store();
      return selectKept.all(device, after, limit).map(keptOf);
    },
    newest(device) {
      if (waiting.length > 0) store();
      const row = selectNewest.get(device);
      return row === undefined ? undefined : keptOf(row);
    },
    devices() {
      if (waiting.length > 0) store();
      return selectDevices.all().map((row) => String(row.device));
    },
    list(filter) {
      if (waiting.length > 0) store();
      const device = filter.device ?? null;
      const reason = filter.reason ?? null;
      return select
        .all(filter.before ?? Number.MAX_SAFE_INTEGER, device, device, reason, reason, filter.limit)
        .map(quarantinedOf);
    },
    uplinks(after, limit) {
      if (waiting.length > 0) store();
      return selectUplinks.all(after, ...UPLINK_REASONS, limit).map(quarantinedOf);
    },
    checkpoint() {
      const hasNew = waiting.length > 0;
      // The cursor alone may lag: what lies between is looked at again after a crash, and is found to be of no interest.
      if (!hasNew && position - storedPosition < CURSOR_LAG_MAX) return;
      store();
      if (hasNew) prune.run(ROWS_MAX);
    },
    close() {
      store();
      db.close();
    },
  };
}

function keptOf(row: Readonly<Record<string, SQLOutputValue>>): KeptPayload {
  const payload = row.payload as Uint8Array;
  return {
    id: Number(row.position),
    receivedAtMs: Number(row.received_at),
    topic: String(row.topic),
    reason: String(row.reason),
    payload,
    // A message of several devices is kept with the first of them, and may be left out at the others.
    isWhole: payload.length > 0 && Number(row.bytes) === payload.length,
  };
}

function quarantinedOf(row: Readonly<Record<string, SQLOutputValue>>): QuarantinedPayload {
  return {
    id: Number(row.position),
    receivedAtMs: Number(row.received_at),
    device: String(row.device),
    topic: String(row.topic),
    reason: String(row.reason),
    why: whyOf(row),
    ...shownPayload(row.payload as Uint8Array, Number(row.bytes)),
    payloadBytes: Number(row.bytes),
  };
}

function whyOf({ code, details, detail }: Readonly<Record<string, SQLOutputValue>>): WhyRejected {
  if (code === null) return String(detail);
  return { code: String(code), values: JSON.parse(String(details)) } as Pick<Rejection, 'code' | 'values'>;
}
