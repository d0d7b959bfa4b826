import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { principalOf } from '../auth.ts';
import type { ApiDeps } from '../deps.ts';
import { shownPoint } from '../point-view.ts';
import { ProblemError } from '../problems.ts';
import { decodeCursor, encodeCursor } from '../query.ts';
import { route } from '../route.ts';
import { refusingInvalidLater } from '../site-problems.ts';

/** Points one by one: what they are called, where they are, what they measure; added and taken away. */
export function pointDefinitionRoutes(deps: ApiDeps): FastifyPluginAsyncZod {
  return async (app) => {
    route(
      app,
      'GET /points/{id}/definition',
      {
        access: 'viewer',
        tags: ['points'],
        summary: 'What is said of a monitoring point, as PUT of the point takes it',
      },
      async (request) => {
        const found = deps.site.point(request.params.id);
        if (found === undefined) throw new ProblemError('unknown-point', { detail: request.params.id });
        const { id: _id, ...point } = found.point;
        return { device: found.device, ...point };
      },
    );

    route(
      app,
      'GET /points/{id}/handovers',
      {
        access: 'viewer',
        tags: ['points'],
        summary: 'Devices that took over a monitoring point from another, the newest first',
        description: 'By a replacement, a move, or another `device` in its definition; history and limits went on.',
      },
      async (request) => {
        const { id } = request.params;
        const { limit, cursor } = request.query;
        if (deps.registry.point(id) === undefined) throw new ProblemError('unknown-point', { detail: id });
        const found = deps.registry.handovers(id, limit + 1, decodeCursor(z.number().int(), cursor));
        const last = found[limit - 1];
        return {
          items: found.slice(0, limit).map(({ atMs, author, former, device }) => {
            return { at: atMs, by: author, former, device };
          }),
          next: found.length > limit && last !== undefined ? encodeCursor(last.number) : null,
        };
      },
    );

    route(
      app,
      'PUT /points/{id}',
      {
        access: 'engineer',
        tags: ['points'],
        summary: 'Add a monitoring point to a device, or replace its definition',
        description:
          'Answers once it is in force. History, limits and alerts stay with the id. With another `device` than before it ' +
          'is measured by that one from now on. Open alerts keep the area they were raised in. With `If-None-Match: *` 412 ' +
          'when there is such a point already. A metric that the limits name may not be left out of `metrics`.',
      },
      async (request, reply) => {
        const { id } = request.params;
        if (request.headers['if-none-match'] !== undefined && deps.registry.point(id) !== undefined) {
          throw new ProblemError('point-exists', { detail: id });
        }
        const { device, ...point } = request.body;
        const what = await refusingInvalidLater(
          deps.site.putPoint(device, { ...point, id }, principalOf(request).name),
        );
        return reply.code(what === 'added' ? 201 : 200).send(shownPoint(deps, id));
      },
    );

    route(
      app,
      'DELETE /points/{id}',
      {
        access: 'engineer',
        tags: ['points'],
        summary: 'Take a monitoring point away; its device, history and limits stay',
        description:
          'What it has open clears. Its device stays; what it measured for this point is no longer kept. When a point of ' +
          'this id comes back, its history and the revisions of its limits go on. 409 `point-in-use` while votes of other ' +
          'points count on it (`votes` names them).',
      },
      async (request, reply) => {
        const { id } = request.params;
        const isGone = await refusingInvalidLater(deps.site.removePoint(id, principalOf(request).name));
        if (!isGone) throw new ProblemError('unknown-point', { detail: id });
        return reply.code(204).send();
      },
    );
  };
}
