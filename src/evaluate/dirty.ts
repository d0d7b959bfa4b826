import type { Point } from './point.ts';

/** Points with changes that have not been taken yet, in the order of the positions that changed them first. */
export interface DirtyList {
  /** A clean point is clean no longer. It is made clean again by setting its `dirtyFrom` to 0, and leaves the list so. */
  add(point: Point, position: number): void;
  points(): Iterable<Point>;
  /** The first position whose effects have not been taken. */
  from(): number | undefined;
}

/** Entries that were passed over before they are thrown away. */
const PASSED_MAX = 4_096;

/**
 * A queue with lazy removal: the mark is on the point itself, which every reading touches anyway, where a set of 100,000
 * points costs each reading a look into memory that no cache holds.
 */
export function createDirtyList(): DirtyList {
  let points: Point[] = [];
  let positions: number[] = [];
  let head = 0;

  const isDead = (at: number) => points[at]?.dirtyFrom !== positions[at];

  function passDead(): void {
    while (head < points.length && isDead(head)) head++;
    if (head < PASSED_MAX || head * 2 < points.length) return;
    points = points.slice(head);
    positions = positions.slice(head);
    head = 0;
  }

  return {
    add(point, position) {
      point.dirtyFrom = position;
      points.push(point);
      positions.push(position);
    },
    *points() {
      passDead();
      for (let at = head; at < points.length; at++) {
        const point = points[at];
        if (point !== undefined && !isDead(at)) yield point;
      }
    },
    from() {
      passDead();
      return positions[head];
    },
  };
}
