import type { Sliced } from './reads.ts';

/** Runs at least one step, and more until the time is up. */
export function runSlice<T>(sliced: Sliced<T>, budgetMs: number): IteratorResult<void, T> {
  const endMs = performance.now() + budgetMs;
  let result = sliced.next();
  while (result.done !== true && performance.now() < endMs) result = sliced.next();
  return result;
}
