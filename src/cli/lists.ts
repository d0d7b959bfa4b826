import type { Page } from '../wire/page.ts';
import type { Server } from './server.ts';

/** Everything of a list, page by page; `path` may have a query. */
export async function readList<T>(server: Server, path: string): Promise<T[]> {
  const all: T[] = [];
  let cursor: string | null = null;
  do {
    const sign = path.includes('?') ? '&' : '?';
    const query: string = cursor === null ? '' : `${sign}cursor=${encodeURIComponent(cursor)}`;
    const page = (await server.call('GET', `${path}${query}`)).body as Page<T>;
    all.push(...page.items);
    cursor = page.next;
  } while (cursor !== null);
  return all;
}
