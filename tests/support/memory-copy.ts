import type { JournalCopy, SharedMark } from '../../src/journal/copy.ts';
import type { CommittedRow } from '../../src/journal/journal.ts';

/** A server's copy of a shared log, which outlives the server, in memory. */
export function createMemoryCopy(): JournalCopy {
  const rows: CommittedRow[] = [];
  let next = 1;
  let mark: SharedMark | undefined;
  return {
    nextPosition: () => next,
    firstPosition: () => 1,
    mark: () => mark,
    write(batches, to, done) {
      for (const { node, count, data } of batches) {
        if (count > 0) rows.push({ first: next, count, data, node });
        next += count;
      }
      mark = to;
      done(null);
    },
    read(position, bytesMax) {
      const from = rows.findIndex(({ first, count }) => first + count > position);
      if (from < 0) return [];
      let bytes = 0;
      let end = from;
      while (end < rows.length && bytes < bytesMax) bytes += rows[end++]?.data.length ?? 0;
      return rows.slice(from, end);
    },
    unreleased: () => [],
    trim: () => {},
    bytes: () => 0,
    close: () => Promise.resolve(),
  };
}
