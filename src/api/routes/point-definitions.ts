import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { idSchema } from '../../model/names.ts';
import { pointDefinitionSchema, pointSchema } from '../../wire/points.ts';
import { principalOf } from '../auth.ts';
import type { ApiDeps } from '../deps.ts';
import { shownPoint } from '../point-view.ts';
import { ProblemError } from '../problems.ts';
import { refusingInvalidLater } from '../site-problems.ts';

/** Points one by one: what they are called, where they are, what they measure; added and taken away. */
export function pointDefinitionRoutes(deps: ApiDeps): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/points/:id/definition',
      {
        config: { access: 'viewer' },
        schema: {
          tags: ['points'],
          summary: 'What is said of a monitoring point, as PUT of the point takes it',
          params: z.object({ id: z.string() }),
          response: { 200: pointDefinitionSchema },
        },
      },
      async (request) => {
        const found = deps.site.point(request.params.id);
        if (found === undefined) throw new ProblemError('unknown-point', { detail: request.params.id });
        const { id: _id, ...point } = found.point;
        return { device: found.device, ...point };
      },
    );

    app.put(
      '/points/:id',
      {
        config: { access: 'engineer' },
        schema: {
          tags: ['points'],
          summary: 'Add a monitoring point to a device, or replace its definition',
          description:
            'Answers once it is in force. History, limits and alerts stay with the id. With another `device` than before it ' +
            'is measured by that one from now on. Open alerts keep the area they were raised in. With `If-None-Match: *` 412 ' +
            'when there is such a point already. A metric that the limits name may not be left out of `metrics`.',
          params: z.object({ id: idSchema }),
          headers: z.looseObject({ 'if-none-match': z.literal('*').optional() }),
          body: pointDefinitionSchema,
          response: { 200: pointSchema, 201: pointSchema },
        },
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

    app.delete(
      '/points/:id',
      {
        config: { access: 'engineer' },
        schema: {
          tags: ['points'],
          summary: 'Take a monitoring point away; its device, history and limits stay',
          description:
            'What it has open clears. Its device stays; what it measured for this point is no longer kept. When a point of ' +
            'this id comes back, its history and the revisions of its limits go on. 409 `point-in-use` while votes of other ' +
            'points count on it (`votes` names them).',
          params: z.object({ id: z.string() }),
          response: { 204: z.undefined() },
        },
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
