import { decodeEntries } from '../model/entry.ts';
import type { Journal } from './journal.ts';

type Readable = Pick<Journal, 'read' | 'firstPosition' | 'nextPosition'>;

/**
 * The first kept position of a row that was committed at or after `timeMs`, found by halving. A reader beside a server may
 * see rows go while it looks: where one is missing the next is found in its place.
 */
export function rowAt(journal: Readable, timeMs: number): number {
  let low = journal.firstPosition();
  let high = journal.nextPosition();
  let found = high;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const [row] = journal.read(middle, 1);
    const receivedAtMs = row === undefined ? undefined : decodeEntries(row.data)[0]?.receivedAtMs;
    if (row !== undefined && (receivedAtMs ?? Number.POSITIVE_INFINITY) < timeMs) {
      low = row.first + row.count;
    } else {
      found = Math.max(low, row?.first ?? found);
      high = Math.min(middle, row?.first ?? middle);
    }
  }
  return found;
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
