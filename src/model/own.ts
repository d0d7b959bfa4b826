/**
 * What a record holds under a name from outside. A plain look-up finds `constructor` and its like in every object, so a
 * metric or rule of such a name would seem to be there.
 */
export function ownOf<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

/** The names of a record that is known to have no others. */
export function keysOf<K extends string>(record: Readonly<Partial<Record<K, unknown>>>): K[] {
  return Object.keys(record) as K[];
}

/** Whether a value from outside is one of those that there are. */
export function isOneOf<T>(all: readonly T[], value: unknown): value is T {
  return (all as readonly unknown[]).includes(value);
}
