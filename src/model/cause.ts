import type { AlertEvent, Cause } from './alert.ts';

/** A cause as the contract has it in a note and in `suppressedBy`: `maintenance:ID`. */
export function causeText({ code, ref }: Cause): string {
  return ref === undefined ? code : `${code}:${ref}`;
}

/** The note of an entry: its cause as text, and behind it what a person wrote or a detail in words. */
export function noteText(cause: Cause | null, words: string | null): string | null {
  if (cause === null) return words;
  return words === null ? causeText(cause) : `${causeText(cause)} ${words}`;
}

/** What stands in a note beside its cause; null when that is all. */
export function wordsOf({ cause, note }: Pick<AlertEvent, 'cause' | 'note'>): string | null {
  if (cause === null || note === null) return note;
  const words = note.slice(causeText(cause).length + 1);
  return words === '' ? null : words;
}

/** The cause that a text names which the server is known to have written. */
export function causeOf(text: string): Cause {
  const colon = text.indexOf(':');
  return colon === -1 ? { code: text } : { code: text.slice(0, colon), ref: text.slice(colon + 1) };
}
