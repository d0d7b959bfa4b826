import type { FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify';
import { z } from 'zod';
import type { CallShape } from '../wire/call.ts';
import { type Answers, CALLS, type CallName, type Taken } from '../wire/calls.ts';
import type { Access } from './auth.ts';
import type { App } from './http.ts';

/** What a route says of itself beside what the table of calls says. */
interface Told {
  /** Who may call it. */
  readonly access: Access;
  readonly beforeOwnPassword?: boolean;
  readonly streams?: boolean;
  readonly bodyLimit?: number;
  readonly exposeHeadRoute?: boolean;
  readonly tags: readonly [string];
  readonly summary: string;
  readonly description?: string;
  /** Where the body is no JSON. */
  readonly consumes?: readonly string[];
}

/** How a call is answered: with what the table says of 200, or through the reply. */
export type Handler<N extends CallName> = (
  request: FastifyRequest<{
    Params: Taken<N>['params'];
    Querystring: Taken<N>['query'];
    Headers: Taken<N>['headers'];
    Body: Taken<N>['body'];
  }>,
  reply: FastifyReply<{ Reply: Answers<N>[keyof Answers<N>] }>,
) => Plain<N> | FastifyReply | Promise<Plain<N> | FastifyReply>;

type Plain<N extends CallName> = Answers<N> extends { 200: infer Body } ? Body : never;

/** Registers the route of a call of the table. */
export function route<N extends CallName>(app: App, name: N, told: Told, handler: Handler<N>): void {
  const { access, beforeOwnPassword, streams, bodyLimit, exposeHeadRoute, ...words } = told;
  const { params = paramsOf(name), query, headers, body, answers }: CallShape = CALLS[name];
  const [method = '', path = ''] = name.split(' ');
  app.route({
    method,
    url: path.replaceAll(/\{(\w+)\}/g, ':$1'),
    config: {
      access,
      ...(beforeOwnPassword === undefined ? {} : { beforeOwnPassword }),
      ...(streams === undefined ? {} : { streams }),
    },
    ...(bodyLimit === undefined ? {} : { bodyLimit }),
    ...(exposeHeadRoute === undefined ? {} : { exposeHeadRoute }),
    schema: {
      ...words,
      ...(params === undefined ? {} : { params }),
      ...(query === undefined ? {} : { querystring: query }),
      ...(headers === undefined ? {} : { headers }),
      ...(body === undefined ? {} : { body }),
      response: answers,
    },
    handler: handler as unknown as RouteHandlerMethod,
  });
}

function paramsOf(name: string): z.ZodType | undefined {
  const holes = [...name.matchAll(/\{(\w+)\}/g)].map(([, hole = '']) => [hole, z.string()] as const);
  return holes.length === 0 ? undefined : z.object(Object.fromEntries(holes));
}
