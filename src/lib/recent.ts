/** A map of bounded size: what was not asked for the longest makes room for what is new. */
export interface Recent<V> {
  /** What is kept under a key, or what `make` gives, kept from now on. Counts as use. */
  take(key: string, make: () => V): V;
  /** What is kept under a key. Counts as use. */
  get(key: string): V | undefined;
  /** Keeps a value in place of what is there. Counts as use. */
  put(key: string, value: V): void;
  /** What is kept, the longest unused first; without being used by it. */
  values(): Iterable<V>;
  delete(key: string): void;
  readonly size: number;
}

export function createRecent<V>(sizeMax: number): Recent<V> {
  const kept = new Map<string, V>();

  function put(key: string, value: V): V {
    kept.delete(key);
    kept.set(key, value);
    const [oldest] = kept.size > sizeMax ? kept.keys() : [];
    if (oldest !== undefined) kept.delete(oldest);
    return value;
  }

  return {
    get(key) {
      const found = kept.get(key);
      return found === undefined ? undefined : put(key, found);
    },
    take: (key, make) => put(key, kept.get(key) ?? make()),
    put: (key, value) => void put(key, value),
    values: () => kept.values(),
    delete: (key) => void kept.delete(key),
    get size() {
      return kept.size;
    },
  };
}
