import { type ReadingVisitor, scanReadings } from '../../model/entry.ts';
import { LATE, type Marks } from '../../model/reading.ts';
import { FALSE, NUMBER, TEXT, TRUE } from './columns.ts';
import { append, type Chunk, createChunk, type NewestTimes } from './recent.ts';

/** Collects the readings of entries in a chunk, and tells by the newest time of their series which of them are late. */
export interface Collector {
  /** Of journal entries; gives how many there were. Throws RangeError when they are damaged. */
  add(data: Uint8Array): number;
  /** From outside the journal, marks as they are: nobody has told repetitions from other values of one time. */
  addImported(data: Uint8Array): void;
  /** What is collected. */
  readonly chunk: Chunk;
  /** Hands it out, and begins anew with room for so many readings. */
  take(capacity: number): Chunk;
}

/** Readings whose time is `timeMax` or more away from 1970 are left out. */
export function createCollector(newest: NewestTimes, timeMax: number): Collector {
  let chunk = createChunk(0);
  let importing = false;

  const keep = (series: number, tsMs: number, value: number, type: number, marks: Marks): void => {
    if (!(Math.abs(tsMs) < timeMax)) return;
    const standing = newest.note(series, tsMs);
    if (standing === 'same' && !importing) return;
    append(chunk, series, tsMs, value, type, standing === 'late' && !importing ? marks | LATE : marks);
  };
  const visitor: ReadingVisitor = {
    // Adding 0 makes 0 of -0, which no sensor means and integers cannot hold.
    number: (series, tsMs, value, marks) => keep(series, tsMs, value + 0, NUMBER, marks),
    boolean: (series, tsMs, value, marks) => keep(series, tsMs, value ? 1 : 0, value ? TRUE : FALSE, marks),
    text(series, tsMs, value, marks) {
      keep(series, tsMs, chunk.texts.length, TEXT, marks);
      chunk.texts.push(value);
    },
  };

  return {
    add: (data) => scanReadings(data, visitor),
    addImported(data) {
      importing = true;
      try {
        scanReadings(data, visitor);
      } finally {
        importing = false;
      }
    },
    get chunk() {
      return chunk;
    },
    take(capacity) {
      const taken = chunk;
      chunk = createChunk(capacity);
      return taken;
    },
  };
}
