import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { CommandRecord, DeviceCommand, NotTold } from '../../model/device-command.ts';
import type { commandRecordSchema } from '../../wire/devices.ts';
import { principalOf } from '../auth.ts';
import type { ApiDeps } from '../deps.ts';
import { ProblemError } from '../problems.ts';
import { decodeCursor, encodeCursor } from '../query.ts';
import { route } from '../route.ts';

const PROBLEM_OF = {
  'not-connected': 'device-not-connected',
  'not-spoken': 'command-not-spoken',
  'under-way': 'command-under-way',
} as const satisfies Record<NotTold, string>;

const HOW =
  'Answers when it was sent; what becomes of it is in `GET /devices/{id}/commands`. It is repeated three times, every ' +
  'ten seconds, until the device says that it has it. 409 `device-not-connected`, `command-not-spoken`, ' +
  '`command-under-way`.';

/** What devices are told and asked over the protocols that they speak. */
export function deviceCommandRoutes(deps: ApiDeps): FastifyPluginAsyncZod {
  function known(id: string): void {
    if (deps.registry.device(id) === undefined) throw new ProblemError('unknown-device', { detail: id });
  }

  function give(id: string, command: DeviceCommand, author: string): z.infer<typeof commandRecordSchema> {
    known(id);
    const given = deps.deviceCommands.give(id, command, author);
    if (!given.ok) throw new ProblemError(PROBLEM_OF[given.error], { detail: id });
    return recordView(given.record);
  }

  return async (app) => {
    route(
      app,
      'GET /devices/{id}/commands',
      {
        access: 'viewer',
        tags: ['site'],
        summary: 'What a device was told and asked, and what has come of it; the newest first',
        description: 'The last 200 of each device; the trail in the data folder has them all.',
      },
      async (request) => {
        const { id } = request.params;
        known(id);
        const { limit, cursor } = request.query;
        const found = deps.deviceCommands.list(id, limit + 1, decodeCursor(z.number().int(), cursor));
        const items = found.slice(0, limit);
        const last = items.at(-1);
        const next = found.length > limit && last !== undefined ? encodeCursor(last.number) : null;
        return { items: items.map(recordView), next };
      },
    );

    route(
      app,
      'POST /devices/{id}/guard-check',
      {
        access: 'operator',
        tags: ['site'],
        summary: 'Ask whether somebody is at the post of a user information transmission device',
        description: `${HOW} Whoever is there presses a key of the device; nobody else can answer.`,
      },
      async (request, reply) => {
        const command = { kind: 'guard-check', ...request.body } as const;
        return reply.code(202).send(give(request.params.id, command, principalOf(request).name));
      },
    );

    route(
      app,
      'POST /devices/{id}/set-time',
      { access: 'engineer', tags: ['site'], summary: "Set a device's clock to the server's time", description: HOW },
      async (request, reply) =>
        reply.code(202).send(give(request.params.id, { kind: 'set-time' }, principalOf(request).name)),
    );

    route(
      app,
      'POST /devices/{id}/initialize',
      {
        access: 'engineer',
        tags: ['site'],
        summary: 'Let a device begin anew',
        description: `${HOW} What it forgets by it is its maker's choice.`,
      },
      async (request, reply) =>
        reply.code(202).send(give(request.params.id, { kind: 'initialize' }, principalOf(request).name)),
    );

    route(
      app,
      'POST /devices/{id}/read',
      {
        access: 'operator',
        tags: ['site'],
        summary: 'Ask a device how it is, what was done at it, or what it is',
        description: `${HOW} States and values in the answer are readings as well.`,
      },
      async (request, reply) =>
        reply.code(202).send(give(request.params.id, { kind: 'read', ...request.body }, principalOf(request).name)),
    );
  };
}

function recordView({ atMs, confirmedAtMs, endedAtMs, answers, ...record }: CommandRecord) {
  return {
    ...record,
    at: atMs,
    confirmedAt: confirmedAtMs,
    endedAt: endedAtMs,
    answers: answers.map(({ place, atMs: ofDevice, values }) => ({ place, at: ofDevice, values: { ...values } })),
  };
}
