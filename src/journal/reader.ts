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
