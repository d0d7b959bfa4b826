/**
 * Work that takes long is answered with one JSON object a line where the caller accepts this type: how far it is, as often
 * as there is news, and in the last line what came of it.
 */
export const LINES_TYPE = 'application/x-ndjson';

export type Line<T> =
  | { readonly share: number }
  | { readonly result: T }
  | { readonly problem: Readonly<Record<string, unknown>> };

/** Of less work than this nothing can be told about the rest. */
const SHARE_MIN = 0.05;

/** How much longer work takes that has come so far (`share`, 0 to 1); null while nobody can tell. */
export function remainingMs(share: number, elapsedMs: number): number | null {
  return share < SHARE_MIN ? null : (elapsedMs * (1 - share)) / share;
}
