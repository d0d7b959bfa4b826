import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { idSchema, resolveName } from '../../model/names.ts';
import type { AreaRecord, DeviceRecord } from '../../model/registry.ts';
import { areaSchema as siteAreaSchema } from '../../model/site.ts';
import { principalOf } from '../auth.ts';
import type { ApiDeps } from '../deps.ts';
import { decodeCursor, encodeCursor, listOf, pageByKey, pageQuery } from '../query.ts';
import { areaSchema, deviceSchema, quarantineSchema } from '../schemas.ts';
import { refusingInvalidLater } from './site-changes.ts';

const areaDefinitionSchema = siteAreaSchema
  .omit({ id: true })
  .meta({ id: 'AreaDefinition', description: 'An area, as in devices/site.yaml without `id`' });

/** Areas, devices and the quarantine. */
export function siteRoutes(deps: ApiDeps): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/areas',
      {
        config: { access: 'viewer' },
        schema: {
          tags: ['site'],
          summary: 'Areas, with their outlines',
          querystring: z.object(pageQuery(1_000, 5_000)).strict(),
          response: { 200: listOf(areaSchema) },
        },
      },
      async (request) => pageByKey(deps.registry.areas(), (area) => area.id, request.query),
    );

    app.put(
      '/areas/:id',
      {
        config: { access: 'engineer' },
        schema: {
          tags: ['site'],
          summary: 'Add an area, or replace what is said of it',
          description: 'The first one is the site as a whole; the others lie within it (`parent`).',
          params: z.object({ id: idSchema }),
          body: areaDefinitionSchema,
          response: { 200: areaSchema, 201: areaSchema },
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        const what = await refusingInvalidLater(deps.site.putArea({ ...request.body, id }, principalOf(request).name));
        const { parent = null, name, outline = null, location = null } = request.body;
        return reply
          .code(what === 'added' ? 201 : 200)
          .send({ id, parent, name: resolveName(name, id), outline, location });
      },
    );

    app.get(
      '/devices',
      {
        config: { access: 'viewer' },
        schema: {
          tags: ['site'],
          summary: 'Devices and whether they are heard from',
          querystring: z.object(pageQuery(500, 1_000)).strict(),
          response: { 200: listOf(deviceSchema) },
        },
      },
      async (request) => {
        const { items, next } = pageByKey(deps.registry.devices(), (device) => device.id, request.query);
        return { items: items.map((device) => deviceView(deps, device)), next };
      },
    );

    app.get(
      '/quarantine',
      {
        config: { access: 'viewer' },
        schema: {
          tags: ['site'],
          summary: 'Messages that could not be read: why, and from whom; newest first',
          querystring: z
            .object({ device: z.string().optional(), reason: z.string().optional(), ...pageQuery(100, 1_000) })
            .strict(),
          response: { 200: listOf(quarantineSchema) },
        },
      },
      async (request) => {
        const { limit, cursor, device, reason } = request.query;
        const before = decodeCursor(z.number(), cursor);
        const found = deps.quarantine.list({ limit: limit + 1, before, device, reason });
        const items = found.slice(0, limit).map(({ receivedAtMs, ...item }) => ({ ...item, receivedAt: receivedAtMs }));
        const last = items.at(-1);
        return { items, next: found.length > limit && last !== undefined ? encodeCursor(last.id) : null };
      },
    );
  };
}

/** A device as the API shows it. */
export function deviceView(deps: ApiDeps, device: DeviceRecord): z.infer<typeof deviceSchema> {
  const { id, name, profile, family, points, reportEveryMs, hasSecret, grantedAlerts } = device;
  const { online, connected, lastSeenMs, clockSkewed, clockOffsetMs, refused, repaired, lastRefusal } =
    deps.live.device(id);
  return {
    id,
    name,
    profile,
    family,
    points,
    reportEveryMs,
    hasSecret,
    grantedAlerts,
    online,
    connected,
    lastSeen: lastSeenMs,
    clockSkewed,
    clockOffsetMs,
    refused,
    repaired,
    lastRefusal:
      lastRefusal === null ? null : { at: lastRefusal.atMs, reason: lastRefusal.reason, detail: lastRefusal.detail },
  };
}

/** The area and everything below it. An area that is gone still finds what is recorded under its own id. */
export function areasBelow(areas: readonly AreaRecord[], id: string): string[] {
  const found = new Set([id]);
  // Sets are walked in order of insertion, including what is inserted on the way, so each area found looks for its own.
  for (const parent of found) {
    for (const area of areas) if (area.parent === parent) found.add(area.id);
  }
  return [...found];
}
