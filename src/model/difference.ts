import { escapePointer } from './pointer.ts';

/** One place in which two values differ. `path` is a JSON pointer (RFC 6901), empty for the whole. */
export interface ValueChange {
  readonly path: string;
  readonly change: 'added' | 'removed' | 'changed';
  /** What stood there; undefined when it was added. */
  readonly before?: unknown;
  /** What stands there now; undefined when it was removed. */
  readonly after?: unknown;
}

/**
 * Where two JSON values differ, leaf by leaf, in the order of the second. A part that only one of them has is one
 * change. The order of keys does not count; lists of the same length are compared place by place, others as a whole.
 */
export function differencesOf(before: unknown, after: unknown, path = ''): ValueChange[] {
  if (before === after) return [];
  if (before === undefined) return [{ path, change: 'added', after }];
  if (after === undefined) return [{ path, change: 'removed', before }];
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    return after.flatMap((one, index) => differencesOf(before[index], one, `${path}/${index}`));
  }
  if (isMap(before) && isMap(after)) {
    const keys = new Set([...Object.keys(after), ...Object.keys(before)]);
    return [...keys].flatMap((key) => differencesOf(before[key], after[key], `${path}/${escapePointer(key)}`));
  }
  return [{ path, change: 'changed', before, after }];
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
