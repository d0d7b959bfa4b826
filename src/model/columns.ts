import type { Marks, Value } from './reading.ts';

/** The type of a value, in the lower bits of a reading's flags. */
export const NUMBER = 1;
export const FALSE = 2;
export const TRUE = 3;
export const TEXT = 4;
export const TYPE_MASK = 7;
export const MARKS_SHIFT = 3;

/**
 * Readings of one series as columns, as long as `tsMs`. `values` holds numbers, 0 and 1 for booleans, and for a text its
 * index in `texts`. `flags` holds the type in the lower three bits and the marks above. A month of readings is three
 * buffers, which can be handed from thread to thread without a copy and without an object for each reading.
 */
export interface Columns {
  readonly tsMs: Float64Array;
  readonly values: Float64Array;
  readonly flags: Uint8Array;
  readonly texts: readonly string[];
}

export const NO_READINGS: Columns = {
  tsMs: new Float64Array(0),
  values: new Float64Array(0),
  flags: new Uint8Array(0),
  texts: [],
};

/** The value at an index below the columns' length. */
export function valueAt(columns: Columns, index: number): Value {
  const value = columns.values[index] ?? 0;
  switch ((columns.flags[index] ?? 0) & TYPE_MASK) {
    case FALSE:
      return false;
    case TRUE:
      return true;
    case TEXT:
      return columns.texts[value] ?? '';
    default:
      return value;
  }
}

/** The marks at an index below the columns' length. */
export function marksAt(columns: Columns, index: number): Marks {
  return (columns.flags[index] ?? 0) >> MARKS_SHIFT;
}
