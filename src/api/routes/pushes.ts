import type { Duplex } from 'node:stream';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { Clock } from '../../lib/clock.ts';
import type { IngestOutcome } from '../../model/http-ingest.ts';
import type { ApiDeps } from '../deps.ts';
import { ingestedOf, STALLED_AFTER_MS, takeAnyBody } from '../device-bodies.ts';
import { ProblemError } from '../problems.ts';
import { bodyOf } from '../request-body.ts';
import { route } from '../route.ts';

/** What platforms of NB-IoT devices post: CTWing, OneNET, IoTDA. `onKnown` is told of a connection whose caller is known. */
export function pushRoutes(deps: ApiDeps, clock: Clock, onKnown: (socket: Duplex) => void): FastifyPluginAsyncZod {
  return async (app) => {
    takeAnyBody(app);

    route(
      app,
      'GET /push/{name}',
      {
        access: 'platform',
        exposeHeadRoute: false,
        tags: ['devices'],
        summary: 'OneNET looks whether its token is known here',
        description:
          '`signature` is Base64 of the MD5 of token, `nonce` and `msg`; the answer is `msg`. 401 where it is not, or where ' +
          'no push of OneNET has this name.',
      },
      async (request, reply) => {
        const { msg, nonce, signature } = request.query;
        const { socket } = request.raw;
        const { name } = request.params;
        const outcome = await deps.push.check({ socket, address: request.ip, name, msg, nonce, signature });
        if (!outcome.ok) throw problemOf(outcome);
        return reply.type('text/plain; charset=utf-8').send(msg);
      },
    );

    route(
      app,
      'POST /push/{name}',
      {
        access: 'platform',
        streams: true,
        tags: ['devices'],
        summary: 'What a platform of NB-IoT devices has of them: CTWing, OneNET, IoTDA',
        description:
          'The body is what the platform pushes by itself, whatever the content type says; the configuration (`pushes`) ' +
          'names the push, its platform and its secret. CTWing and IoTDA give it as `key`, OneNET signs with it. The answer ' +
          'comes when all of it is on disk. What cannot be read is taken all the same, kept in the quarantine and named in ' +
          'the answer. A push that comes again bears the same times, and is the same readings. 503 `not-stored`: the disk ' +
          'fails, send it again. 429 `too-many-calls` with Retry-After: above 1,000 calls a second.',
      },
      async (request, reply) => {
        const { socket } = request.raw;
        const outcome = await deps.push.receive({
          socket,
          address: request.ip,
          name: request.params.name,
          key: request.query.key,
          body: bodyOf(request, clock, STALLED_AFTER_MS),
          onKnown: () => onKnown(socket),
        });
        if (outcome.ok) return ingestedOf(outcome.read);
        if (outcome.error === 'not-stored') reply.header('connection', 'close');
        throw problemOf(outcome);
      },
    );
  };
}

function problemOf({ error, retryAfterMs = 1_000 }: Extract<IngestOutcome, { readonly ok: false }>): ProblemError {
  const retryAfterSeconds = Math.max(1, Math.ceil(retryAfterMs / 1_000));
  if (error === 'too-fast') return new ProblemError('too-many-calls', { retryAfterSeconds });
  if (error === 'not-stored') return new ProblemError('not-stored', { retryAfterSeconds });
  return new ProblemError('bad-credentials');
}
