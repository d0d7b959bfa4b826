import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { differencesOf } from '../../model/difference.ts';
import { EMPTY_DOCUMENT } from '../../model/empty-document.ts';
import type { ThresholdRevision } from '../../model/threshold-records.ts';
import type { revisionSchema } from '../../wire/thresholds.ts';
import { principalOf } from '../auth.ts';
import type { ApiDeps } from '../deps.ts';
import { knownPoint } from '../point-view.ts';
import { errorAt, ProblemError } from '../problems.ts';
import { decodeCursor, encodeCursor } from '../query.ts';
import { reasonOf } from '../reason.ts';
import { route } from '../route.ts';
import { createThresholdDocuments, matches, scheduledView, tag } from '../threshold-document.ts';

/** A point's threshold document and its revisions. */
export function thresholdRoutes(deps: ApiDeps): FastifyPluginAsyncZod {
  const { thresholds } = deps;
  const { present, known, put, schedule } = createThresholdDocuments(deps);

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
        const condition = request.headers['if-none-match'];
        if (condition !== undefined && matches(condition, revision)) return reply.code(304).send(undefined);
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

function revisionView({ atMs, untilMs, ...revision }: ThresholdRevision): z.infer<typeof revisionSchema> {
  return { ...revision, at: atMs, until: untilMs };
}
