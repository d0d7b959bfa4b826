import { escapePointer } from '../model/pointer.ts';
import { type App, DEPTH_MAX } from './http.ts';
import { errorAt, type FieldError, ProblemError } from './problems.ts';

/** What JSON can say and no text holds: the character NUL, which ends a text for some programs, and halves of characters. */
const SUSPECT = /\\u(?:0000|[dD][89a-fA-F])/;

/**
 * Refuses what is no text before anything else looks at it: names of files, databases and other programs take NUL and
 * halves of characters each in their own way.
 */
export function installPlainInput(app: App): void {
  app.addHook('onRequest', async (request) => {
    // One that is itself escaped (%2500) is text.
    if (/%00/.test(request.url)) throw new ProblemError('bad-request', { detail: 'NUL in the address' });
  });
}

/** Throws a problem when a JSON text is nested too deeply, told before it is parsed. */
export function refuseDepth(text: string): void {
  let depth = 0;
  let isInString = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (isInString) {
      if (code === BACKSLASH) i++;
      else if (code === QUOTE) isInString = false;
    } else if (code === QUOTE) isInString = true;
    else if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      if (++depth > DEPTH_MAX) throw invalid([errorAt('', { code: 'nested-too-deeply', values: { most: DEPTH_MAX } })]);
    } else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) depth--;
  }
}

/** Throws a problem that names the texts of a parsed body which are none. `text` is what it was parsed from. */
export function refuseNoText(text: string, body: unknown): void {
  if (!SUSPECT.test(text)) return;
  const errors: FieldError[] = [];
  const look = (value: unknown, path: string): void => {
    if (typeof value === 'string') {
      const fault = textFault(value);
      if (fault !== undefined) errors.push(errorAt(path, { code: 'no-text', values: { fault, isName: false } }));
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value)) {
        const fault = textFault(key);
        if (fault !== undefined) errors.push(errorAt(path, { code: 'no-text', values: { fault, isName: true } }));
        look(inner, `${path}/${escapePointer(key)}`);
      }
    }
  };
  look(body, '');
  if (errors.length > 0) throw invalid(errors.slice(0, ERRORS_MAX));
}

const ERRORS_MAX = 20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

function textFault(text: string): 'nul' | 'half-character' | undefined {
  if (text.includes('\0')) return 'nul';
  return text.isWellFormed() ? undefined : 'half-character';
}

function invalid(errors: readonly FieldError[]): ProblemError {
  return new ProblemError('validation-failed', { errors });
}
