import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import { DAY_MS } from '../../model/time.ts';
import type { tokenSchema } from '../../wire/accounts.ts';
import type { TokenView } from '../account-tokens.ts';
import { principalOf } from '../auth.ts';
import type { ApiDeps } from '../deps.ts';
import { ProblemError } from '../problems.ts';
import { pageByKey } from '../query.ts';
import { route } from '../route.ts';

/** Tokens, with which programs and screens come. */
export function tokenRoutes({ accounts, nowMs }: Pick<ApiDeps, 'accounts' | 'nowMs'>): FastifyPluginAsyncZod {
  return async (app) => {
    route(app, 'GET /tokens', { access: 'admin', tags: ['tokens'], summary: 'Tokens of programs' }, async (request) => {
      const { items, next } = pageByKey(accounts.tokens(), (token) => token.id, request.query);
      return { items: items.map(tokenView), next };
    });

    route(
      app,
      'POST /tokens',
      { access: 'admin', tags: ['tokens'], summary: 'Make a token; it is shown this once' },
      async (request, reply) => {
        const { name, role, expiresInDays } = request.body;
        const { token, view } = accounts.createToken({
          name,
          role,
          expiresAtMs: expiresInDays === undefined ? null : Math.round(nowMs() + expiresInDays * DAY_MS),
          createdBy: principalOf(request).name,
        });
        return reply.code(201).send({ ...tokenView(view), token });
      },
    );

    route(
      app,
      'DELETE /tokens/{id}',
      { access: 'admin', tags: ['tokens'], summary: 'Revoke a token, at once' },
      async (request, reply) => {
        if (!accounts.removeToken(request.params.id)) throw new ProblemError('unknown-token');
        return reply.code(204).send();
      },
    );
  };
}

function tokenView(view: TokenView): z.infer<typeof tokenSchema> {
  const { createdAtMs, expiresAtMs, lastUsedAtMs, ...token } = view;
  return { ...token, createdAt: createdAtMs, expiresAt: expiresAtMs, lastUsedAt: lastUsedAtMs };
}
