import { createReadStream, existsSync } from 'node:fs';
import { type AddCommand, show, UsageError } from './context.ts';
import { onServer } from './server-command.ts';
import { counted } from './table.ts';

export const addImportReadings: AddCommand = (program, context, finish) => {
  onServer(
    program
      .command('import-readings <file>')
      .description(
        'store the readings of a CSV file, as export-readings writes it; every line is looked at before the first is ' +
          'stored, and doing it twice stores nothing twice',
      ),
    context,
    finish,
    async (server, options, [path = '']) => {
      if (!existsSync(path)) throw new UsageError(`there is no file ${path}`);
      const file = createReadStream(path);
      const answer = await server.upload('POST /readings/import', { file, type: 'text/csv' });
      const { readings, rejected, rejections } = answer;
      const reasons = rejections.map((one) => `${counted(one.readings, 'reading')} rejected: ${one.reason}\n`);
      show(context, options, answer, `${counted(readings, 'reading')} imported\n${reasons.join('')}`);
      return rejected === 0 ? 0 : 1;
    },
  );
};
