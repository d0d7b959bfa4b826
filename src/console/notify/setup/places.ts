import type { NotifySetup } from '../../../model/notify/setup.ts';
import type { ProblemPath } from '../../../model/problem.ts';

/** Where things stand in a setup, and lists of it with one thing changed. */

/** What stands at a path; undefined where nothing does. */
export function valueAt(root: unknown, path: readonly (string | number)[]): unknown {
  let at = root;
  for (const step of path) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = (at as Readonly<Record<string, unknown>>)[String(step)];
  }
  return at;
}

type Part = 'people' | 'teams' | 'rotas' | 'ladders' | 'channels';

/** Where an entry of a list stands; behind its end when it is not there. */
export function placeOf(setup: NotifySetup, part: Part, id: string): ProblemPath {
  const at = setup[part].findIndex((one) => one.id === id);
  return [part, at < 0 ? setup[part].length : at];
}

/** The list with an entry in the place of the one that has its id, or behind the others when there is none. */
export function withEntry<T extends { readonly id: string }>(list: readonly T[], entry: T): T[] {
  const isThere = list.some(({ id }) => id === entry.id);
  return isThere ? list.map((one) => (one.id === entry.id ? entry : one)) : [...list, entry];
}

export function withoutEntry<T extends { readonly id: string }>(list: readonly T[], id: string): T[] {
  return list.filter((one) => one.id !== id);
}

/** An id that is made of a name and that nothing has yet. People see it in files and in the address of calls. */
export function freeId(name: string, taken: Iterable<string>): string {
  const all = new Set(taken);
  const stem =
    name
      .trim()
      .replaceAll(/[/+#?%\s\p{C}]+/gu, '-')
      .slice(0, 64) || '1';
  if (!all.has(stem)) return stem;
  for (let number = 2; ; number++) if (!all.has(`${stem}-${number}`)) return `${stem}-${number}`;
}

/** The fields of an object that say something: a form has empty text where a setup has nothing. */
export function filledIn<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined | null | ''> } {
  const said = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null && value !== '');
  return Object.fromEntries(said) as { [K in keyof T]?: Exclude<T[K], undefined | null | ''> };
}

/**
 * A name as it is after somebody has edited what was shown of it: one in two languages that was left as it was stays whole, and
 * otherwise what he typed is what everybody reads.
 */
export function editedName<T>(before: T, shown: string | undefined, typed: string | undefined): T | string | undefined {
  const text = typed?.trim() ?? '';
  if (text === (shown ?? '')) return before;
  return text === '' ? undefined : text;
}
