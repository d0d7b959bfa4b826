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
 * A binary heap with lazy removal: an entry whose time is not its item's `queuedMs` is dead. `deadlineOf` gives the real
 * deadline, Infinity for none.
 */
export function createDeadlineQueue<T extends Deadlined>(deadlineOf: (item: T) => number): DeadlineQueue<T> {
  const times: number[] = [];
  const items: T[] = [];

  const before = (aMs: number, a: T, bMs: number, b: T): boolean => aMs < bMs || (aMs === bMs && a.id < b.id);

  function push(atMs: number, item: T): void {
    let at = times.length;
    times.push(atMs);
    items.push(item);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const parentMs = times[parent] as number;
      const parentItem = items[parent] as T;
      if (!before(atMs, item, parentMs, parentItem)) break;
      times[at] = parentMs;
      items[at] = parentItem;
      at = parent;
    }
    times[at] = atMs;
    items[at] = item;
  }

  function pop(): void {
    const lastMs = times.pop() as number;
    const last = items.pop() as T;
    const length = times.length;
    if (length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= length) break;
      const right = child + 1;
      if (
        right < length &&
        before(times[right] as number, items[right] as T, times[child] as number, items[child] as T)
      ) {
        child = right;
      }
      if (!before(times[child] as number, items[child] as T, lastMs, last)) break;
      times[at] = times[child] as number;
      items[at] = items[child] as T;
      at = child;
    }
    times[at] = lastMs;
    items[at] = last;
  }

  return {
    earlier(item) {
      const deadlineMs = deadlineOf(item);
      if (deadlineMs >= item.queuedMs) return;
      item.queuedMs = deadlineMs;
      push(deadlineMs, item);
    },
    first() {
      for (;;) {
        const item = items[0];
        if (item === undefined) return undefined;
        const queuedMs = times[0] as number;
        if (queuedMs !== item.queuedMs) {
          pop();
          continue;
        }
        const deadlineMs = deadlineOf(item);
        if (deadlineMs === queuedMs) return item;
        pop();
        item.queuedMs = deadlineMs;
        if (deadlineMs < Number.POSITIVE_INFINITY) push(deadlineMs, item);
      }
    },
    notBeforeMs: () => times[0],
  };
}
