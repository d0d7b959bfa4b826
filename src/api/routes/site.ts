import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { resolveName } from '../../model/resolve-name.ts';
import { principalOf } from '../auth.ts';
import type { ApiDeps } from '../deps.ts';
import { deviceView } from '../device-view.ts';
import { ProblemError } from '../problems.ts';
import { decodeCursor, encodeCursor, pageByKey } from '../query.ts';
import { whyView } from '../rejection-view.ts';
import { route } from '../route.ts';
import { refusingInvalidLater } from '../site-problems.ts';

/** More plans than anybody has at one time. */
const PLANS_MAX = 100_000;
/** Of what lies in an area, for people; programs are given all of it. */
const NAMED_MAX = 20;

/** Areas, devices and the quarantine. */
export function siteRoutes(deps: ApiDeps): FastifyPluginAsyncZod {
  return async (app) => {
    route(
      app,
      'GET /areas',
      { access: 'viewer', tags: ['site'], summary: 'Areas, with their outlines' },
      async (request) => pageByKey(deps.registry.areas(), (area) => area.id, request.query),
    );

    route(
      app,
      'PUT /areas/{id}',
      {
        access: 'engineer',
        tags: ['site'],
        summary: 'Add an area, or replace what is said of it',
        description:
          'The first one is the site as a whole; the others lie within it (`parent`). With `If-None-Match: *` 412 when ' +
          'there is such an area already.',
      },
      async (request, reply) => {
        const { id } = request.params;
        const isThere = deps.registry.areas().some((area) => area.id === id);
        if (isThere && request.headers['if-none-match'] !== undefined) {
          throw new ProblemError('area-exists', { detail: id });
        }
        const what = await refusingInvalidLater(deps.site.putArea({ ...request.body, id }, principalOf(request).name));
        const { parent = null, name, outline = null, location = null } = request.body;
        return reply
          .code(what === 'added' ? 201 : 200)
          .send({ id, parent, name: resolveName(name, id), outline, location });
      },
    );

    route(
      app,
      'DELETE /areas/{id}',
      {
        access: 'engineer',
        tags: ['site'],
        summary: 'Take an area away',
        description:
          'With `into` what lies in it goes into that area, in one transaction. Without it 409 `area-in-use` while points ' +
          'or areas lie in it (`points` and `areas` name them). Also 409 while maintenance of the area is planned or ' +
          'active (`maintenance`): it would cover nothing any more. Alerts keep the area they were raised in.',
      },
      async (request, reply) => {
        const { id } = request.params;
        const planned = deps.maintenance.list({ withEnded: false, limit: PLANS_MAX });
        const maintenance = planned.filter(({ scope }) => 'area' in scope && scope.area === id).map((plan) => plan.id);
        if (maintenance.length > 0) {
          throw new ProblemError('area-in-use', { detail: id, members: { areas: [], points: [], maintenance } });
        }
        const removed = await refusingInvalidLater(
          deps.site.removeArea(id, request.query.into, principalOf(request).name),
        );
        if (removed.ok) return reply.code(204).send();
        if (removed.error === 'unknown-area') throw new ProblemError('unknown-area', { detail: id });
        const { areas, points } = removed;
        const detail = [...areas, ...points].slice(0, NAMED_MAX).join(', ');
        throw new ProblemError('area-in-use', { detail, members: { areas, points, maintenance } });
      },
    );

    route(
      app,
      'GET /devices',
      { access: 'viewer', tags: ['site'], summary: 'Devices and whether they are heard from' },
      async (request) => {
        const { items, next } = pageByKey(deps.registry.devices(), (device) => device.id, request.query);
        return { items: items.map((device) => deviceView(deps, device)), next };
      },
    );

    route(
      app,
      'GET /quarantine',
      {
        access: 'viewer',
        tags: ['site'],
        summary: 'Messages that could not be read: why, and from whom; newest first',
      },
      async (request) => {
        const { limit, cursor, device, reason } = request.query;
        const before = decodeCursor(z.number(), cursor);
        const found = deps.quarantine.list({ limit: limit + 1, before, device, reason });
        const items = found.slice(0, limit).map(({ receivedAtMs, why, ...item }) => {
          return { ...item, ...whyView(why), receivedAt: receivedAtMs };
        });
        const last = items.at(-1);
        return { items, next: found.length > limit && last !== undefined ? encodeCursor(last.id) : null };
      },
    );
  };
}
