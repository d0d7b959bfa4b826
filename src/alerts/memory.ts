/** What is remembered beside the alerts, by key, as text: written with the cursor, read at the start. */
export interface Memory {
  recall<T>(key: string, otherwise: T): T;
  remember(key: string, value: unknown): void;
  /** What is to be written since the last call. */
  take(): ReadonlyMap<string, string>;
}

export function createMemory(stored: Readonly<Record<string, string>>): Memory {
  let remembered = new Map<string, string>();
  return {
    recall: <T>(key: string, otherwise: T): T =>
      stored[key] === undefined ? otherwise : (JSON.parse(stored[key]) as T),
    remember(key, value) {
      remembered.set(key, JSON.stringify(value));
    },
    take() {
      const taken = remembered;
      remembered = new Map();
      return taken;
    },
  };
}
