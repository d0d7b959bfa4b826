import type { History } from '../../src/history/history.ts';
import { EntryWriter, type JournalEntry } from '../../src/model/entry.ts';
import type { Reading } from '../../src/model/reading.ts';

/** Stands in for the journal: keeps rows of entries for ever and hands them over in order, as the real feed does. */
export interface JournalFeed {
  /** Commits one row of entries. */
  append(entries: readonly JournalEntry[]): void;
  /** Commits one row with one message of these readings. */
  readings(...readings: Reading[]): void;
  /** Hands over everything, now and when the history asks for more. */
  attach(history: History): void;
  range(): { first: number; next: number };
  nextPosition(): number;
}

export function createJournalFeed(): JournalFeed {
  const writer = new EntryWriter();
  const rows: { first: number; count: number; data: Uint8Array }[] = [];
  const rowAt = new Map<number, number>();
  let next = 0;
  let attached: History | null = null;

  function pump(): void {
    while (attached !== null) {
      const row = rows[rowAt.get(attached.nextPosition()) ?? rows.length];
      if (row === undefined || !attached.offer(row.first, row.count, row.data)) return;
    }
  }

  const append = (entries: readonly JournalEntry[]): void => {
    for (const entry of entries) writer.write(entry);
    rowAt.set(next, rows.length);
    rows.push({ first: next, count: entries.length, data: writer.take() });
    next += entries.length;
    pump();
  };
  return {
    append,
    readings: (...readings) => append([{ kind: 'message', receivedAtMs: 1, readings }]),
    attach(history) {
      attached = history;
      history.onReady(() => {
        if (attached === history) pump();
      });
      pump();
    },
    range: () => ({ first: 0, next }),
    nextPosition: () => next,
  };
}
