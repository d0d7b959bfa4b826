import type { Journal } from '../journal/journal.ts';
import { decodeEntries } from '../model/entry.ts';

type Readable = Pick<Journal, 'read' | 'firstPosition' | 'nextPosition'>;

/** The first kept position of a row that was committed at or after `timeMs`, found by halving. */
export function rowAt(journal: Readable, timeMs: number): number {
  let low = journal.firstPosition();
  let high = journal.nextPosition();
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const [row] = journal.read(middle, 1);
    if (row === undefined) return low;
    const receivedAtMs = decodeEntries(row.data)[0]?.receivedAtMs ?? Number.POSITIVE_INFINITY;
    if (receivedAtMs < timeMs) low = row.first + row.count;
    else if (row.first <= low) return low;
    else high = row.first;
  }
  return low;
}

/** The first kept position of an entry that arrived at or after `timeMs`; the end of the journal when there is none. */
export function positionAt(journal: Readable, timeMs: number): number {
  const next = rowAt(journal, timeMs);
  // The row before it began earlier, but may hold later entries as well.
  const [row] = journal.read(Math.max(journal.firstPosition(), next - 1), 1);
  if (row === undefined || row.first >= next) return next;
  const index = decodeEntries(row.data).findIndex(({ receivedAtMs }) => receivedAtMs >= timeMs);
  return index < 0 ? next : row.first + index;
}
