import { resolve } from 'node:path';
import { type AddCommand, show } from './context.ts';
import { onServer } from './server-command.ts';

export const addBackup: AddCommand = (program, context, finish) => {
  onServer(
    program
      .command('backup <folder>')
      .description(
        'write a consistent copy of all data to a new folder, while the server runs; a server started with --data on ' +
          'it goes on from there. With --url the folder is one of the server’s machine: a name or path below its ' +
          'folder of backups',
      ),
    context,
    finish,
    async (server, options, [given = '']) => {
      const folder = options.url === undefined ? resolve(given) : given;
      const { body } = await server.call('POST /backup', { body: { folder } });
      const { folder: written, bytes, tookMs } = body;
      const text = `${written}: ${(bytes / 2 ** 20).toFixed(1)} MiB in ${(tookMs / 1_000).toFixed(1)} s\n`;
      show(context, options, body, text);
      return 0;
    },
  );
};
