import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { idSchema } from '../../model/names.ts';
import { deviceSchema as siteDeviceSchema } from '../../model/site.ts';
import { principalOf } from '../auth.ts';
import type { ApiDeps } from '../deps.ts';
import { ProblemError } from '../problems.ts';
import { deviceSchema } from '../schemas.ts';
import { deviceView } from './site.ts';
import { refusingInvalidLater } from './site-changes.ts';

const definitionSchema = siteDeviceSchema
  .omit({ id: true })
  .meta({ id: 'DeviceDefinition', description: 'A device with its points, as in devices/site.yaml without `id`' });

const deviceWithDefinitionSchema = deviceSchema
  .extend({ definition: definitionSchema.omit({ secret: true }).meta({ id: 'DeviceDefinitionShown' }) })
  .meta({ id: 'DeviceWithDefinition' });

/** One device: looking at it, commissioning it, taking it away. */
export function deviceRoutes(deps: ApiDeps): FastifyPluginAsyncZod {
  function shown(id: string): z.infer<typeof deviceWithDefinitionSchema> {
    const record = deps.registry.device(id);
    const device = deps.site.device(id);
    if (record === undefined || device === undefined) throw new ProblemError('unknown-device', { detail: id });
    const { id: _id, ...definition } = device;
    return { ...deviceView(deps, record), definition };
  }

  return async (app) => {
    app.get(
      '/devices/:id',
      {
        config: { access: 'viewer' },
        schema: {
          tags: ['site'],
          summary: 'A device, whether it is heard from, and its definition as PUT takes it, without the secret',
          params: z.object({ id: z.string() }),
          response: { 200: deviceWithDefinitionSchema },
        },
      },
      async (request) => shown(request.params.id),
    );

    app.put(
      '/devices/:id',
      {
        config: { access: 'engineer' },
        schema: {
          tags: ['site'],
          summary: 'Commission a device with its points, or replace its definition',
          description:
            'Answers once it is in force: its points are watched from then on. Without a secret it keeps the one it ' +
            'has; with a new one its open connections end.',
          params: z.object({ id: idSchema }),
          body: definitionSchema,
          response: { 200: deviceWithDefinitionSchema, 201: deviceWithDefinitionSchema },
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        const what = await refusingInvalidLater(
          deps.site.putDevice({ ...request.body, id }, principalOf(request).name),
        );
        return reply.code(what === 'added' ? 201 : 200).send(shown(id));
      },
    );

    app.delete(
      '/devices/:id',
      {
        config: { access: 'engineer' },
        schema: {
          tags: ['site'],
          summary: 'Remove a device and its points; their history and alerts stay',
          description: 'Its open connections end, and what it sends afterwards is quarantined.',
          params: z.object({ id: z.string() }),
          response: { 204: z.undefined() },
        },
      },
      async (request, reply) => {
        const isGone = await deps.site.removeDevice(request.params.id, principalOf(request).name);
        if (!isGone) throw new ProblemError('unknown-device', { detail: request.params.id });
        return reply.code(204).send();
      },
    );
  };
}
