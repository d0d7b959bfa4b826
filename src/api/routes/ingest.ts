import type { Duplex } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { Clock } from '../../lib/clock.ts';
import { basicCredentials, bearerToken, refuseForeignOrigin } from '../auth.ts';
import type { ApiDeps } from '../deps.ts';
import { ingestedOf, STALLED_AFTER_MS, takeAnyBody } from '../device-bodies.ts';
import { ProblemError } from '../problems.ts';
import { bodyOf } from '../request-body.ts';
import { route } from '../route.ts';

export interface IngestRouteOptions {
  /** Devices need not say who they are. */
  readonly isWithoutLogin: boolean;
  /** Told of a connection over which somebody has said who it is. */
  readonly onKnown: (socket: Duplex) => void;
}

/** The MQTT user name that goes with an API token as its password. */
const TOKEN_USERNAME = 'token';

/** A device's message over HTTP, for what speaks no MQTT. */
export function ingestRoutes(deps: ApiDeps, clock: Clock, options: IngestRouteOptions): FastifyPluginAsyncZod {
  return async (app) => {
    takeAnyBody(app);

    route(
      app,
      'POST /ingest/{device}',
      {
        access: 'device',
        streams: true,
        tags: ['devices'],
        summary: 'A message of a device, as it would publish it over MQTT',
        description:
          'The body is what goes to `telemetry/{device}` over MQTT, whatever the content type says. A device gives its id ' +
          'and its secret (Basic); a token of an engineer may speak for any device. The answer comes when the message is ' +
          'on disk. What cannot be read is taken all the same, kept in the quarantine and named in the answer, so that ' +
          'nobody sends it for ever; one above the limit of a message is read past. A reading that comes again, of the ' +
          'same metric, time and value, is one reading: give `ts`, and a message may be repeated until it is answered. ' +
          '503 `not-stored`: the disk fails, send it again. 429 `too-many-calls` with Retry-After: above 200 calls a ' +
          'second of a device, 1,000 of a token; put several readings into one message.',
      },
      async (request, reply) => {
        // A page of another site could otherwise send through the browser of whoever sits on this machine.
        refuseForeignOrigin(request);
        const outcome = await deps.ingest({
          ...credentialsOf(request, reply),
          socket: request.raw.socket,
          address: request.ip,
          device: request.params.device,
          body: bodyOf(request, clock, STALLED_AFTER_MS),
          onKnown: () => options.onKnown(request.raw.socket),
        });
        if (outcome.ok) return ingestedOf(outcome.read);
        const retryAfterSeconds = Math.max(1, Math.ceil((outcome.retryAfterMs ?? 1_000) / 1_000));
        switch (outcome.error) {
          case 'unknown-caller':
            challenge(reply);
            throw new ProblemError(bearerToken(request) ? 'bad-token' : 'bad-credentials');
          case 'not-its-own':
            throw new ProblemError(bearerToken(request) ? 'forbidden' : 'not-its-own');
          case 'no-such-topic':
            throw new ProblemError('unknown-device', { detail: request.params.device });
          case 'too-fast':
            throw new ProblemError('too-many-calls', { retryAfterSeconds });
          case 'not-stored':
            // A device that hears it over a connection of its own begins with a new one.
            reply.header('connection', 'close');
            throw new ProblemError('not-stored', { retryAfterSeconds });
        }
      },
    );
  };

  function credentialsOf(request: FastifyRequest, reply: FastifyReply) {
    const basic = basicCredentials(request);
    if (basic !== undefined) return basic;
    const token = bearerToken(request);
    if (token) return { username: TOKEN_USERNAME, password: Buffer.from(token) };
    if (options.isWithoutLogin && token === undefined) return { username: undefined, password: undefined };
    challenge(reply);
    throw new ProblemError('unauthenticated', { detail: 'give the id of the device and its secret (Basic)' });
  }
}

function challenge(reply: FastifyReply): void {
  reply.header('www-authenticate', ['Basic realm="brink", charset="UTF-8"', 'Bearer realm="brink"']);
}
