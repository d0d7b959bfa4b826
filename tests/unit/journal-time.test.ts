import { describe, expect, test } from 'vitest';
import type { Journal } from '../../src/journal/journal.ts';
import { positionAt, rowAt } from '../../src/journal/journal-time.ts';
import { EntryWriter } from '../../src/model/entry.ts';

/** Rows of three entries each, 10 ms apart, at positions 1, 4, 7 …; the first 30 ms after 1,000. */
function journalOf(rowCount: number, isKept: (first: number) => boolean = () => true) {
  const rows: ReturnType<Journal['read']>[number][] = [];
  for (let row = 0; row < rowCount; row++) {
    const writer = new EntryWriter();
    for (const i of [0, 1, 2]) {
      writer.write({ kind: 'control', receivedAtMs: 1_000 + (3 * row + i) * 10, control: { type: 'tick' } });
    }
    rows.push({ first: 1 + 3 * row, count: 3, data: writer.take() });
  }
  const kept = rows.filter(({ first }) => isKept(first));
  return {
    firstPosition: () => 1,
    nextPosition: () => 1 + 3 * rowCount,
    read: (position: number) => kept.filter(({ first, count }) => first + count > position).slice(0, 1),
  };
}

describe('a position by the time its entry arrived', () => {
  test('at, between and beyond the entries', () => {
    const journal = journalOf(40);
    expect([0, 1_000, 1_001, 1_029, 1_030, 2_190, 2_191].map((ms) => positionAt(journal, ms))).toEqual([
      1, 1, 2, 4, 4, 120, 121,
    ]);
    expect([0, 1_000, 1_001, 1_030, 2_191].map((ms) => rowAt(journal, ms))).toEqual([1, 1, 4, 4, 121]);
  });

  test('when rows at the beginning have gone since the reader looked, what is kept next is found', () => {
    const journal = journalOf(40, (first) => first >= 61);
    expect([0, 1_000, 1_500, 1_600, 1_611].map((ms) => positionAt(journal, ms))).toEqual([61, 61, 61, 61, 63]);
    expect(
      rowAt(
        journalOf(40, () => false),
        0,
      ),
    ).toBe(121);
  });
});
