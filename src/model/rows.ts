/**
 * A few numbers of each of very many things, side by side. At a hundred thousand of them a message costs mostly the fetches
 * from memory: a row takes one, where an object with numbers takes one for itself and one for each that is no small integer.
 */
export type Rows = Float64Array<ArrayBuffer>;

/** As many as are fetched at once: 64 bytes. */
const ROW_NUMBERS = 8;

/** Where the row of a thing begins. */
export function rowAt(index: number): number {
  return index * ROW_NUMBERS;
}

/** The rows with a place for this thing; numbers that nobody has set are NaN. */
export function withRow(rows: Rows, index: number): Rows {
  const needed = rowAt(index + 1);
  if (needed <= rows.length) return rows;
  const grown = new Float64Array(Math.max(needed, 2 * rows.length)).fill(Number.NaN);
  grown.set(rows);
  return grown;
}
