import type { TFunction } from 'i18next';
import { LEVELS } from '../../model/level.ts';
import { isOneOf } from '../../model/own.ts';
import { pointerOf } from '../../model/pointer.ts';
import type { FieldProblem } from '../../model/problem.ts';
import { problemText as serverText } from '../../model/problem-words.ts';

/** Something that keeps a document from being put in force, or is hardly meant. */
export interface Problem {
  /** JSON pointer into the document. */
  readonly path: string;
  /** What is wrong, as the server words it. */
  readonly message: string;
  /** The same as data, which has words of its own here. */
  readonly code?: string;
  readonly values?: Readonly<Record<string, unknown>>;
}

/** A problem that the model has found here, as the server would tell it. */
export function problemOf({ path, ...problem }: FieldProblem): Problem {
  return { path: pointerOf(path), message: serverText(problem, 'en'), ...problem, values: { ...problem.values } };
}

type Translate = (key: string, values: Readonly<Record<string, unknown>>) => string;

/** A problem in the chosen language; what is not known is said as it came. */
export function problemText({ code, values = {}, message }: Omit<Problem, 'path'>, t: TFunction): string {
  // Each of these words has placeholders of its own, which the types cannot follow through a table.
  const translate = t as Translate;
  if (code === undefined) return message;
  const words = translate(`editor.problem.${code}`, {
    ...shown(values, t),
    context: contextOf(values),
    defaultValue: '',
  });
  return words === '' ? message : words;
}

/** Bounds are of numbers, of characters or of entries, and a bound itself may be too small; values are of a type. */
function contextOf({ of, isIncluded, type }: Readonly<Record<string, unknown>>): string | undefined {
  if (typeof of === 'string') return `${of}${isIncluded === false ? '-excluded' : ''}`;
  return typeof type === 'string' ? type : undefined;
}

/** The values of a problem as they stand in a sentence. */
function shown(values: Readonly<Record<string, unknown>>, t: TFunction): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      if ((name === 'level' || name === 'than') && isOneOf(LEVELS, value)) return [name, t(`level.long.${value}`)];
      return [name, Array.isArray(value) ? value.join(', ') : value];
    }),
  );
}
