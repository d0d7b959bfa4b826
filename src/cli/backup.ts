import { resolve } from 'node:path';
import type { Backup } from '../wire/system.ts';
import { type AddCommand, show } from './context.ts';
import { addServerOptions, type ServerOptions, withServer } from './server.ts';

export const addBackup: AddCommand = (program, context, finish) => {
  const command = program
    .command('backup <folder>')
    .description(
      'write a consistent copy of all data to a new folder, while the server runs; a server started with --data on ' +
        'it goes on from there. With --url the folder is one of the server’s machine: a name or path below its ' +
        'folder of backups',
    );
  addServerOptions(command).action(async (folder: string, options: ServerOptions) => {
    const target = options.url === undefined ? resolve(folder) : folder;
    const status = await withServer(options, context, async (server) => {
      const { body } = await server.call('POST', '/backup', { body: { folder: target } });
      const { folder: written, bytes, tookMs } = body as Backup;
      const text = `${written}: ${(bytes / 2 ** 20).toFixed(1)} MiB in ${(tookMs / 1_000).toFixed(1)} s\n`;
      show(context, options, body, text);
      return 0;
    });
    finish(status);
  });
};
