import { createTimeHeap } from '../lib/time-heap.ts';

/** Whatever has a deadline, which may change while queued; `queuedMs` is what the queue believes. */
export interface Deadlined {
  readonly id: string;
  /** The time it stands in the queue with; Infinity when it is not queued. */
  queuedMs: number;
}

export interface DeadlineQueue<T extends Deadlined> {
  /**
   * To be called when the deadline may have moved forward in time (become earlier). A deadline that has become later
   * needs no call: the queue looks again when the old one is due, which is what makes a reading cost no heap operation.
   */
  earlier(item: T): void;
  /** The item with the earliest deadline, ties in the order of ids; undefined when nothing has a deadline. */
  first(): T | undefined;
  /** A time before which nothing falls due, ms, at no cost; undefined when nothing is queued. */
  notBeforeMs(): number | undefined;
}

/**
 * A heap with lazy removal: an entry whose time is not its item's `queuedMs` is dead. `deadlineOf` gives the real deadline,
 * Infinity for none.
 */
export function createDeadlineQueue<T extends Deadlined>(deadlineOf: (item: T) => number): DeadlineQueue<T> {
  const heap = createTimeHeap<T>((a, b) => a.id < b.id);
  return {
    earlier(item) {
      const deadlineMs = deadlineOf(item);
      if (deadlineMs >= item.queuedMs) return;
      item.queuedMs = deadlineMs;
      heap.push(deadlineMs, item);
    },
    first() {
      for (;;) {
        const item = heap.first();
        if (item === undefined) return undefined;
        const queuedMs = heap.firstMs();
        if (queuedMs !== item.queuedMs) {
          heap.pop();
          continue;
        }
        const deadlineMs = deadlineOf(item);
        if (deadlineMs === queuedMs) return item;
        heap.pop();
        item.queuedMs = deadlineMs;
        if (deadlineMs < Number.POSITIVE_INFINITY) heap.push(deadlineMs, item);
      }
    },
    notBeforeMs: heap.firstMs,
  };
}
