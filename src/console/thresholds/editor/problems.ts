import type { z } from 'zod';
import { ruleInconsistencies } from '../../../model/consistency.ts';
import { type ThresholdDocument, thresholdDocumentSchema } from '../../../model/threshold.ts';
import { getAt, pathOf, pointerOf } from './draft.ts';

/** Something that keeps a draft from being put in force. */
export interface Problem {
  /** JSON pointer into the document. */
  readonly path: string;
  /** What is wrong, as the model or the server words it, in English. */
  readonly message: string;
}

export type Checked =
  | { readonly ok: true; readonly document: ThresholdDocument }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** What is still missing, in the words of the table of problem words. */
export const MISSING = 'is missing';

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
  const problems = found.map(({ path, found: what, expected }) => ({
    path: pointerOf(path),
    message: `${what} is not ${expected}`,
  }));
  return { ok: false, problems };
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
  const placed = errors.map(({ path, message }) => {
    const steps = pathOf(path);
    const key = steps.at(-1) ?? '';
    const rulePath = steps.slice(0, 2);
    const isInherited = steps.length > 3 && INHERITED.has(key) && getAt(draft, steps) === undefined;
    return { path: isInherited ? pointerOf([...rulePath, key]) : path, message };
  });
  return distinct(placed);
}

/** Problems by their place, for the fields. */
export function problemsByPlace(problems: readonly Problem[]): ReadonlyMap<string, readonly string[]> {
  const places = new Map<string, string[]>();
  for (const { path, message } of problems) places.set(path, [...(places.get(path) ?? []), message]);
  return places;
}
