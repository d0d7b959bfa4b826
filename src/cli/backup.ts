import { isAbsolute, resolve } from 'node:path';
import { type AddCommand, show, UsageError } from './context.ts';
import { addServerOptions, type ServerOptions, withServer } from './server.ts';

export const addBackup: AddCommand = (program, context, finish) => {
  const command = program
    .command('backup <folder>')
    .description(
      'write a consistent copy of all data to a new folder, while the server runs; a server started with --data on ' +
        'it goes on from there. With --url the folder is one of the server’s machine',
    );
  addServerOptions(command).action(async (folder: string, options: ServerOptions) => {
    if (options.url !== undefined && !isAbsolute(folder)) {
      throw new UsageError('with --url the folder is one of the server’s machine: expected an absolute path');
    }
    const status = await withServer(options, context, async (server) => {
      const { body } = await server.call('POST', '/backup', { body: { folder: resolve(folder) } });
      const { folder: written, bytes, tookMs } = body as { folder: string; bytes: number; tookMs: number };
      const text = `${written}: ${(bytes / 2 ** 20).toFixed(1)} MiB in ${(tookMs / 1_000).toFixed(1)} s\n`;
      show(context, options, body, text);
      return 0;
    });
    finish(status);
  });
};
