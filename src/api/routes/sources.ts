import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Source } from '../../wire/calls/sources.ts';
import { principalOf } from '../auth.ts';
import type { ApiDeps, ShownSource, SourceRefusal } from '../deps.ts';
import { fieldError, ProblemError } from '../problems.ts';
import { decodeCursor, encodeCursor } from '../query.ts';
import { route } from '../route.ts';
import { sourceStanding } from '../source-view.ts';

/** Where messages come from beside MQTT to this server: set up, tried, changed and taken out while it runs. */
export function sourceRoutes({ sourceSetups }: ApiDeps): FastifyPluginAsyncZod {
  function shown(name: string): Source {
    const found = sourceSetups.list().find((one) => one.name === name && one.record !== null);
    if (found === undefined) throw new ProblemError('unknown-source', { detail: name });
    return sourceView(found);
  }

  return async (app) => {
    route(
      app,
      'GET /sources',
      {
        access: 'engineer',
        tags: ['system'],
        summary: 'Feeds, pushes and listeners: those of the configuration, and those that were set up here',
        description:
          'No secret is given. How those that are in use fare is in `GET /system` too, which everybody may read.',
      },
      async () => ({ items: sourceSetups.list().map(sourceView) }),
    );

    route(
      app,
      'PUT /sources/{name}',
      {
        access: 'engineer',
        tags: ['system'],
        summary: 'Set up a source, or change it; in force when it is answered, without a restart',
        description:
          'A feed connects to another broker as its client, a push takes what a platform posts to `/push/{name}`, a listener ' +
          'opens a port for a line protocol. The secret is sealed, and is in no revision and no answer; one that is left out ' +
          'stays only while the source is led to the same place. 422 with every error, also where the port cannot be had; 412 ' +
          'when it has been changed meanwhile. What the configuration of the server names is changed there.',
      },
      async (request) => {
        const { name } = request.params;
        const { revision, reason = null, settings, secret } = request.body;
        const author = principalOf(request).name;
        const outcome = await sourceSetups.put({ name, settings, secret, expectedRevision: revision, author, reason });
        if (!outcome.ok) throw refused(outcome);
        return shown(name);
      },
    );

    route(
      app,
      'DELETE /sources/{name}',
      {
        access: 'engineer',
        tags: ['system'],
        summary: 'Take a source out; its connections end at once',
        description: 'Its revisions stay. A feed that is connected tells its broker that nothing is wanted any more.',
      },
      async (request, reply) => {
        const { name } = request.params;
        const { revision, reason = null } = request.query;
        const author = principalOf(request).name;
        const outcome = await sourceSetups.remove({ name, expectedRevision: revision, author, reason });
        if (!outcome.ok && outcome.error === 'unknown') throw new ProblemError('unknown-source', { detail: name });
        if (!outcome.ok) throw refused(outcome);
        return reply.code(204).send();
      },
    );

    route(
      app,
      'POST /sources/{name}/test',
      {
        access: 'engineer',
        tags: ['system'],
        summary: 'Try settings of a source, and change nothing',
        description:
          'A feed is connected to as a client of its own for some seconds, and nothing of what comes is taken in; a port is ' +
          'opened and closed. Of a push there is nothing to try: its platform speaks first.',
      },
      async (request) => {
        const { settings, secret } = request.body;
        const outcome = await sourceSetups.test({ name: request.params.name, settings, secret });
        if (outcome.ok) return outcome.test;
        if (outcome.error === 'too-many') throw new ProblemError('busy');
        throw refused(outcome);
      },
    );

    route(
      app,
      'GET /sources/{name}/revisions',
      { access: 'engineer', tags: ['system'], summary: 'How a source was set up before, newest first' },
      async (request) => {
        const { limit, cursor } = request.query;
        const found = sourceSetups.revisions(request.params.name, limit + 1, decodeCursor(z.number(), cursor));
        const items = found
          .slice(0, limit)
          .map(({ revision, settings, author, atMs, reason }) => ({ revision, settings, author, at: atMs, reason }));
        const last = items.at(-1);
        return { items, next: found.length > limit && last !== undefined ? encodeCursor(last.revision) : null };
      },
    );
  };
}

function refused(refusal: SourceRefusal): ProblemError {
  if (refusal.error === 'lost-race') {
    return new ProblemError('source-lost-race', { members: { revision: refusal.revision } });
  }
  return new ProblemError('source-invalid', { errors: refusal.problems.map(fieldError) });
}

function sourceView({ name, settings, record, isShadowed, hasSecret, isSecretLost, state }: ShownSource): Source {
  return {
    name,
    origin: record === null ? 'configuration' : 'console',
    settings,
    revision: record?.revision ?? null,
    author: record?.author ?? null,
    at: record?.atMs ?? null,
    reason: record?.reason ?? null,
    ...{ hasSecret, isSecretLost, isShadowed },
    standing: state === null ? null : sourceStanding(state),
  };
}
