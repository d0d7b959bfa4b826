import { createWriteStream, existsSync, renameSync, rmSync, statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Option } from 'commander';
import { FAMILIES } from '../model/site.ts';
import { type AddCommand, type CliContext, type ExitStatus, show, UsageError } from './context.ts';
import { CutOffError } from './http.ts';
import type { Server, ServerOptions } from './server.ts';
import { onServer } from './server-command.ts';

/** The options that are a parameter of the call too, by their names. */
type Parameter = 'points' | 'area' | 'family' | 'metric' | 'from' | 'to' | 'format' | 'timezone';

interface ExportReadingsOptions extends ServerOptions, Partial<Record<Parameter, string>> {
  readonly bom?: boolean;
  readonly out?: string;
  readonly yes?: boolean;
}

export const addExportReadings: AddCommand = (program, context, finish) => {
  const command = program
    .command('export-readings')
    .description('write raw readings to a file, or to standard output; without a selection all that are kept')
    .option('--points <ids>', 'points, separated by commas')
    .option('--area <id>', 'only points of this area and those below it')
    .addOption(new Option('--family <family>', 'only points of this family').choices(FAMILIES))
    .option('--metric <names>', 'metrics, separated by commas')
    .option('--from <time>', 'from, included: ISO 8601 with a time zone, or ms')
    .option('--to <time>', 'to, not included (default now)')
    .addOption(new Option('--format <format>', 'csv or parquet').choices(['csv', 'parquet']).default('csv'))
    .option('--bom', 'CSV begins with a byte order mark, which Excel needs to show Chinese names')
    .option('--timezone <name>', 'write the times of CSV in this time zone, such as Asia/Shanghai (default UTC)')
    .option('--out <file>', 'the file to write; without it standard output')
    .option('--yes', 'write over a file that is there');
  onServer<ExportReadingsOptions>(command, context, finish, async (server, options) => {
    if (options.json === true && options.out === undefined) throw new UsageError('--json needs --out FILE');
    return exportReadings(server, options, context);
  });
};

async function exportReadings(
  server: Server,
  options: ExportReadingsOptions,
  context: CliContext,
): Promise<ExitStatus> {
  const { out } = options;
  if (out !== undefined && existsSync(out) && options.yes !== true) {
    throw new UsageError(`--out: ${out} is there already; --yes writes over it`);
  }
  const { points, area, family, metric, from, to, format, timezone, bom } = options;
  const query = { points, area, family, metric, from, to, format, timezone, bom };
  const file = await server.download('GET /readings/export', { query });
  if (out === undefined) {
    await complete(file, async () => {
      for await (const piece of file) context.stdout(piece as Uint8Array);
    });
    return 0;
  }
  await complete(file, () => writeWhole(file, out));
  const { size } = statSync(out);
  show(context, options, { out, bytes: size }, `${out}: ${(size / 2 ** 20).toFixed(1)} MiB\n`);
  return 0;
}

/** Under another name until it is whole, so that half an export is never taken for one. */
async function writeWhole(file: Readable, out: string): Promise<void> {
  const partial = `${out}.partial`;
  try {
    await pipeline(file, createWriteStream(partial));
    renameSync(partial, out);
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
}

async function complete(file: Readable, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!file.errored) throw error;
    throw new CutOffError(file.errored.message, { cause: error });
  }
}
