/** What nobody has vouched for is kept and logged only this far, in characters. */
export const BRIEF_LENGTH = 48;

/** Characters that move a terminal's cursor, turn a line of a log into two, or make text run the other way. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * The beginning of something that a stranger has sent, fit to be kept and logged. It is a copy: a part of a long string
 * would keep the whole of it in memory.
 */
export function brief(text: string, length = BRIEF_LENGTH): string {
  const start = text.slice(0, length).replace(UNSEEN, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
  return Buffer.from(text.length > length ? `${start}…` : start).toString();
}
