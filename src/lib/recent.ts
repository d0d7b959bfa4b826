/** A map of bounded size: what was not asked for the longest makes room for what is new. */
export interface Recent<V> {
  /** What is kept under a key, or what `make` gives, kept from now on. Counts as use. */
  take(key: string, make: () => V): V;
  /** What is kept under a key. Counts as use. */
  get(key: string): V | undefined;
  delete(key: string): void;
  readonly size: number;
}

export function createRecent<V>(sizeMax: number): Recent<V> {
  const kept = new Map<string, V>();

  function put(key: string, value: V): V {
    kept.delete(key);
    kept.set(key, value);
    return value;
  }

  return {
    get(key) {
      const found = kept.get(key);
      return found === undefined ? undefined : put(key, found);
    },
    take(key, make) {
      const value = put(key, kept.get(key) ?? make());
      const [oldest] = kept.size > sizeMax ? kept.keys() : [];
      if (oldest !== undefined) kept.delete(oldest);
      return value;
    },
    delete: (key) => void kept.delete(key),
    get size() {
      return kept.size;
    },
  };
}
