import { createReadStream, existsSync } from 'node:fs';
import type { ReadingsImport } from '../wire/readings.ts';
import { type AddCommand, show, UsageError } from './context.ts';
import { addServerOptions, type ServerOptions, withServer } from './server.ts';

export const addImportReadings: AddCommand = (program, context, finish) => {
  const command = program
    .command('import-readings <file>')
    .description(
      'store the readings of a CSV file, as export-readings writes it; every line is looked at before the first is ' +
        'stored, and doing it twice stores nothing twice',
    );
  addServerOptions(command).action(async (path: string, options: ServerOptions) => {
    if (!existsSync(path)) throw new UsageError(`there is no file ${path}`);
    const status = await withServer(options, context, async (server) => {
      const answer = await server.upload('/readings/import', { file: createReadStream(path), type: 'text/csv' });
      const { readings, rejected, rejections } = answer as ReadingsImport;
      const reasons = rejections.map((one) => `${one.readings} readings were rejected: ${one.reason}\n`);
      show(context, options, answer, `${readings} readings imported\n${reasons.join('')}`);
      return rejected === 0 ? 0 : 1;
    });
    finish(status);
  });
};
