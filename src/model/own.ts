/**
 * What a record holds under a name from outside. A plain look-up finds `constructor` and its like in every object, so a
 * metric or rule of such a name would seem to be there.
 */
export function ownOf<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
