import { createTimeHeap } from '../lib/time-heap.ts';

/** What time brings by itself. */
export type Deadline =
  /** An alert has not been raised again for so long that it chatters no more. */
  | { readonly kind: 'chatter'; readonly alert: string }
  /** So few alerts came that the flood is over. */
  | { readonly kind: 'flood' }
  /** A plan of maintenance may begin or end. */
  | { readonly kind: 'plan'; readonly plan: string }
  /** What was put aside comes back. */
  | { readonly kind: 'shelf'; readonly point: string; readonly rule: string }
  /** Points of a device that spoke up again, and are still silent, are announced on their own. */
  | { readonly kind: 'silence'; readonly device: string };

/**
 * What is to happen when, each deadline once. Asked at every commit of the journal, so looking is O(1); a time that was
 * changed or called off stays in the heap as a dead entry until it comes up.
 */
export interface Agenda {
  /** Puts, moves, or with undefined calls off. */
  set(deadline: Deadline, atMs: number | undefined): void;
  nextMs(): number | undefined;
  /** Takes the earliest that is due by `nowMs`, ties in the order of their kinds and of what they are about. */
  takeDue(nowMs: number): { readonly deadline: Deadline; readonly atMs: number } | undefined;
}

interface Due {
  readonly key: string;
  readonly deadline: Deadline;
}

export function createAgenda(): Agenda {
  const times = new Map<string, number>();
  const heap = createTimeHeap<Due>((a, b) => a.key < b.key);

  /** Brings the first that still holds to the top. */
  function firstMs(): number | undefined {
    for (let due = heap.first(); due !== undefined; due = heap.first()) {
      const atMs = heap.firstMs();
      if (times.get(due.key) === atMs) return atMs;
      heap.pop();
    }
    return undefined;
  }

  return {
    set(deadline, atMs) {
      const key = keyOf(deadline);
      if (atMs === undefined) {
        times.delete(key);
      } else if (times.get(key) !== atMs) {
        times.set(key, atMs);
        heap.push(atMs, { key, deadline });
      }
    },
    nextMs: firstMs,
    takeDue(nowMs) {
      const atMs = firstMs();
      const due = heap.first();
      if (atMs === undefined || due === undefined || atMs > nowMs) return undefined;
      heap.pop();
      times.delete(due.key);
      return { deadline: due.deadline, atMs };
    },
  };
}

/** The same for the same deadline. Ties are taken in its order, so that replay gives what live gave: never change it. */
function keyOf(deadline: Deadline): string {
  switch (deadline.kind) {
    case 'chatter':
      return `chatter ${deadline.alert}`;
    case 'flood':
      return 'flood';
    case 'plan':
      return `plan ${deadline.plan}`;
    case 'shelf':
      return `shelf ${deadline.point}\n${deadline.rule}`;
    case 'silence':
      return `silence ${deadline.device}`;
  }
}
