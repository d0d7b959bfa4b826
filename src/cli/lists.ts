import type { Server } from './server.ts';

/** Everything of a list, page by page. */
export async function readList<T>(server: Server, path: string): Promise<T[]> {
  const all: T[] = [];
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? '' : `?cursor=${encodeURIComponent(cursor)}`;
    const page = (await server.call('GET', `${path}${query}`)).body as { items: T[]; next: string | null };
    all.push(...page.items);
    cursor = page.next;
  } while (cursor !== null);
  return all;
}
