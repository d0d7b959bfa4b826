import type { History } from '../history/history.ts';
import type { CommittedRow, Journal } from '../journal/journal.ts';

/** Bytes read back from the journal at a time when history lags. */
const READ_BYTES = 4 << 20;
/** Rows kept in memory, so that a follower that keeps up never reads from disk. */
const RECENT_ROWS_MAX = 256;

/**
 * Hands the journal's rows to history in order: from memory when it has kept up, from disk when it lags. Bounded on both
 * sides, and never waited for by anybody.
 */
export function feedHistory(journal: Journal, history: History): { committed(row: CommittedRow): void } {
  const recent = new Map<number, CommittedRow>();

  function pump(): void {
    for (;;) {
      const position = history.nextPosition();
      if (position >= journal.nextPosition()) return;
      const row = recent.get(position);
      const rows = row === undefined ? journal.read(position, READ_BYTES) : [row];
      // Only a journal trimmed by force lacks them; history goes on with what there is.
      if (rows.length === 0) return;
      for (const { first, count, data } of rows) if (!history.offer(first, count, data)) return;
    }
  }

  history.onReady(pump);
  pump();
  return {
    committed(row) {
      recent.set(row.first, row);
      if (recent.size > RECENT_ROWS_MAX) recent.delete(recent.keys().next().value ?? 0);
      pump();
    },
  };
}
