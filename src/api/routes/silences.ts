import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { durationMs } from '../../model/duration.ts';
import type { KeptSilence } from '../../model/notify/silence.ts';
import { principalOf } from '../auth.ts';
import type { ApiDeps } from '../deps.ts';
import { errorAt, ProblemError } from '../problems.ts';
import { decodeCursor, encodeCursor } from '../query.ts';
import { route } from '../route.ts';

const shown = ({ fromMs, untilMs, endedMs, ...silence }: KeptSilence) => ({
  ...silence,
  from: fromMs,
  to: untilMs,
  endedAt: endedMs,
});

/** What nobody is told of for a while. */
export function silenceRoutes({ silences, nowMs }: ApiDeps): FastifyPluginAsyncZod {
  return async (app) => {
    route(
      app,
      'GET /notify/silences',
      { access: 'viewer', tags: ['notify'], summary: 'What nobody is told of for a while' },
      async (request) => {
        const { state, limit, cursor } = request.query;
        const after = decodeCursor(z.number().int().min(0), cursor) ?? 0;
        const all = silences.list(state === 'all');
        const next = all.length > after + limit ? encodeCursor(after + limit) : null;
        return { items: all.slice(after, after + limit).map(shown), next };
      },
    );

    route(
      app,
      'POST /notify/silences',
      {
        access: 'operator',
        tags: ['notify'],
        summary: 'Have nobody told of some alerts for a while',
        description:
          'Red is taken only when `levels` names it. What is still open when it ends is told then; that something is over ' +
          'is told at once to those who were told of it.',
      },
      async (request, reply) => {
        const { match, from, to, for: time, reason } = request.body;
        const fromMs = from ?? nowMs();
        const untilMs = to ?? fromMs + (time === undefined ? 0 : durationMs(time));
        if (untilMs <= Math.max(fromMs, nowMs())) {
          const errors = [errorAt('/to', { code: 'ends-before-it-begins', values: {} })];
          throw new ProblemError('validation-failed', { errors });
        }
        const made = await silences.make({ match, fromMs, untilMs, by: principalOf(request).name, reason });
        return reply.code(201).send(shown(made));
      },
    );

    route(
      app,
      'DELETE /notify/silences/{id}',
      { access: 'operator', tags: ['notify'], summary: 'End a silence; what is still open is told now' },
      async (request) => {
        const ended = await silences.end(request.params.id, principalOf(request).name);
        if (ended === undefined) throw new ProblemError('unknown-silence', { detail: request.params.id });
        return shown(ended);
      },
    );
  };
}
