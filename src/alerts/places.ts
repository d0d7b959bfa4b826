import type { PointDefinition } from '../model/definition.ts';
import { watchesSilence } from '../model/threshold.ts';

/** Where a point belongs, as its definition in the journal says. */
export interface PointPlace {
  readonly definition: number;
  readonly area: string;
  readonly device: string;
  readonly family: string;
  readonly reportEveryMs: number;
  /** Whether a no-data rule watches it. */
  readonly isWatched: boolean;
}

/** The points in force, and which of them share a device. */
export interface Places {
  put(definition: PointDefinition): void;
  remove(point: string): void;
  get(point: string): PointPlace | undefined;
  points(): Iterable<string>;
  /** The points of a device whose silence is watched, in the order of their ids. */
  watchedOf(device: string): string[];
}

export function createPlaces(): Places {
  const places = new Map<string, PointPlace>();
  /** Most devices have one point, which then stands for itself: a set for each would cost 20 MB for 100,000 of them. */
  const byDevice = new Map<string, string | Set<string>>();

  function link(point: string, device: string): void {
    const known = byDevice.get(device);
    if (known === undefined || known === point) byDevice.set(device, point);
    else if (typeof known === 'string') byDevice.set(device, new Set([known, point]));
    else known.add(point);
  }

  function unlink(point: string, device: string): void {
    const known = byDevice.get(device);
    if (known === point) byDevice.delete(device);
    else if (known instanceof Set) known.delete(point);
  }

  function remove(point: string): void {
    const device = places.get(point)?.device;
    places.delete(point);
    if (device !== undefined) unlink(point, device);
  }

  function pointsOf(device: string): string[] {
    const known = byDevice.get(device);
    if (known === undefined) return [];
    return typeof known === 'string' ? [known] : [...known];
  }

  return {
    put({ id, point, area, device, family, reportEveryMs, document }) {
      remove(point);
      places.set(point, { definition: id, area, device, family, reportEveryMs, isWatched: watchesSilence(document) });
      link(point, device);
    },
    remove,
    get: (point) => places.get(point),
    points: () => places.keys(),
    watchedOf: (device) =>
      pointsOf(device)
        .filter((point) => places.get(point)?.isWatched)
        .sort(),
  };
}
