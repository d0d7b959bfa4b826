import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import type { userSchema } from '../../wire/accounts.ts';
import type { UserChange, UserView } from '../accounts.ts';
import type { ApiDeps } from '../deps.ts';
import { ProblemError } from '../problems.ts';
import { pageByKey } from '../query.ts';
import { route } from '../route.ts';
import { changedUser, unlessBusy } from '../user-change.ts';

/** People who may log in. */
export function userRoutes({ accounts }: Pick<ApiDeps, 'accounts'>): FastifyPluginAsyncZod {
  return async (app) => {
    route(app, 'GET /users', { access: 'admin', tags: ['users'], summary: 'Users' }, async (request) => {
      const { items, next } = pageByKey(accounts.users(), (user) => user.username, request.query);
      return { items: items.map(userView), next };
    });

    route(
      app,
      'POST /users',
      { access: 'admin', tags: ['users'], summary: 'Add a user, who must change the password after logging in' },
      async (request, reply) => {
        const outcome = await unlessBusy(accounts.createUser({ ...request.body, mustChangePassword: true }));
        if (!outcome.ok) throw new ProblemError(outcome.error, { detail: request.body.username });
        return reply.code(201).send(userView(outcome.user));
      },
    );

    route(
      app,
      'PATCH /users/{name}',
      { access: 'admin', tags: ['users'], summary: 'Change a role or set a password; the sessions of the user end' },
      async (request) => {
        const { name } = request.params;
        const { role, password } = request.body;
        let outcome: UserChange | undefined;
        if (role !== undefined) outcome = accounts.setRole(name, role);
        if (password !== undefined && outcome?.ok !== false) {
          outcome = await unlessBusy(accounts.setPassword(name, password, true));
        }
        if (outcome === undefined) throw new Error('the schema lets neither through');
        return userView(changedUser(outcome));
      },
    );

    route(
      app,
      'DELETE /users/{name}',
      { access: 'admin', tags: ['users'], summary: 'Remove a user; the sessions end, tokens stay' },
      async (request, reply) => {
        changedUser(accounts.removeUser(request.params.name));
        return reply.code(204).send();
      },
    );
  };
}

function userView({ createdAtMs, lastLoginAtMs, ...user }: UserView): z.infer<typeof userSchema> {
  return { ...user, createdAt: createdAtMs, lastLoginAt: lastLoginAtMs };
}
