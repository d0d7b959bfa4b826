import type { z } from 'zod';
import { differencesOf } from '../model/difference.ts';
import { hardlyMeant } from '../model/hardly-meant.ts';
import type { MeasuredPoint } from '../model/implausible.ts';
import type { FieldProblem } from '../model/problem.ts';
import type { ThresholdDocument } from '../model/threshold.ts';
import type { ThresholdFailure } from '../model/threshold-change.ts';
import type { Proposal } from '../model/threshold-records.ts';
import type { changedPointSchema } from '../wire/thresholds.ts';
import type { ApiDeps } from './deps.ts';
import { errorAt, type FieldError, fieldError, ProblemError } from './problems.ts';

/** A document that somebody wants to put in force at a point, together with others. */
export interface WantedDocument {
  readonly point: string;
  /** What the change was made from; undefined: whatever is in force. */
  readonly revision: number | undefined;
  readonly document: ThresholdDocument;
  /** Where the wish stands in the body, as a JSON pointer. */
  readonly place: string;
}

export interface ChangedPoint extends Omit<z.infer<typeof changedPointSchema>, 'problems' | 'warnings'> {
  readonly problems: FieldError[];
  readonly warnings?: FieldError[];
}

/** What the wishes would do, point by point, with what is wrong with them. */
export function describeChanges(deps: ApiDeps, wanted: readonly WantedDocument[]): ChangedPoint[] {
  return wanted.map(({ point, revision: expected, document }) => {
    const present = deps.thresholds.get(point);
    if (deps.registry.point(point) === undefined || present === undefined) {
      const problems = [errorAt('', { code: 'unknown-point', values: { point } })];
      return { point, revision: 0, changes: [], problems, weakens: [] };
    }
    const problems: FieldError[] = deps.thresholds.problems(point, document).map(fieldError);
    if (expected !== undefined && expected !== present.revision) {
      const values = { revision: present.revision, since: expected };
      problems.push(errorAt('', { code: 'revision-made-since', values }));
    }
    const weakens = [...deps.thresholds.weakenings(point, document)];
    const warnings = documentWarnings(document, deps.registry.point(point));
    return {
      point,
      revision: present.revision,
      changes: differencesOf(present.document, document),
      problems,
      weakens,
      ...(warnings.length === 0 ? {} : { warnings }),
    };
  });
}

/** What became of a change of many points: it is in force, or it waits for a second person and nothing has changed. */
export interface Changed {
  readonly items: ChangedPoint[];
  readonly proposal: Proposal | undefined;
}

/** Whether a second person would have to approve changes. */
export function needsApproval(deps: ApiDeps, items: readonly ChangedPoint[]): boolean {
  return deps.proposals.required && items.some(({ weakens }) => weakens.length > 0);
}

/**
 * Puts all documents in force in one transaction, or none. Gives what changed; points that stay as they are get no
 * revision. Where a second person must approve, all of them together become a proposal. Throws the problem with every
 * reason when something cannot be.
 */
export async function applyChanges(
  deps: ApiDeps,
  wanted: readonly WantedDocument[],
  author: string,
  reason: string,
): Promise<Changed> {
  const described = describeChanges(deps, wanted);
  const asked = wanted.flatMap((wish, index) => {
    const { revision, changes, problems } = described[index] as ChangedPoint;
    return changes.length === 0 && problems.length === 0 ? [] : [{ ...wish, now: revision }];
  });
  const outcome = await deps.thresholds.putAll(
    asked.map(({ point, document, revision, now }) => ({
      point,
      document,
      expectedRevision: revision ?? now,
      author,
      reason,
    })),
  );
  if (!outcome.ok) {
    if (outcome.error === 'proposed') return { items: described, proposal: outcome.proposal };
    throw outcome.error === 'reason-required' ? reasonRequired() : refusal(outcome.failures, wanted);
  }
  const made = new Map(outcome.revisions.map(({ point, revision }) => [point, revision]));
  const items = described.map((one) => ({ ...one, revision: made.get(one.point) ?? one.revision }));
  return { items, proposal: undefined };
}

/** A second person must know why. */
export function reasonRequired(): ProblemError {
  const errors = [errorAt('reason', { code: 'reason-needed-for-approval', values: {} })];
  return new ProblemError('validation-failed', { errors });
}

/** What of a document is hardly meant and keeps nobody from putting it in force. */
export function documentWarnings(document: ThresholdDocument, point: MeasuredPoint | undefined): FieldError[] {
  return hardlyMeant(document, point).map(fieldError);
}

/** Why documents could not be put in force, each with its place in what was asked for. */
export function refusal(
  failures: readonly (ThresholdFailure & { readonly point: string })[],
  wanted: readonly Pick<WantedDocument, 'point' | 'place'>[],
): ProblemError {
  const errors = failures.flatMap((failure): FieldError[] => {
    const { point } = failure;
    const path = wanted.find((one) => one.point === point)?.place ?? '';
    return problemsOf(failure).map((problem) => errorAt(path, { code: 'of-point', values: { point, problem } }));
  });
  const isRace = failures.every(({ error }) => error === 'lost-race');
  return new ProblemError(isRace ? 'revision-lost-race' : 'threshold-invalid', { errors });
}

/** Why the document of a point could not be put in force. */
export function problemsOf(failure: ThresholdFailure & { readonly point: string }): readonly FieldProblem[] {
  switch (failure.error) {
    case 'unknown-point':
      return [{ path: [], code: 'unknown-point', values: { point: failure.point } }];
    case 'lost-race':
      return [{ path: [], code: 'revision-made-since', values: { revision: failure.revision, since: null } }];
    case 'invalid':
      return failure.problems;
  }
}

/** Throws the problem `validation-failed` when a point is named twice. */
export function refuseRepeated(wanted: readonly Pick<WantedDocument, 'point' | 'place'>[]): void {
  const seen = new Set<string>();
  const errors = wanted.flatMap(({ point, place }) => {
    if (!seen.has(point)) {
      seen.add(point);
      return [];
    }
    return [errorAt(place, { code: 'point-repeated', values: { point } })];
  });
  if (errors.length > 0) throw new ProblemError('validation-failed', { errors });
}
