import type { GivenOrNot, ItemOf, ListName } from '../wire/calls.ts';
import type { Page } from '../wire/page.ts';
import type { Server } from './server.ts';

/** Everything of a list, page by page. */
export async function readList<N extends ListName>(
  server: Server,
  name: N,
  ...[given]: GivenOrNot<N>
): Promise<ItemOf<N>[]> {
  const all: ItemOf<N>[] = [];
  let cursor: string | null = null;
  do {
    const asked = [{ ...given, query: { ...given?.query, cursor } }] as unknown as GivenOrNot<N>;
    const page = (await server.call(name, ...asked)).body as Page<ItemOf<N>>;
    all.push(...page.items);
    cursor = page.next;
  } while (cursor !== null);
  return all;
}
