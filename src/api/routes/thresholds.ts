import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { differencesOf } from '../../model/difference.ts';
import { EMPTY_DOCUMENT } from '../../model/empty-document.ts';
import type { ThresholdDocument } from '../../model/threshold.ts';
import type { revisionSchema, scheduledSchema } from '../../wire/thresholds.ts';
import { principalOf } from '../auth.ts';
import type { ApiDeps, ScheduledChangeView, ThresholdFailure, ThresholdRevisionView } from '../deps.ts';
import { knownPoint } from '../point-view.ts';
import { errorAt, fieldError, ProblemError } from '../problems.ts';
import { proposalPath, proposalView } from '../proposal-view.ts';
import { decodeCursor, encodeCursor } from '../query.ts';
import { reasonOf } from '../reason.ts';
import { route } from '../route.ts';
import { documentWarnings, reasonRequired } from '../threshold-changes.ts';

/** A point's threshold document and its revisions. */
export function thresholdRoutes(deps: ApiDeps): FastifyPluginAsyncZod {
  const { thresholds } = deps;

  function present(point: string): ThresholdRevisionView {
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

  interface Wish {
    readonly document: ThresholdDocument;
    readonly reason: string | null;
    readonly untilMs?: number | undefined;
  }

  /** Keeps a document for a time ahead. Throws the problem when it cannot be. */
  function schedule(request: FastifyRequest, reply: FastifyReply, change: Wish & { readonly fromMs: number }) {
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

  /** Puts a document in force for the revision that If-Match names. Throws the problem when it cannot be. */
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

  function known(point: string, revision: number): ThresholdRevisionView {
    knownPoint(deps, point);
    const found = thresholds.revision(point, revision);
    if (found === undefined)
      throw new ProblemError('unknown-revision', { detail: `${point} has no revision ${revision}` });
    return found;
  }

  return async (app) => {
    route(
      app,
      'GET /points/{id}/thresholds',
      {
        access: 'viewer',
        tags: ['thresholds'],
        summary: 'The threshold document in force',
        description:
          'The ETag is the revision: `"3"`. A point that never had a document has revision 0. While the values are ' +
          'temporary, `X-Brink-Until` says until when, ms since 1970.',
      },
      async (request, reply) => {
        const { revision, document, untilMs } = present(request.params.id);
        tag(reply, revision);
        if (untilMs !== null) reply.header('x-brink-until', untilMs);
        const known = request.headers['if-none-match'];
        if (known !== undefined && matches(known, revision)) return reply.code(304).send(undefined);
        return document;
      },
    );

    route(
      app,
      'PUT /points/{id}/thresholds',
      {
        access: 'engineer',
        tags: ['thresholds'],
        summary: 'Put another threshold document in force',
        description:
          'Answers once the new values are in force. `If-Match` must hold the ETag the change was made from: 412 ' +
          'when somebody else was faster (the answer names the present revision), 428 without it. `*` replaces ' +
          'whatever is there. With `until` the values are temporary: at that time the former document comes back by ' +
          'itself, as a revision of its own by `system`, unless the values were changed again before. Where the site ' +
          'wants a second person to approve what makes an orange or red level harder to reach, such a change is ' +
          'answered with 202 and its proposal, the ETag stays, and a reason is required. With `from` the change waits ' +
          'for its time (202), in place of one of this point that waits already; if the thresholds have been changed ' +
          'by then it does not come into force, and `…/thresholds/scheduled` says so. What is hardly meant, such as a ' +
          'red level that is easier to reach than yellow, is put in force and told in `X-Brink-Warnings`: a JSON list ' +
          'of `{path, message, code}`.',
      },
      async (request, reply) => {
        const { from, until } = request.query;
        mustLieAhead('from', from, deps.nowMs());
        mustLieAhead('until', until, from ?? deps.nowMs());
        const wish = { document: request.body, reason: reasonOf(request), untilMs: until };
        return from === undefined ? put(request, reply, wish) : schedule(request, reply, { ...wish, fromMs: from });
      },
    );

    route(
      app,
      'GET /points/{id}/thresholds/scheduled',
      {
        access: 'viewer',
        tags: ['thresholds'],
        summary: 'The change that waits for its time, or could not come into force at it',
      },
      async (request) => {
        knownPoint(deps, request.params.id);
        const found = thresholds.scheduled(request.params.id);
        return { scheduled: found === undefined ? null : scheduledView(found) };
      },
    );

    route(
      app,
      'DELETE /points/{id}/thresholds/scheduled',
      { access: 'engineer', tags: ['thresholds'], summary: 'Call off the change that waits for its time' },
      async (request, reply) => {
        const { id } = request.params;
        knownPoint(deps, id);
        if (!thresholds.unschedule(id, principalOf(request).name)) throw new ProblemError('nothing-scheduled');
        return reply.code(204).send();
      },
    );

    route(
      app,
      'GET /points/{id}/thresholds/revisions',
      { access: 'viewer', tags: ['thresholds'], summary: 'Every revision of the document, newest first' },
      async (request) => {
        knownPoint(deps, request.params.id);
        const { limit, cursor } = request.query;
        const found = thresholds.revisions(request.params.id, limit + 1, decodeCursor(z.number(), cursor));
        const items = found.slice(0, limit).map(revisionView);
        const last = items.at(-1);
        return { items, next: found.length > limit && last !== undefined ? encodeCursor(last.revision) : null };
      },
    );

    route(
      app,
      'GET /points/{id}/thresholds/revisions/{revision}',
      { access: 'viewer', tags: ['thresholds'], summary: 'One revision of the document, and what it changed' },
      async (request) => {
        const { id, revision } = request.params;
        const found = known(id, revision);
        const before = thresholds.revision(id, revision - 1)?.document ?? EMPTY_DOCUMENT;
        return { ...revisionView(found), changes: differencesOf(before, found.document) };
      },
    );

    route(
      app,
      'GET /points/{id}/thresholds/difference',
      {
        access: 'viewer',
        tags: ['thresholds'],
        summary: 'What lies between two revisions of the document',
        description: 'Revision 0 is the empty document that every point begins with.',
      },
      async (request) => {
        const { id } = request.params;
        const { from, to = present(id).revision } = request.query;
        const documentOf = (revision: number) => (revision === 0 ? EMPTY_DOCUMENT : known(id, revision).document);
        return { from, to, changes: differencesOf(documentOf(from), documentOf(to)) };
      },
    );

    route(
      app,
      'POST /points/{id}/thresholds/revisions/{revision}/restore',
      {
        access: 'engineer',
        tags: ['thresholds'],
        summary: 'Put the document of an earlier revision in force again, as a new revision',
        description: 'As PUT: `If-Match` must hold the ETag of what it replaces. A reason is required.',
      },
      async (request, reply) => {
        const { id, revision } = request.params;
        return put(request, reply, { document: known(id, revision).document, reason: request.body.reason });
      },
    );
  };
}

function mustLieAhead(path: string, atMs: number | undefined, ofMs: number): void {
  if (atMs === undefined || atMs > ofMs) return;
  throw new ProblemError('validation-failed', { errors: [errorAt(path, { code: 'must-lie-ahead', values: {} })] });
}

function scheduledView({ atMs, fromMs, untilMs, ...change }: ScheduledChangeView): z.infer<typeof scheduledSchema> {
  return { ...change, at: atMs, from: fromMs, until: untilMs };
}

function revisionView({ atMs, untilMs, ...revision }: ThresholdRevisionView): z.infer<typeof revisionSchema> {
  return { ...revision, at: atMs, until: untilMs };
}

/** Why a document could not be put in force, as a problem. */
export function thresholdProblem(point: string, failure: ThresholdFailure): ProblemError {
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

function tag(reply: FastifyReply, revision: number): void {
  reply.header('etag', `"${revision}"`).header('cache-control', 'no-cache');
}

/**
 * Whether an If-Match or If-None-Match header names the revision. A weak tag counts as the strong one: our tag is a
 * number that two documents never share, and a proxy that compresses answers makes tags weak on the way.
 * Throws the problem `bad-if-match` for a header that can't be read.
 */
function matches(header: string, revision: number): boolean {
  if (header.trim() === '*') return true;
  const tags = header.split(',').map((text) => /^(?:W\/)?"([^"]*)"$/.exec(text.trim())?.[1]);
  if (tags.includes(undefined)) {
    throw new ProblemError('bad-if-match', { detail: 'expected an ETag in quotes such as "3", a list of them, or *' });
  }
  return tags.includes(String(revision));
}
