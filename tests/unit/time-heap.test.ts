import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTimeHeap } from '../../src/lib/time-heap.ts';

test('gives what was put in by time, and of one time by the order asked for, however it is filled and emptied', () => {
  const step = fc.oneof(
    fc.record({ atMs: fc.integer({ min: 0, max: 9 }), item: fc.string({ minLength: 1, maxLength: 1 }) }),
    fc.constant('pop' as const),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const heap = createTimeHeap<string>((a, b) => a < b);
      const plain: { readonly atMs: number; readonly item: string }[] = [];
      for (const taken of steps) {
        if (taken === 'pop') {
          if (plain.length > 0) heap.pop();
          plain.shift();
        } else {
          heap.push(taken.atMs, taken.item);
          plain.push(taken);
          plain.sort((a, b) => a.atMs - b.atMs || (a.item < b.item ? -1 : Number(a.item > b.item)));
        }
        expect([heap.firstMs(), heap.first()]).toEqual([plain[0]?.atMs, plain[0]?.item]);
      }
    }),
    { numRuns: 200 },
  );
});
