import type { DatabaseSync } from 'node:sqlite';
import type { DefinitionStore } from './definitions.ts';
import type { ScheduledChange } from './registry.ts';

/** Changes that come into force at a time ahead, one for each point at most. Writes are the caller's to put into a transaction. */
export interface ScheduledStore {
  put(change: ScheduledChange): void;
  get(point: string): ScheduledChange | undefined;
  /** Those that are due and have not failed, soonest first. */
  due(atMs: number): ScheduledChange[];
  fail(point: string, failure: NonNullable<ScheduledChange['failure']>): void;
  /** False when there is none. */
  remove(point: string): boolean;
}

type Row = Omit<ScheduledChange, 'document'> & { readonly document: number };

const COLUMNS = `point, revision, document, author, at_ms AS atMs, reason, from_ms AS fromMs, until_ms AS untilMs,
  failure`;

export function scheduledStore(database: DatabaseSync, definitions: DefinitionStore): ScheduledStore {
  const insert = database.prepare(`
    INSERT OR REPLACE INTO scheduled (point, revision, document, author, at_ms, reason, from_ms, until_ms, failure)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const read = database.prepare(`SELECT ${COLUMNS} FROM scheduled WHERE point = ?`);
  const readDue = database.prepare(`
    SELECT ${COLUMNS} FROM scheduled WHERE failure IS NULL AND from_ms <= ? ORDER BY from_ms, point`);
  const update = database.prepare('UPDATE scheduled SET failure = ? WHERE point = ?');
  const deleteOne = database.prepare('DELETE FROM scheduled WHERE point = ?');

  const changeOf = (row: unknown): ScheduledChange => {
    const { document, ...rest } = row as Row;
    return { ...rest, document: definitions.document(document) };
  };

  return {
    put({ point, revision, document, author, atMs, reason, fromMs, untilMs, failure }) {
      const body = definitions.putBody(document);
      insert.run(point, revision, body, author, atMs, reason, fromMs, untilMs, failure);
    },
    get(point) {
      const row = read.get(point);
      return row === undefined ? undefined : changeOf(row);
    },
    due: (atMs) => readDue.all(atMs).map(changeOf),
    fail(point, failure) {
      update.run(failure, point);
    },
    remove: (point) => deleteOne.run(point).changes > 0,
  };
}
