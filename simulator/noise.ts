/**
 * Chance that can be looked up: every draw is a pure function of a key, a name and a number (a time or an index), so a
 * device's reading at a time is the same whatever was asked before, in whatever order the network let it be sent.
 */
export interface Noise {
  /** Evenly spread over [0, 1). */
  uniform(name: string, index: number): number;
  /** Normal distribution, mean 0, standard deviation 1. */
  normal(name: string, index: number): number;
  /** A curve through random heights that stand `periodMs` apart; within [-1, 1], without jumps. */
  smooth(name: string, tMs: number, periodMs: number): number;
  /** One element, the same for the same name and index. Undefined only for an empty list. */
  pick<T>(name: string, index: number, items: readonly T[]): T | undefined;
}

/** Noise of its own for each key; the key usually is the seed and a device id. */
export function createNoise(key: string): Noise {
  const base = hashText(key, 0x811c9dc5);
  const names = new Map<string, number>();
  const hashOf = (name: string) => {
    let hash = names.get(name);
    if (hash === undefined) {
      hash = hashText(name, base);
      names.set(name, hash);
    }
    return hash;
  };
  const uniform = (name: string, index: number) => mix(hashOf(name), index) / 0x1_0000_0000;
  return {
    uniform,
    normal(name, index) {
      // Box-Muller; 1 - u keeps the logarithm's argument above zero.
      const radius = Math.sqrt(-2 * Math.log(1 - uniform(name, index)));
      return radius * Math.cos(2 * Math.PI * uniform(`${name}~`, index));
    },
    smooth(name, tMs, periodMs) {
      const position = tMs / periodMs;
      const index = Math.floor(position);
      const along = position - index;
      const weight = along * along * (3 - 2 * along);
      const [from, to] = [uniform(name, index) * 2 - 1, uniform(name, index + 1) * 2 - 1];
      return from + (to - from) * weight;
    },
    pick(name, index, items) {
      return items[Math.floor(uniform(name, index) * items.length)];
    },
  };
}

/** FNV-1a over the UTF-16 code units, started from `start`, and stirred once more because FNV's high bits are weak. */
function hashText(text: string, start: number): number {
  let hash = start;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return stir(hash);
}

/** 32 bits from a hash and a whole number of up to 53 bits. */
function mix(hash: number, index: number): number {
  const low = index >>> 0;
  const high = Math.floor(index / 0x1_0000_0000) >>> 0;
  return stir(stir(hash ^ low) + Math.imul(high, 0x9e3779b1));
}

/** The finalizer of MurmurHash3. */
function stir(value: number): number {
  let hash = value | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
