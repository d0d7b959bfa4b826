/** The numbers 0 to 255 that the messages of an edge node bear, one after the other, around and around. */

const NUMBERS = 256;

export interface Sequence {
  last: number;
  /** Those that were passed over and may still come. */
  readonly missing: Set<number>;
}

/** An edge node begins anew with its birth, with whatever number. */
export function newSequence(first: number | undefined): Sequence {
  return { last: first ?? 0, missing: new Set() };
}

/** A message has come. What bears no number says nothing of others. */
export function takeNumber(sequence: Sequence, seq: number | undefined): void {
  if (seq === undefined || sequence.missing.delete(seq)) return;
  for (let next = (sequence.last + 1) % NUMBERS; next !== seq; next = (next + 1) % NUMBERS) sequence.missing.add(next);
  sequence.last = seq;
}
