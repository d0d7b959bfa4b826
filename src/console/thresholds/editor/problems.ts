import type { z } from 'zod';
import { ruleInconsistencies } from '../../../model/consistency.ts';
import type { FieldProblem } from '../../../model/problem.ts';
import { problemText } from '../../../model/problem-words.ts';
import { type ThresholdDocument, thresholdDocumentSchema } from '../../../model/threshold.ts';
import { MISSING, type Problem } from '../problem-words.ts';
import { getAt, pathOf, pointerOf } from './draft.ts';

export type Checked =
  | { readonly ok: true; readonly document: ThresholdDocument }
  | { readonly ok: false; readonly problems: readonly Problem[] };

type Issue = z.core.$ZodIssue;

/** The server's own schema and its consistency checks, here while one types. */
export function check(
  draft: unknown,
  metrics: readonly string[],
  points: { has(point: string): boolean } | undefined,
): Checked {
  const parsed = thresholdDocumentSchema.safeParse(draft);
  if (!parsed.success) {
    const problems = parsed.error.issues.flatMap((issue) => problemsOfIssue(issue, [], draft));
    return { ok: false, problems: distinct(problems) };
  }
  const found = ruleInconsistencies(metrics, points, parsed.data.rules);
  if (found.length === 0) return { ok: true, document: parsed.data };
  return { ok: false, problems: found.map(problemOf) };
}

/** A problem that the model has found, as the server would tell it. */
export function problemOf({ path, ...problem }: FieldProblem): Problem {
  return { path: pointerOf(path), message: problemText(problem, 'en'), ...problem, values: { ...problem.values } };
}

function problemsOfIssue(issue: Issue, outer: readonly PropertyKey[], draft: unknown): Problem[] {
  const path = [...outer, ...issue.path];
  const place = path.map((step) => (typeof step === 'number' ? step : String(step)));
  const value = getAt(draft, place);
  if (issue.code === 'invalid_union') {
    // The alternative that got furthest is the one that was meant: an object for one that says false or an object.
    const inner = issue.errors.reduce<readonly Issue[]>((best, one) => (depth(one) > depth(best) ? one : best), []);
    if (inner.length > 0 && value !== null && value !== undefined) {
      return inner.flatMap((one) => problemsOfIssue(one, path, draft));
    }
  }
  if (issue.code === 'invalid_key') {
    return issue.issues.map(({ message }) => ({ path: pointerOf(place), message }));
  }
  const isMissing = (value === null || value === undefined || value === '') && issue.code !== 'custom';
  return [{ path: pointerOf(place), message: isMissing ? MISSING : issue.message }];
}

function depth(issues: readonly Issue[]): number {
  return Math.max(0, ...issues.map(({ path }) => path.length + 1));
}

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
    const steps = pathOf(path);
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
