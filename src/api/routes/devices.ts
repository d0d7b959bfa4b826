import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { drawSecret } from '../../lib/draw-secret.ts';
import { shownPayload } from '../../lib/shown-payload.ts';
import { idSchema } from '../../model/names.ts';
import type { RefusedName } from '../../model/refused-name.ts';
import type { WatchedMessage } from '../../model/watch.ts';
import type { deviceWithDefinitionSchema, refusedNameSchema, watchedMessageSchema } from '../../wire/devices.ts';
import { principalOf } from '../auth.ts';
import type { ApiDeps } from '../deps.ts';
import { commissionWithLimits } from '../device-limits.ts';
import { deviceView } from '../device-view.ts';
import { ProblemError, preferredLanguage } from '../problems.ts';
import { decodeCursor, encodeCursor } from '../query.ts';
import { whyView } from '../rejection-view.ts';
import { route } from '../route.ts';
import { refusingInvalidLater } from '../site-problems.ts';

/** What API tokens log in as, over MQTT. */
const TOKEN_USERNAME = 'token';

/** One device: looking at it, commissioning it, taking it away; and those that were refused. */
export function deviceRoutes(deps: ApiDeps): FastifyPluginAsyncZod {
  function shown(id: string): z.infer<typeof deviceWithDefinitionSchema> {
    const record = deps.registry.device(id);
    const device = deps.site.device(id);
    if (record === undefined || device === undefined) throw new ProblemError('unknown-device', { detail: id });
    const { id: _id, ...definition } = device;
    const { commands = [], readable = [] } = deps.deviceCommands.of(id) ?? {};
    return { ...deviceView(deps, record), definition, protocol: record.protocol ?? null, commands, readable };
  }

  function whyRefused(name: string): z.infer<typeof refusedNameSchema>['why'] {
    const device = deps.registry.device(name);
    if (device !== undefined) return device.hasSecret ? 'wrong-secret' : 'no-secret';
    if (name === TOKEN_USERNAME) return 'bad-token';
    return name === '' ? 'no-name' : 'unknown-device';
  }

  function refusedView({ isWhole, firstAtMs, lastAtMs, ...shared }: RefusedName): z.infer<typeof refusedNameSchema> {
    const why = whyRefused(shared.name);
    const registrable = why === 'unknown-device' && isWhole && idSchema.safeParse(shared.name).success;
    return { ...shared, registrable, why, firstAt: firstAtMs, lastAt: lastAtMs };
  }

  return async (app) => {
    route(
      app,
      'GET /refused-names',
      {
        access: 'operator',
        tags: ['site'],
        summary: 'MQTT user names that were refused, and where they came from; the newest first',
        description:
          'Devices that nobody has registered, and those with a wrong secret. Kept since the start of the server, ' +
          'within bounds: of each address (or /64 of IPv6) the last 100 names, of the last 100 addresses. A name goes ' +
          'when it gets in from the address, is registered, or is given another secret.',
      },
      async (request) => {
        const { limit, cursor } = request.query;
        const begin = decodeCursor(z.number().int().min(0), cursor) ?? 0;
        const all = deps.refusedNames();
        const items = all.slice(begin, begin + limit).map(refusedView);
        return { items, next: begin + limit < all.length ? encodeCursor(begin + limit) : null };
      },
    );

    route(
      app,
      'GET /devices/{id}',
      {
        access: 'viewer',
        tags: ['site'],
        summary: 'A device, whether it is heard from, and its definition as PUT takes it, without the secret',
      },
      async (request) => shown(request.params.id),
    );

    route(
      app,
      'PUT /devices/{id}',
      {
        access: 'engineer',
        tags: ['site'],
        summary: 'Commission a device with its points, or replace its definition',
        description:
          'Answers once it is in force: its points are watched from then on. Without a secret it keeps the one it ' +
          'has; with a new one its open connections end. With `secret=draw` the server draws one and shows it in this ' +
          'answer and never again. With `If-None-Match: *`, or with `limits`, 412 when there is such a device already. 409 ' +
          '`point-in-use` when a point would go that votes of points that stay count on. With `limits` that cannot be, or ' +
          'that a second person would have to approve, nothing is registered.',
      },
      async (request, reply) => {
        const { id } = request.params;
        const { limits, ...definition } = request.body;
        const isForNew = request.headers['if-none-match'] !== undefined || limits !== undefined;
        if (isForNew && deps.registry.device(id) !== undefined) {
          throw new ProblemError('device-exists', { detail: id });
        }
        const drawn = request.query.secret === undefined ? {} : { secret: drawSecret() };
        const device = { ...definition, ...drawn, id };
        const author = principalOf(request).name;
        if (limits !== undefined) {
          const language = preferredLanguage(request.headers['accept-language']);
          await commissionWithLimits(deps, device, limits, { author, language });
          return reply.code(201).send({ ...shown(id), ...drawn });
        }
        const what = await refusingInvalidLater(deps.site.putDevice(device, author));
        return reply.code(what === 'added' ? 201 : 200).send({ ...shown(id), ...drawn });
      },
    );

    route(
      app,
      'POST /devices/{id}/secret',
      {
        access: 'engineer',
        tags: ['site'],
        summary: 'Draw another secret for a device',
        description: 'The answer shows it this once. Its open connections end; only the new one lets it in.',
      },
      async (request) => {
        const { id } = request.params;
        const device = deps.site.device(id);
        if (device === undefined) throw new ProblemError('unknown-device', { detail: id });
        const secret = drawSecret();
        await refusingInvalidLater(deps.site.putDevice({ ...device, secret }, principalOf(request).name));
        return { id, secret };
      },
    );

    route(
      app,
      'GET /devices/{id}/messages',
      {
        access: 'engineer',
        tags: ['site'],
        summary: 'The last messages of a device, beside what was read of each',
        description:
          'Of a message that was read only its readings are stored. So the first call begins to keep what the device ' +
          'sends from then on, and the next ones show it: its last 20 messages, the first 4 KB of each, in memory, until ' +
          'nobody has asked for ten minutes. Of a device that reports less often than every 30 s the last three since the start ' +
          'are there at the first call. At most 50 devices at a time, then 503 `busy`. What could not be read before ' +
          'is in the quarantine.',
      },
      async (request) => {
        const { id } = request.params;
        if (deps.registry.device(id) === undefined) throw new ProblemError('unknown-device', { detail: id });
        const watched = deps.watchDevice(id);
        if (watched === undefined) throw new ProblemError('busy', { detail: 'too many devices are watched' });
        const { messages, sinceMs, untilMs } = watched;
        return { messages: messages.map(messageView), since: sinceMs, until: untilMs };
      },
    );

    route(
      app,
      'POST /devices/{id}/reread',
      {
        access: 'engineer',
        tags: ['site'],
        summary: 'Read once more what could not be read of a device when it came',
        description:
          'For a profile that says more than it did. What can be read now goes into history in the order in which it ' +
          'came, marked late, and touches no live alert; a breach in it is told in retrospect. What a device had sent ' +
          'before it was registered is read so by itself. Messages of more than 4 KB stay.',
      },
      async (request) => {
        const { id } = request.params;
        const reread = deps.reread(id);
        if (reread === undefined) throw new ProblemError('unknown-device', { detail: id });
        return reread;
      },
    );

    route(
      app,
      'DELETE /devices/{id}',
      {
        access: 'engineer',
        tags: ['site'],
        summary: 'Remove a device and its points; their history and alerts stay',
        description:
          'Its open connections end, and what it sends afterwards is quarantined. 409 `point-in-use` while votes of ' +
          'points that stay count on one of its points (`votes` names them).',
      },
      async (request, reply) => {
        const isGone = await refusingInvalidLater(deps.site.removeDevice(request.params.id, principalOf(request).name));
        if (!isGone) throw new ProblemError('unknown-device', { detail: request.params.id });
        return reply.code(204).send();
      },
    );
  };
}

function messageView(message: WatchedMessage): z.infer<typeof watchedMessageSchema> {
  const { receivedAtMs, payload, readings, isWaiting, rejection } = message;
  const { number, topic, format, payloadBytes, readingCount } = message;
  return {
    number,
    receivedAt: receivedAtMs,
    topic,
    format,
    ...shownPayload(payload, payloadBytes),
    payloadBytes,
    readings: readings.map(({ tsMs, ...reading }) => ({ ...reading, ts: tsMs })),
    readingCount,
    waiting: isWaiting,
    rejection: rejection && { reason: rejection.reason, ...whyView(rejection.why) },
  };
}
