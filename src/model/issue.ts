import type { z } from 'zod';
import type { Coded, CodedAs, FieldProblem, ProblemCode, ProblemPath, ProblemValues } from './problem.ts';
import { problemText } from './problem-words.ts';

/** What schemas refuse, as problems: a refinement of ours carries its code with it, an issue of zod's own is given one. */

type Issue = z.core.$ZodIssue;

export interface Refusal {
  readonly message: string;
  readonly params: { readonly problem: Coded };
}

/** What a refinement says when it refuses: `.refine(isOdd, refusal('not-odd', {}))`. The message is for who knows no codes. */
export function refusal<C extends ProblemCode>(code: C, values: ProblemValues[C]): Refusal {
  const problem: CodedAs<C> = { code, values };
  return { message: problemText(problem, 'en'), params: { problem: problem as unknown as Coded } };
}

/** What is wrong with a value that a schema has refused, thing by thing. `path` of each from the value. */
export function problemsOfIssues(issues: readonly Issue[], value: unknown): FieldProblem[] {
  return issues.flatMap((issue) => problemsOf(issue, [], value));
}

function problemsOf(issue: Issue, outer: ProblemPath, root: unknown): FieldProblem[] {
  const path = [...outer, ...issue.path.map((step) => (typeof step === 'number' ? step : String(step)))];
  if (issue.code === 'invalid_union') {
    const meant = meantOf(issue.errors);
    if (meant !== undefined) return meant.flatMap((inner) => problemsOf(inner, path, root));
  }
  return [{ path, ...codedOf(issue, root, path) }];
}

/** Of the forms that a value may have, the one that was meant: of the right kind, with least that is wrong in it. */
function meantOf(forms: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  return forms
    .filter((issues) => issues.length > 0 && !issues.some(isOtherKind))
    .sort((a, b) => a.length - b.length || depth(b) - depth(a))[0];
}

function isOtherKind({ path, code }: Issue): boolean {
  return path.length === 0 && (code === 'invalid_type' || code === 'invalid_value');
}

function depth(issues: readonly Issue[]): number {
  return Math.max(0, ...issues.map(({ path }) => path.length));
}

function codedOf(issue: Issue, root: unknown, path: ProblemPath): Coded {
  switch (issue.code) {
    case 'invalid_type': {
      const values = { type: issue.expected };
      return valueAt(root, path) === undefined ? { code: 'missing', values } : { code: 'other-type', values };
    }
    case 'invalid_value':
      return { code: 'not-one-of', values: { allowed: issue.values.map(String) } };
    case 'unrecognized_keys':
      return { code: 'unknown-keys', values: { keys: issue.keys } };
    case 'invalid_key':
      return { code: 'key-refused', values: { problems: innerOf(issue.issues) } };
    case 'invalid_union':
      return { code: 'no-form-fits', values: { problems: innerOf(issue.errors.flat()) } };
    case 'too_small':
      return {
        code: 'too-small',
        values: { least: Number(issue.minimum), of: countedIn(issue.origin), isIncluded: issue.inclusive !== false },
      };
    case 'too_big':
      return {
        code: 'too-big',
        values: { most: Number(issue.maximum), of: countedIn(issue.origin), isIncluded: issue.inclusive !== false },
      };
    case 'invalid_format':
      return issue.format === 'date' ? { code: 'no-date', values: {} } : inWords(issue);
    case 'custom':
      return (issue.params?.problem as Coded | undefined) ?? inWords(issue);
    default:
      return inWords(issue);
  }
}

/** What has no code of its own: a schema of the files or settings that nothing but its words is read of. */
function inWords({ message }: Issue): Coded {
  return { code: 'not-valid', values: { words: message } };
}

function innerOf(issues: readonly Issue[]): Coded[] {
  return issues.flatMap((issue) => problemsOf(issue, [], undefined)).map(({ path: _, ...problem }) => problem as Coded);
}

function countedIn(origin: string): 'number' | 'text' | 'list' {
  if (origin === 'string') return 'text';
  return origin === 'array' || origin === 'set' ? 'list' : 'number';
}

/** What stands at a place; undefined when nothing does. */
export function valueAt(value: unknown, path: ProblemPath): unknown {
  let at = value;
  for (const step of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return undefined;
    at = (at as Record<string | number, unknown>)[step];
  }
  return at;
}
