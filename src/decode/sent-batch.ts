import type { Reading } from '../model/reading.ts';
import { numberFor } from './ahead-readings.ts';

/**
 * What a device's last batch held, and how far each of its readings was moved. Many devices repeat in each batch some of
 * the last readings: these tell nothing more of the clock, and are the same readings only at the times that they were given.
 */
export interface SentBatch {
  /** For each reading how far it was moved in the batch before, ms; NaN for one that was not in it. Asked once a batch. */
  movesOf(readings: readonly Reading[]): Float64Array | undefined;
  /** Keeps a batch in place of the one before. Tells whether any of it is moved. */
  note(readings: readonly Reading[], moveOf: (index: number, series: number) => number): boolean;
}

/** A larger batch is not remembered. */
const READINGS_MAX = 4_096;
/** So many readings of one time are looked through for one: usually the next is the one. */
const LOOKED_MAX = 64;
/** A row of a reading: its time, series, a number for its value, and how far it was moved. */
const ROW = 4;
const TAKEN = -1;

export function createSentBatch(): SentBatch {
  let rows = new Float64Array(0);

  /** The row of the reading among those from `first` on that bear its time; a row that is not there is past the end. */
  function find({ series, value, tsMs }: Reading, first: number): number {
    const number = numberFor(value);
    const end = Math.min(rows.length, first + ROW * LOOKED_MAX);
    for (let at = first; at < end && rows[at] === tsMs; at += ROW) {
      if (rows[at + 1] === series && rows[at + 2] === number) return at;
    }
    return rows.length;
  }

  return {
    movesOf(readings) {
      if (rows.length === 0) return undefined;
      const moves = new Float64Array(readings.length).fill(Number.NaN);
      // Both are sorted by time.
      let first = 0;
      for (let i = 0; i < readings.length; i++) {
        const reading = readings[i] as Reading;
        while (first < rows.length && ((rows[first] ?? 0) < reading.tsMs || rows[first + 1] === TAKEN)) first += ROW;
        const at = find(reading, first);
        if (at === rows.length) continue;
        moves[i] = rows[at + 3] ?? 0;
        // Two that are alike are two.
        rows[at + 1] = TAKEN;
      }
      return moves;
    },

    note(readings, moveOf) {
      const isKept = readings.length <= READINGS_MAX;
      if (!isKept) rows = new Float64Array(0);
      else if (rows.length !== ROW * readings.length) rows = new Float64Array(ROW * readings.length);
      let isAnyMoved = false;
      for (let i = 0; i < readings.length; i++) {
        const { tsMs, series, value } = readings[i] as Reading;
        const byMs = moveOf(i, series);
        if (byMs !== 0) isAnyMoved = true;
        if (!isKept) continue;
        const at = ROW * i;
        rows[at] = tsMs;
        rows[at + 1] = series;
        rows[at + 2] = numberFor(value);
        // Without the fraction that says that a time is none of the device's own: sent again, it is the same reading.
        rows[at + 3] = Math.floor(byMs);
      }
      return isAnyMoved;
    },
  };
}
