import { createTimeHeap } from '../lib/time-heap.ts';

/**
 * What is to happen when, each under a key of its own. Asked at every commit of the journal, so looking is O(1);
 * a time that was changed or called off stays in the heap as a dead entry until it comes up.
 */
export interface Agenda {
  /** Puts, moves, or with undefined calls off. */
  set(key: string, atMs: number | undefined): void;
  nextMs(): number | undefined;
  /** Takes the earliest that is due by `nowMs`, ties in the order of keys. */
  takeDue(nowMs: number): { readonly key: string; readonly atMs: number } | undefined;
}

export function createAgenda(): Agenda {
  const times = new Map<string, number>();
  const heap = createTimeHeap<string>((a, b) => a < b);

  /** Brings the first that still holds to the top. */
  function firstMs(): number | undefined {
    for (let key = heap.first(); key !== undefined; key = heap.first()) {
      const atMs = heap.firstMs();
      if (times.get(key) === atMs) return atMs;
      heap.pop();
    }
    return undefined;
  }

  return {
    set(key, atMs) {
      if (atMs === undefined) {
        times.delete(key);
      } else if (times.get(key) !== atMs) {
        times.set(key, atMs);
        heap.push(atMs, key);
      }
    },
    nextMs: firstMs,
    takeDue(nowMs) {
      const atMs = firstMs();
      const key = heap.first();
      if (atMs === undefined || key === undefined || atMs > nowMs) return undefined;
      heap.pop();
      times.delete(key);
      return { key, atMs };
    },
  };
}
