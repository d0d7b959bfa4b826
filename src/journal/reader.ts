import { readSqlite } from '../lib/sqlite.ts';
import type { Journal } from './journal.ts';
import { extent, rowReader } from './rows.ts';

/** A journal as somebody else sees it who only reads. */
export interface JournalReader extends Pick<Journal, 'firstPosition' | 'nextPosition' | 'read'> {
  close(): void;
}

/**
 * Opens a journal's file to read it, also while a server writes it: each call sees what is committed by then, and keeps
 * no writer waiting. What lies before `nextPosition` as it was at opening stays the end, so that a loop over it ends.
 */
export function openJournalReader(path: string): JournalReader {
  const db = readSqlite(path);
  const { next, first } = extent(db);
  const read = rowReader(db);
  return {
    firstPosition: () => first,
    nextPosition: () => next,
    read: (position, bytesMax) => read(position, next, bytesMax),
    close: () => db.close(),
  };
}

/** The positions that a journal's file holds, the last one excluded; the same when it holds none, or was never opened. */
export function journalExtent(path: string): { readonly first: number; readonly next: number } {
  const db = readSqlite(path);
  try {
    const table = db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'journal'").get();
    return table === undefined ? { first: 1, next: 1 } : extent(db);
  } finally {
    db.close();
  }
}
