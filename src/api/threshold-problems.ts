import { escapePointer } from '../model/difference.ts';
import { levelOrderWarnings, levelOrderWords } from '../model/level-order.ts';
import type { ThresholdDocument } from '../model/threshold.ts';
import type { FieldError } from './problems.ts';

/**
 * A problem of a threshold document as evaluation words it, `rules.depth.levels.red: …`, with its place as a JSON pointer
 * into the document. Rule and metric names may hold dots and colons themselves, so the place is found by walking down
 * the document; what stands behind the last key that exists is still named by the pointer.
 */
export function problemPlace(document: unknown, problem: string): FieldError {
  let at = document;
  let rest = problem;
  let path = '';
  for (;;) {
    const step = nextStep(at, rest);
    if (step === undefined) break;
    path += `/${escapePointer(step.key)}`;
    at = typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[step.key] : undefined;
    rest = rest.slice(step.length);
    if (rest.startsWith(': ')) return { path, message: rest.slice(2) };
  }
  return { path: '', message: problem };
}

/** `key`, `.key` or `[0]` at the beginning of the text: the longest key that exists there, otherwise one without a sign. */
function nextStep(at: unknown, text: string): { readonly key: string; readonly length: number } | undefined {
  const bracket = /^\[(\d+)\]/.exec(text);
  if (bracket?.[1] !== undefined) return { key: bracket[1], length: bracket[0].length };
  const dot = text.startsWith('.') ? 1 : 0;
  const word = text.slice(dot);
  const keys = typeof at === 'object' && at !== null ? Object.keys(at) : [];
  const existing = keys
    .filter((key) => word.startsWith(key) && /^(?:[.[]|: )/.test(word.slice(key.length)))
    .sort((a, b) => b.length - a.length)[0];
  const key = existing ?? /^[A-Za-z]+(?=\.|\[|: )/.exec(word)?.[0];
  return key === undefined ? undefined : { key, length: dot + key.length };
}

/** What of a document is hardly meant and keeps nobody from putting it in force. */
export function documentWarnings({ rules }: ThresholdDocument): FieldError[] {
  return levelOrderWarnings(rules).map((warning) => {
    const { found, expected } = levelOrderWords(warning);
    const path = warning.path.map((step) => `/${escapePointer(String(step))}`).join('');
    return { path, message: `found ${found}, expected ${expected}` };
  });
}
