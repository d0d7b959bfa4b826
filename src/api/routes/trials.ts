import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import type { Rejection } from '../../model/rejection.ts';
import type { Trial } from '../../model/trial.ts';
import type { trialSchema } from '../../wire/trial.ts';
import type { ApiDeps } from '../deps.ts';
import { ProblemError } from '../problems.ts';
import { whyView } from '../rejection-view.ts';
import { route } from '../route.ts';

/** A message that is read to see what it would yield. */
export function trialRoutes(deps: ApiDeps): FastifyPluginAsyncZod {
  return async (app) => {
    route(
      app,
      'POST /trials',
      {
        access: 'engineer',
        tags: ['devices'],
        summary: 'What a message would yield, for a device of one profile or of each; nothing of it is kept',
        description:
          'Read by the routes and formats that real messages take. Without `profile` the likeliest comes first, which ' +
          'is a guess at what an unknown device is. 404 `unknown-profile`.',
      },
      async (request) => {
        const { profile: wanted, topic, receivedAt: receivedAtMs = deps.nowMs() } = request.body;
        const { payload: written, encoding } = request.body;
        const payload =
          encoding === 'text' ? Buffer.from(written) : Buffer.from(written.replaceAll(/\s/g, ''), encoding);
        const profiles = deps.registry.profiles().filter(({ id }) => wanted === undefined || id === wanted);
        if (wanted !== undefined && profiles.length === 0)
          throw new ProblemError('unknown-profile', { detail: wanted });
        const trials: Trial[] = [];
        for (const profile of profiles) {
          trials.push(await deps.tryMessage(profile, { topic, payload, receivedAtMs }));
          // A long message and many profiles: devices are served in between.
          await nextTurn();
        }
        return { trials: trials.toSorted((a, b) => b.likeness - a.likeness).map(view) };
      },
    );
  };
}

function view({ devices, rejection, ...trial }: Trial): z.infer<typeof trialSchema> {
  return {
    ...trial,
    devices: devices.map(({ readings, ...device }) => ({
      ...device,
      readings: readings.map(({ tsMs, ...reading }) => ({ ...reading, ts: tsMs })),
      rejection: rejectionView(device.rejection),
    })),
    rejection: rejectionView(rejection),
  };
}

function rejectionView(rejection: Rejection | null) {
  return rejection && { reason: rejection.reason, ...whyView(rejection) };
}
