import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { principalOf } from '../auth.ts';
import type { ApiDeps } from '../deps.ts';
import { ProblemError } from '../problems.ts';
import { route } from '../route.ts';

const PROBLEMS = { running: 'backup-running', refused: 'backup-refused', failed: 'backup-failed' } as const;

/** A copy of everything while the server runs. */
export function backupRoutes(deps: ApiDeps): FastifyPluginAsyncZod {
  return async (app) => {
    route(
      app,
      'POST /backup',
      {
        access: 'admin',
        tags: ['system'],
        summary: 'Write a consistent copy of all data to a new folder on the server’s machine',
        description:
          'Answers when the copy is complete and on disk. The folder is a name, or a path, below the folder of the ' +
          'setting `backups` (`backups` in the data folder unless set); only the command line on the server’s own ' +
          'machine may write anywhere else. A server started with `--data` on the folder is the ' +
          'server of that moment. The folder holds everything, hashed passwords and the key of the installation ' +
          'included, and is readable for its owner alone.',
      },
      async (request, reply) => {
        // Who holds the token of this machine can read the data folder, and copy it anywhere, without us.
        const outcome = await deps.backup(request.body.folder, principalOf(request).via === 'local');
        if (!outcome.ok) throw new ProblemError(PROBLEMS[outcome.error], { detail: outcome.detail });
        const { folder, bytes, tookMs } = outcome;
        return reply.code(201).send({ folder, bytes, tookMs });
      },
    );
  };
}
