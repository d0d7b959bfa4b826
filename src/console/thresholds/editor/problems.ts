import { ruleInconsistencies } from '../../../model/consistency.ts';
import { problemsOfIssues } from '../../../model/issue.ts';
import { pointerOf, stepsOf } from '../../../model/pointer.ts';
import type { FieldProblem } from '../../../model/problem.ts';
import { type ThresholdDocument, thresholdDocumentSchema } from '../../../model/threshold.ts';
import { type Problem, problemOf } from '../problem-words.ts';
import { getAt } from './draft.ts';

export type Checked =
  | { readonly ok: true; readonly document: ThresholdDocument }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** The server's own schema and its consistency checks, here while one types. */
export function check(
  draft: unknown,
  metrics: readonly string[],
  points: { has(point: string): boolean } | undefined,
): Checked {
  const parsed = thresholdDocumentSchema.safeParse(draft);
  if (!parsed.success) {
    const problems = problemsOfIssues(parsed.error.issues, draft).map((problem) => problemOf(filledIn(problem, draft)));
    return { ok: false, problems: distinct(problems) };
  }
  const found = ruleInconsistencies(metrics, points, parsed.data.rules);
  if (found.length === 0) return { ok: true, document: parsed.data };
  return { ok: false, problems: found.map(problemOf) };
}

/** A field that nobody has filled in yet lacks its value, whatever the schema says of an empty one. */
function filledIn(problem: FieldProblem, draft: unknown): FieldProblem {
  const { path, code } = problem;
  const value = getAt(draft, path.map(String));
  const isEmpty = value === null || value === undefined || value === '';
  return isEmpty && OF_VALUES.has(code) ? { path, code: 'missing', values: { type: '' } } : problem;
}

/** What is said of a value by itself. */
const OF_VALUES: ReadonlySet<FieldProblem['code']> = new Set([
  'missing',
  'other-type',
  'not-one-of',
  'no-form-fits',
  'too-small',
]);

function distinct(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((problem) => [`${problem.path} ${problem.message}`, problem])).values()];
}

/** Keys a level has from its rule unless it has its own. */
const INHERITED = new Set(['for', 'deadband', 'recover', 'recoverFor']);

/**
 * Where the page shows a problem of the server's. Evaluation speaks of the level that cannot work; where the figure in
 * question stands at the rule, that is where it must be mended.
 */
export function placedProblems(errors: readonly Problem[], draft: unknown): Problem[] {
  const placed = errors.map(({ path, ...problem }) => {
    const steps = stepsOf(path);
    const key = steps.at(-1) ?? '';
    const rulePath = steps.slice(0, 2);
    const isInherited = steps.length > 3 && INHERITED.has(key) && getAt(draft, steps) === undefined;
    return { path: isInherited ? pointerOf([...rulePath, key]) : path, ...problem };
  });
  return distinct(placed);
}

/** Problems by their place, for the fields. */
export function problemsByPlace(problems: readonly Problem[]): ReadonlyMap<string, readonly Problem[]> {
  const places = new Map<string, Problem[]>();
  for (const problem of problems) places.set(problem.path, [...(places.get(problem.path) ?? []), problem]);
  return places;
}
