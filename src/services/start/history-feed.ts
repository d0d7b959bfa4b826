import type { History } from '../../history/history.ts';
import type { CommittedRow, Journal } from '../../journal/journal.ts';

/** Bytes read back from the journal in one turn when history lags; some ms of work for the thread that acknowledges. */
const READ_BYTES = 512 << 10;
/** Rows kept in memory, so that a follower that keeps up never reads from disk. */
const RECENT_ROWS_MAX = 256;

/**
 * Hands the journal's rows to history in order: from memory when it has kept up, from disk when it lags. Bounded on both
 * sides, and never waited for by anybody.
 */
export function startHistoryFeed(journal: Journal, history: History): { committed(row: CommittedRow): void } {
  const recent = new Map<number, CommittedRow>();
  let isReading = false;

  function pump(): void {
    while (!isReading) {
      const position = history.nextPosition();
      if (position >= journal.nextPosition()) return;
      const row = recent.get(position);
      if (row === undefined) return catchUp(position);
      if (!history.offer(row.first, row.count, row.data)) return;
    }
  }

  /** Hands over what has to be read from disk, a piece in a turn, so that a long backlog holds up nobody. */
  function catchUp(position: number): void {
    const rows = journal.read(position, READ_BYTES);
    // Only a journal trimmed by force lacks them; history goes on with what there is.
    if (rows.length === 0) return;
    for (const { first, count, data } of rows) if (!history.offer(first, count, data)) return;
    isReading = true;
    setImmediate(() => {
      isReading = false;
      pump();
    });
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
