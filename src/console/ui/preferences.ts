import { useCallback, useSyncExternalStore } from 'react';

/**
 * What a person has chosen on this screen (language, theme, sound, columns), kept in the browser. The storage may be
 * missing or full; then the choice lasts until the page is closed.
 */
const PREFIX = 'brink.';
const values = new Map<string, unknown>();
const listeners = new Set<() => void>();

export function readPreference<T>(name: string, fallback: T): T {
  if (!values.has(name)) {
    try {
      const text = localStorage.getItem(PREFIX + name);
      if (text !== null) values.set(name, JSON.parse(text));
    } catch {
      // A blocked storage or a damaged entry is the same as none.
    }
  }
  const value = values.get(name);
  return value === undefined ? fallback : (value as T);
}

export function writePreference<T>(name: string, value: T): void {
  values.set(name, value);
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // See above: it lasts until the page is closed.
  }
  for (const listener of [...listeners]) listener();
}

export function subscribePreferences(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** `fallback` must be the same object at every call, or a plain value. */
export function usePreference<T>(name: string, fallback: T): [T, (value: T) => void] {
  const value = useSyncExternalStore(subscribePreferences, () => readPreference(name, fallback));
  const set = useCallback((next: T) => writePreference(name, next), [name]);
  return [value, set];
}
