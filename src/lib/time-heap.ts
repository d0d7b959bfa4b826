/** What is due when, the earliest first: a binary heap in two plain arrays, so that a push costs no object. */
export interface TimeHeap<T> {
  push(atMs: number, item: T): void;
  /** The time of the first, ms; undefined when there is none. */
  firstMs(): number | undefined;
  first(): T | undefined;
  /** Takes the first away. */
  pop(): void;
}

/** `isBefore` says which of two items of one time is first. */
export function createTimeHeap<T>(isBefore: (a: T, b: T) => boolean): TimeHeap<T> {
  const times: number[] = [];
  const items: T[] = [];

  const precedes = (aMs: number, a: T, bMs: number, b: T): boolean => aMs < bMs || (aMs === bMs && isBefore(a, b));

  return {
    push(atMs, item) {
      let at = times.length;
      times.push(atMs);
      items.push(item);
      while (at > 0) {
        const parent = (at - 1) >> 1;
        const parentMs = times[parent] as number;
        const parentItem = items[parent] as T;
        if (!precedes(atMs, item, parentMs, parentItem)) break;
        times[at] = parentMs;
        items[at] = parentItem;
        at = parent;
      }
      times[at] = atMs;
      items[at] = item;
    },
    firstMs: () => times[0],
    first: () => items[0],
    pop() {
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
          precedes(times[right] as number, items[right] as T, times[child] as number, items[child] as T)
        ) {
          child = right;
        }
        if (!precedes(times[child] as number, items[child] as T, lastMs, last)) break;
        times[at] = times[child] as number;
        items[at] = items[child] as T;
        at = child;
      }
      times[at] = lastMs;
      items[at] = last;
    },
  };
}
