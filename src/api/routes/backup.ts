import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { ApiDeps } from '../deps.ts';
import { ProblemError } from '../problems.ts';

const PROBLEMS = { running: 'backup-running', refused: 'backup-refused', failed: 'backup-failed' } as const;

/** A copy of everything while the server runs. */
export function backupRoutes(deps: ApiDeps): FastifyPluginAsyncZod {
  return async (app) => {
    app.post(
      '/backup',
      {
        config: { access: 'admin' },
        schema: {
          tags: ['system'],
          summary: 'Write a consistent copy of all data to a new folder on the server’s machine',
          description:
            'Answers when the copy is complete and on disk. A server started with `--data` on the folder is the ' +
            'server of that moment. The folder holds everything, hashed passwords and the key of the installation ' +
            'included, and is readable for its owner alone.',
          body: z
            .object({
              folder: z
                .string()
                .min(1)
                .max(4_096)
                .meta({ description: 'Absolute path; must not be there yet', examples: ['/mnt/backup/brink-2026-07'] }),
            })
            .strict(),
          response: { 201: z.object({ folder: z.string(), bytes: z.number(), tookMs: z.number() }) },
        },
      },
      async (request, reply) => {
        const outcome = await deps.backup(request.body.folder);
        if (!outcome.ok) throw new ProblemError(PROBLEMS[outcome.error], { detail: outcome.detail });
        const { folder, bytes, tookMs } = outcome;
        return reply.code(201).send({ folder, bytes, tookMs });
      },
    );
  };
}
