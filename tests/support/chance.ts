/** A small generator of chance from a seed, so that a failure can be had again. Gives numbers from 0 to below 1. */
export function createChance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One of the items by chance; undefined when there is none. */
export function pick<T>(chance: () => number, items: readonly T[]): T | undefined {
  return items[Math.floor(chance() * items.length)];
}
