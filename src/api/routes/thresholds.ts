import type { FastifyReply } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { thresholdDocumentSchema } from '../../model/threshold.ts';
import { principalOf } from '../auth.ts';
import type { ApiDeps, ThresholdRevisionView } from '../deps.ts';
import { ProblemError } from '../problems.ts';
import { decodeCursor, encodeCursor, listOf, pageQuery } from '../query.ts';
import { revisionSchema } from '../schemas.ts';
import { problemPlace } from '../threshold-problems.ts';
import { knownPoint } from './points.ts';

/** A point's threshold document and its revisions. */
export function thresholdRoutes(deps: ApiDeps): FastifyPluginAsyncZod {
  const { thresholds } = deps;

  function present(point: string): ThresholdRevisionView {
    knownPoint(deps, point);
    const revision = thresholds.get(point);
    if (revision === undefined) throw new ProblemError('unknown-point', { detail: point });
    return revision;
  }

  return async (app) => {
    app.get(
      '/points/:id/thresholds',
      {
        config: { access: 'viewer' },
        schema: {
          tags: ['thresholds'],
          summary: 'The threshold document in force',
          description: 'The ETag is the revision: `"3"`. A point that never had a document has revision 0.',
          params: z.object({ id: z.string() }),
          headers: z.looseObject({ 'if-none-match': z.string().optional() }),
          response: { 200: thresholdDocumentSchema, 304: z.undefined().meta({ description: 'Not changed' }) },
        },
      },
      async (request, reply) => {
        const { revision, document } = present(request.params.id);
        tag(reply, revision);
        const known = request.headers['if-none-match'];
        if (known !== undefined && matches(known, revision)) return reply.code(304).send();
        return document;
      },
    );

    app.put(
      '/points/:id/thresholds',
      {
        config: { access: 'engineer' },
        schema: {
          tags: ['thresholds'],
          summary: 'Put another threshold document in force',
          description:
            'Answers once the new values are in force. `If-Match` must hold the ETag the change was made from: 412 ' +
            'when somebody else was faster (the answer names the present revision), 428 without it. `*` replaces ' +
            'whatever is there.',
          params: z.object({ id: z.string() }),
          querystring: z
            .object({ reason: z.string().max(2_048).optional().meta({ description: 'Why, for the record' }) })
            .strict(),
          headers: z.looseObject({
            'if-match': z
              .string()
              .optional()
              .meta({ description: 'The ETag, or *', examples: ['"3"'] }),
          }),
          body: thresholdDocumentSchema,
          response: { 200: thresholdDocumentSchema },
        },
      },
      async (request, reply) => {
        const point = request.params.id;
        const { revision } = present(point);
        const condition = request.headers['if-match'];
        if (condition === undefined) throw new ProblemError('if-match-required', { members: { revision } });
        if (!matches(condition, revision)) {
          tag(reply, revision);
          throw new ProblemError('revision-lost-race', { members: { revision } });
        }
        const outcome = await thresholds.put({
          point,
          expectedRevision: revision,
          document: request.body,
          author: principalOf(request).name,
          reason: request.query.reason ?? null,
        });
        if (outcome.ok) {
          tag(reply, outcome.revision.revision);
          return outcome.revision.document;
        }
        switch (outcome.error) {
          case 'unknown-point':
            throw new ProblemError('unknown-point', { detail: point });
          case 'lost-race':
            tag(reply, outcome.revision);
            throw new ProblemError('revision-lost-race', { members: { revision: outcome.revision } });
          case 'invalid':
            throw new ProblemError('threshold-invalid', {
              errors: outcome.problems.map((problem) => problemPlace(request.body, problem)),
            });
        }
      },
    );

    app.get(
      '/points/:id/thresholds/revisions',
      {
        config: { access: 'viewer' },
        schema: {
          tags: ['thresholds'],
          summary: 'Every revision of the document, newest first',
          params: z.object({ id: z.string() }),
          querystring: z.object(pageQuery(100, 1_000)).strict(),
          response: { 200: listOf(revisionSchema) },
        },
      },
      async (request) => {
        knownPoint(deps, request.params.id);
        const { limit, cursor } = request.query;
        const found = thresholds.revisions(request.params.id, limit + 1, decodeCursor(z.number(), cursor));
        const items = found.slice(0, limit).map(({ atMs, ...revision }) => ({ ...revision, at: atMs }));
        const last = items.at(-1);
        return { items, next: found.length > limit && last !== undefined ? encodeCursor(last.revision) : null };
      },
    );
  };
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
