import type { DatabaseSync } from 'node:sqlite';
import type { CommittedRow } from './journal.ts';

/**
 * The positions a journal's file holds: the first one kept, and the one after the last; both `startAt` when it holds none.
 * Positions begin at 1, so that 0 can mean "nothing yet" as a cursor.
 */
export function extent(db: DatabaseSync, startAt = 1): { next: number; first: number } {
  const last = db.prepare('SELECT first, count FROM journal ORDER BY first DESC LIMIT 1').get();
  const oldest = db.prepare('SELECT first FROM journal ORDER BY first LIMIT 1').get();
  const next = last === undefined ? startAt : Number(last.first) + Number(last.count);
  return { next, first: oldest === undefined ? next : Number(oldest.first) };
}

/** Reads rows from the one that holds `position` up to `end` (excluded), about `bytesMax` of them. */
export function rowReader(db: DatabaseSync): (position: number, end: number, bytesMax: number) => CommittedRow[] {
  const hasNode = db.prepare("SELECT 1 FROM pragma_table_info('journal') WHERE name = 'node'").get() !== undefined;
  const selectFrom = db.prepare(
    `SELECT first, count, data${hasNode ? ', node' : ''} FROM journal
     WHERE first >= coalesce((SELECT max(first) FROM journal WHERE first <= ?), 0) ORDER BY first`,
  );
  return (position, end, bytesMax) => {
    const rows: CommittedRow[] = [];
    let total = 0;
    for (const row of selectFrom.iterate(position)) {
      const first = Number(row.first);
      const count = Number(row.count);
      const data = row.data as Uint8Array;
      if (first >= end) break;
      if (first + count <= position) continue;
      rows.push(hasNode ? { first, count, data, node: String(row.node) } : { first, count, data });
      total += data.length;
      if (total >= bytesMax) break;
    }
    return rows;
  };
}
