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

interface Entry {
  readonly key: string;
  readonly atMs: number;
}

export function createAgenda(): Agenda {
  const times = new Map<string, number>();
  const heap: Entry[] = [];

  function push(entry: Entry): void {
    let at = heap.length;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || !isBefore(entry, parent)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = entry;
  }

  function pop(): void {
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      const left = heap[2 * at + 1];
      const right = heap[2 * at + 2];
      if (left === undefined) break;
      const isRight = right !== undefined && isBefore(right, left);
      const child = isRight ? right : left;
      if (!isBefore(child, last)) break;
      heap[at] = child;
      at = 2 * at + (isRight ? 2 : 1);
    }
    heap[at] = last;
  }

  function first(): Entry | undefined {
    for (let entry = heap[0]; entry !== undefined; entry = heap[0]) {
      if (times.get(entry.key) === entry.atMs) return entry;
      pop();
    }
    return undefined;
  }

  return {
    set(key, atMs) {
      if (atMs === undefined) {
        times.delete(key);
      } else if (times.get(key) !== atMs) {
        times.set(key, atMs);
        push({ key, atMs });
      }
    },
    nextMs: () => first()?.atMs,
    takeDue(nowMs) {
      const entry = first();
      if (entry === undefined || entry.atMs > nowMs) return undefined;
      pop();
      times.delete(entry.key);
      return entry;
    },
  };
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.key < b.key);
}
