import type { Point } from './point.ts';
import type { PointTable } from './point-table.ts';
import type { EvaluatedTransition } from './transition.ts';

/** One entry of the journal taking effect: what it gives, where it stands, and when it arrived. */
export interface Turn {
  readonly table: PointTable;
  readonly out: EvaluatedTransition[];
  readonly position: number;
  readonly receivedAtMs: number;
  /** Whether readings are handed over that were passed over, and whose pace is known already. */
  readonly isPassing: boolean;
  /** Where in `out` the retrospective entry of a rule stands: there is one for each rule of a message. */
  toldAt: Map<string, number> | undefined;
}

/** The turn of the entry at a position. */
export function turnAt(table: PointTable, position: number, receivedAtMs: number, isPassing = false): Turn {
  table.seen = Math.max(table.seen, position);
  return { table, out: [], position, receivedAtMs, isPassing, toldAt: undefined };
}

/** The point's state changes with this turn. */
export function touch({ table, position }: Turn, point: Point): void {
  if (point.dirtyFrom === 0) table.dirty.add(point, position);
}
