import type { LngLat } from '../../model/place.ts';
import { type PlaceFault, placeFault } from '../../model/place.ts';

/** Digits behind the point of a degree: a tenth of a metre. More would be a claim that no finger can make. */
const DIGITS = 6;

/** Corners that enclose something. */
export const CORNERS_MIN = 3;

export function rounded([lng, lat]: LngLat): [number, number] {
  return [Number(lng.toFixed(DIGITS)), Number(lat.toFixed(DIGITS))];
}

function isSame(a: LngLat | undefined, b: LngLat | undefined): boolean {
  return a !== undefined && b !== undefined && a[0] === b[0] && a[1] === b[1];
}

/** The corners of a ring, which in GeoJSON ends where it began. */
export function cornersOf(ring: readonly LngLat[] | undefined): readonly LngLat[] {
  if (ring === undefined) return [];
  return ring.length > 1 && isSame(ring[0], ring.at(-1)) ? ring.slice(0, -1) : ring;
}

export function ringOf(corners: readonly LngLat[]): [number, number][] {
  const [first] = corners;
  return [...corners, ...(first === undefined ? [] : [first])].map(([lng, lat]): [number, number] => [lng, lat]);
}

/** Longitude, latitude of each corner on a line of its own, as one writes and reads them. */
export function textOf(corners: readonly LngLat[]): string {
  return corners.map((corner) => rounded(corner).join(', ')).join('\n');
}

export type Reading =
  | { readonly ok: true; readonly corners: readonly LngLat[] }
  /** The line that is no place, from 1. */
  | { readonly ok: false; readonly line: number; readonly fault: PlaceFault | 'unreadable' };

/** What was written, of which separators and blank lines do not matter. */
export function readCorners(text: string): Reading {
  const corners: LngLat[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const [lng = Number.NaN, lat = Number.NaN, ...more] = line
      .trim()
      .split(/[\s,;，；]+/)
      .filter((part) => part !== '')
      .map(Number);
    if (!Number.isFinite(lng + lat) || more.length > 0) return { ok: false, line: index + 1, fault: 'unreadable' };
    const fault = placeFault([lng, lat]);
    if (fault !== null) return { ok: false, line: index + 1, fault };
    corners.push([lng, lat]);
  }
  return { ok: true, corners: cornersOf(corners) };
}

/** Whether two edges of the outline cross: then nobody can say what is within. */
export function isCrossing(corners: readonly LngLat[]): boolean {
  const edges = corners.map((from, index) => [from, corners[(index + 1) % corners.length] ?? from] as const);
  return edges.some(([a, b], i) =>
    edges.some(([c, d], j) => {
      // Edges that follow one another share a corner, and that is no crossing.
      const areNeighbours = j <= i + 1 || (i === 0 && j === edges.length - 1);
      return !areNeighbours && side(a, b, c) !== side(a, b, d) && side(c, d, a) !== side(c, d, b);
    }),
  );
}

/** On which side of the line from a to b a place lies: -1, 0 or 1. */
function side([ax, ay]: LngLat, [bx, by]: LngLat, [x, y]: LngLat): number {
  return Math.sign((bx - ax) * (y - ay) - (by - ay) * (x - ax));
}
