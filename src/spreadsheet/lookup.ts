/** A thing that a cell names by its id, or by a name that only one of them has. */
export type Looked<T> =
  | { readonly ok: true; readonly found: T }
  | { readonly ok: false; readonly isAmbiguous: boolean };

interface Named {
  readonly id: string;
  readonly name?: { readonly zh?: string | undefined; readonly en?: string | undefined } | undefined;
}

/** Looks things up by id first, then by name in either language, whatever the case. */
export function createLookup<T extends Named>(things: Iterable<T>): (text: string) => Looked<T> {
  const byId = new Map<string, T>();
  const byName = new Map<string, T | 'several'>();
  for (const thing of things) {
    byId.set(thing.id, thing);
    const names = new Set([thing.name?.zh, thing.name?.en].map((name) => name?.toLowerCase()));
    for (const name of names) {
      if (name === undefined) continue;
      const other = byName.get(name);
      byName.set(name, other === undefined || other === thing ? thing : 'several');
    }
  }
  return (text) => {
    const found = byId.get(text) ?? byName.get(text.toLowerCase());
    if (found === 'several') return { ok: false, isAmbiguous: true };
    return found === undefined ? { ok: false, isAmbiguous: false } : { ok: true, found };
  };
}
