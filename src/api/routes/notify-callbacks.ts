import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { Clock } from '../../lib/clock.ts';
import type { ApiDeps } from '../deps.ts';
import { STALLED_AFTER_MS, takeAnyBody } from '../device-bodies.ts';
import { ProblemError } from '../problems.ts';
import { bodyOf } from '../request-body.ts';
import { route } from '../route.ts';

/** A gateway posts some hundred receipts at once, of some 300 bytes each. */
const BODY_BYTES_MAX = 512 * 1_024;

/** What gateways of SMS and calls post by themselves: receipts, replies, keys. */
export function notifyCallbackRoutes(deps: ApiDeps, clock: Clock): FastifyPluginAsyncZod {
  return async (app) => {
    takeAnyBody(app);

    route(
      app,
      'POST /notify/callbacks/{channel}/{key}',
      {
        access: 'platform',
        streams: true,
        tags: ['notify'],
        summary: 'What a gateway has of messages: receipts, replies, keys pressed',
        description:
          'The address of a channel, as `GET /notify/channels` gives it to engineers, is entered at the gateway (Aliyun SMS and ' +
          'voice, Tencent SMS and voice). The answer is in the gateway’s own form, and comes when it is kept; otherwise it ' +
          'sends it again. 401 where channel and key do not belong together, or the channel is of a kind that nothing is ' +
          'posted to.',
      },
      async (request, reply) => {
        const { channel, key } = request.params;
        const take = deps.telling.callback(channel, key);
        if (take === undefined) {
          // Who has no key is not listened to.
          reply.header('connection', 'close');
          throw new ProblemError('bad-credentials');
        }
        const parts: Uint8Array[] = [];
        let bytes = 0;
        for await (const part of bodyOf(request, clock, STALLED_AFTER_MS)) {
          bytes += part.length;
          if (bytes > BODY_BYTES_MAX) throw new ProblemError('body-too-large');
          parts.push(part);
        }
        const answer = await take(parsed(Buffer.concat(parts).toString()));
        if (answer === undefined) throw new ProblemError('bad-request');
        return answer;
      },
    );
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
