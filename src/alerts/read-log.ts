import { readSqlite } from '../lib/sqlite.ts';
import type { AlertEvent } from '../model/alert.ts';
import { eventOf } from './stored-event.ts';

/** Entries of an alert log from `after` (excluded) to `upTo` (included), read beside the server that writes it. */
export function readAlertLog(path: string, after: number, upTo: number): AlertEvent[] {
  const db = readSqlite(path);
  try {
    const rows = db.prepare('SELECT body FROM log WHERE seq > ? AND seq <= ? ORDER BY seq').all(after, upTo);
    return rows.map(eventOf);
  } finally {
    db.close();
  }
}
