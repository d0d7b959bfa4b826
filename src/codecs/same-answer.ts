import type { CodecAnswer } from '../model/codec.ts';

/** What the documentation of a codec says that it gives; what is left out is nothing. */
export interface ExpectedAnswer {
  readonly data?: unknown;
  readonly warnings?: readonly string[];
  readonly errors?: readonly string[];
}

/** Vendors round differently from one language to the next. */
const TOLERANCE = 1e-6;
const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;

/** Where a codec's answer differs first from what it should be, in words; undefined when it does not. */
export function differenceOf(answer: CodecAnswer, expected: ExpectedAnswer): string | undefined {
  const { data = null, warnings = [], errors = [] } = expected;
  return (
    differ('data', answer.data, data) ??
    differ('warnings', answer.warnings, warnings) ??
    differ('errors', answer.errors, errors)
  );
}

function differ(path: string, found: unknown, expected: unknown): string | undefined {
  if (isSame(found, expected)) return undefined;
  if (!isTree(found) || !isTree(expected) || Array.isArray(found) !== Array.isArray(expected)) {
    return `${path}: ${shown(found)}, expected ${shown(expected)}`;
  }
  for (const key of new Set([...Object.keys(expected), ...Object.keys(found)])) {
    const where = Array.isArray(found) ? `${path}[${key}]` : `${path}.${key}`;
    const difference = differ(where, own(found, key), own(expected, key));
    if (difference !== undefined) return difference;
  }
  return undefined;
}

function isSame(found: unknown, expected: unknown): boolean {
  if (found === expected) return true;
  if (typeof found === 'number' && typeof expected === 'number') {
    return Math.abs(found - expected) <= TOLERANCE * Math.max(1, Math.abs(expected));
  }
  if (typeof found !== 'string' || typeof expected !== 'string') return false;
  return ISO_TIME.test(found) && ISO_TIME.test(expected) && Date.parse(found) === Date.parse(expected);
}

function isTree(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function own(tree: object, key: string): unknown {
  return Object.hasOwn(tree, key) ? (tree as Record<string, unknown>)[key] : undefined;
}

const SHOWN_LENGTH = 60;

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text;
}
