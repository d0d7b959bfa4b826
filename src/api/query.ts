import { z } from 'zod';
import { ProblemError } from './problems.ts';

/** A cursor for `value`. What it holds is nobody's business but ours. */
export function encodeCursor(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** What `encodeCursor` was given; undefined without a cursor. Throws the problem `bad-cursor` for anything else. */
export function decodeCursor<T>(schema: z.ZodType<T>, cursor: string | undefined): T | undefined {
  if (cursor === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    throw new ProblemError('bad-cursor');
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new ProblemError('bad-cursor');
  return parsed.data;
}

/** A page of things in memory, in the order of their keys (code units). */
export function pageByKey<T>(
  all: Iterable<T>,
  keyOf: (item: T) => string,
  { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
): { readonly items: T[]; readonly next: string | null } {
  const after = decodeCursor(z.string(), cursor);
  const rest: T[] = [];
  for (const item of all) {
    if (after === undefined || keyOf(item) > after) rest.push(item);
  }
  rest.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const items = rest.slice(0, limit);
  const last = items.at(-1);
  return { items, next: rest.length > limit && last !== undefined ? encodeCursor(keyOf(last)) : null };
}
