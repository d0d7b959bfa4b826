import { createJournal } from './gathered-journal.ts';
import type { Journal, JournalOptions } from './journal.ts';
import { openSqliteLog, type SqliteLogOptions } from './sqlite-log.ts';

export interface SqliteJournalOptions extends JournalOptions, Omit<SqliteLogOptions, 'nowMs'> {}

/** Opens the journal of a server that is alone: in one SQLite file. */
export function openSqliteJournal(options: SqliteJournalOptions): Journal {
  return createJournal(openSqliteLog({ ...options, nowMs: options.clock.nowMs() }), options);
}
