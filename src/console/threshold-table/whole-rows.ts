import type { ThresholdRow as AnyRow } from '../../wire/thresholds.ts';

/** A point as `GET /thresholds?documents=true` gives it. */
export type ThresholdRow = AnyRow & Required<Pick<AnyRow, 'document'>>;

/** How rows are asked for that a change can be made from. */
export const WHOLE = { documents: true, limit: 500 } as const;

/** Rows that were asked for so. */
export function wholeRows(rows: readonly AnyRow[]): ThresholdRow[] {
  return rows.filter((row): row is ThresholdRow => row.document !== undefined);
}
