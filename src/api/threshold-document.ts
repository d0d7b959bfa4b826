import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { ThresholdDocument } from '../model/threshold.ts';
import type { ThresholdFailure } from '../model/threshold-change.ts';
import type { ScheduledChange, ThresholdRevision } from '../model/threshold-records.ts';
import type { scheduledSchema } from '../wire/thresholds.ts';
import { principalOf } from './auth.ts';
import type { ApiDeps } from './deps.ts';
import { knownPoint } from './point-view.ts';
import { fieldError, ProblemError } from './problems.ts';
import { proposalPath, proposalView } from './proposal-view.ts';
import { documentWarnings, reasonRequired } from './threshold-changes.ts';

/** A point's threshold document as the API reads and puts it: its ETag is the revision. */

export interface Wish {
  readonly document: ThresholdDocument;
  readonly reason: string | null;
  readonly untilMs?: number | undefined;
}

export interface ThresholdDocuments {
  /** What is in force. Throws the problem when there is no such point. */
  present(point: string): ThresholdRevision;
  /** Throws the problem when there is no such revision. */
  known(point: string, revision: number): ThresholdRevision;
  /** Puts a document in force for the revision that If-Match names. Throws the problem when it cannot be. */
  put(request: FastifyRequest, reply: FastifyReply, change: Wish): Promise<FastifyReply>;
  /** Keeps a document for a time ahead. Throws the problem when it cannot be. */
  schedule(request: FastifyRequest, reply: FastifyReply, change: Wish & { readonly fromMs: number }): FastifyReply;
}

export function createThresholdDocuments(deps: ApiDeps): ThresholdDocuments {
  const { thresholds } = deps;

  function present(point: string): ThresholdRevision {
    knownPoint(deps, point);
    const revision = thresholds.get(point);
    if (revision === undefined) throw new ProblemError('unknown-point', { detail: point });
    return revision;
  }

  /** The point's revision, if If-Match names it. Throws the problem when it does not. */
  function matching(request: FastifyRequest, reply: FastifyReply, point: string): number {
    const { revision } = present(point);
    const condition = request.headers['if-match'];
    if (condition === undefined) throw new ProblemError('if-match-required', { members: { revision } });
    if (!matches(condition, revision)) {
      tag(reply, revision);
      throw new ProblemError('revision-lost-race', { members: { revision } });
    }
    return revision;
  }

  function schedule(
    request: FastifyRequest,
    reply: FastifyReply,
    change: Wish & { readonly fromMs: number },
  ): FastifyReply {
    const point = (request.params as { id: string }).id;
    const expectedRevision = matching(request, reply, point);
    const outcome = thresholds.schedule({ point, expectedRevision, author: principalOf(request).name, ...change });
    if (outcome.ok) {
      tag(reply, expectedRevision);
      return reply.code(202).send({ scheduled: scheduledView(outcome.scheduled) });
    }
    if (outcome.error === 'needs-approval') throw new ProblemError('schedule-needs-approval');
    throw thresholdProblem(point, outcome);
  }

  async function put(request: FastifyRequest, reply: FastifyReply, change: Wish): Promise<FastifyReply> {
    const point = (request.params as { id: string }).id;
    const revision = matching(request, reply, point);
    const author = principalOf(request).name;
    const outcome = await thresholds.put({ point, expectedRevision: revision, author, ...change });
    if (outcome.ok) {
      tag(reply, outcome.revision.revision);
      // A header has little room; what the values are stands in the message too.
      const warnings = documentWarnings(outcome.revision.document, deps.registry.point(point)).map(
        ({ path, message, code }) => ({
          path,
          message,
          code,
        }),
      );
      if (warnings.length > 0) reply.header('x-brink-warnings', asciiJson(warnings));
      return reply.code(200).send(outcome.revision.document);
    }
    if (outcome.error === 'proposed') {
      tag(reply, revision);
      const { proposal } = outcome;
      return reply
        .code(202)
        .header('location', proposalPath(proposal.id))
        .send({ proposal: proposalView(deps, proposal) });
    }
    if (outcome.error === 'reason-required') throw reasonRequired();
    if (outcome.error === 'lost-race') tag(reply, outcome.revision);
    throw thresholdProblem(point, outcome);
  }

  function known(point: string, revision: number): ThresholdRevision {
    knownPoint(deps, point);
    const found = thresholds.revision(point, revision);
    if (found === undefined)
      throw new ProblemError('unknown-revision', { detail: `${point} has no revision ${revision}` });
    return found;
  }

  return { present, known, put, schedule };
}

export function scheduledView({ atMs, fromMs, untilMs, ...change }: ScheduledChange): z.infer<typeof scheduledSchema> {
  return { ...change, at: atMs, from: fromMs, until: untilMs };
}

/** Why a document could not be put in force, as a problem. */
function thresholdProblem(point: string, failure: ThresholdFailure): ProblemError {
  switch (failure.error) {
    case 'unknown-point':
      return new ProblemError('unknown-point', { detail: point });
    case 'lost-race':
      return new ProblemError('revision-lost-race', { members: { revision: failure.revision } });
    case 'invalid':
      return new ProblemError('threshold-invalid', {
        errors: failure.problems.map(fieldError),
      });
  }
}

/** Headers hold ASCII; the ids of rules may be Chinese. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^ -~]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

export function tag(reply: FastifyReply, revision: number): void {
  reply.header('etag', `"${revision}"`).header('cache-control', 'no-cache');
}

/**
 * Whether an If-Match or If-None-Match header names the revision. A weak tag counts as the strong one: our tag is a
 * number that two documents never share, and a proxy that compresses answers makes tags weak on the way.
 * Throws the problem `bad-if-match` for a header that can't be read.
 */
export function matches(header: string, revision: number): boolean {
  if (header.trim() === '*') return true;
  const tags = header.split(',').map((text) => /^(?:W\/)?"([^"]*)"$/.exec(text.trim())?.[1]);
  if (tags.includes(undefined)) {
    throw new ProblemError('bad-if-match', { detail: 'expected an ETag in quotes such as "3", a list of them, or *' });
  }
  return tags.includes(String(revision));
}
