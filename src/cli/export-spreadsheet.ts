import { existsSync, writeFileSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import type { Command } from 'commander';
import type { Given } from '../wire/calls.ts';
import { type CliContext, type ExitStatus, show, UsageError } from './context.ts';
import type { Server } from './server.ts';

export interface SpreadsheetOptions {
  readonly format?: string;
  readonly sheet?: string;
  readonly lang?: string;
  readonly area?: string;
  readonly family?: string;
  readonly out?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export function addSpreadsheetOptions(command: Command): Command {
  return command
    .option('--format <format>', 'xlsx or csv (default: what the name of FILE ends with)')
    .option('--sheet <sheet>', 'of a CSV file: limits (default) or points; devices, of either kind of file')
    .option('--lang <language>', 'language of the headings: zh or en (default zh)')
    .option('--area <area>', 'only the points of an area and those below it')
    .option('--family <family>', 'only the points of a family, such as gas');
}

export interface SpreadsheetExport {
  readonly file: string;
  readonly query: Given<'GET /spreadsheet'>['query'];
}

/** What is to be exported as a spreadsheet; undefined when the files of the site are. Throws UsageError. */
export function spreadsheetOf(file: string | undefined, options: SpreadsheetOptions): SpreadsheetExport | undefined {
  const { format, sheet, lang = 'zh', area, family } = options;
  if (file === undefined) {
    const given = (['format', 'sheet', 'lang', 'area', 'family'] as const).find((name) => options[name] !== undefined);
    if (given !== undefined) throw new UsageError(`--${given} is for a spreadsheet: give the FILE to write`);
    return undefined;
  }
  if (options.out !== undefined) throw new UsageError('--out is for the files of the site, FILE for a spreadsheet');
  const chosen = formatOf(file, format);
  refuse('sheet', sheet, ['limits', 'points', 'devices']);
  refuse('lang', lang, ['zh', 'en']);
  if (sheet !== undefined && sheet !== 'devices' && chosen === 'xlsx') {
    throw new UsageError('--sheet is for CSV; XLSX has both sheets, or devices');
  }
  return { file, query: { format: chosen, lang, sheet, area, family } };
}

/** The format of a spreadsheet by its name, unless it is said. Throws UsageError. */
export function formatOf(file: string, said: string | undefined): 'xlsx' | 'csv' {
  const format = said ?? /\.(xlsx|csv)$/i.exec(file)?.[1]?.toLowerCase();
  if (format === 'xlsx' || format === 'csv') return format;
  throw new UsageError(
    said === undefined
      ? `${file}: expected a name that ends with .xlsx or .csv, or --format`
      : `--format: expected xlsx or csv, found ${said}`,
  );
}

function refuse(name: string, value: string | undefined, allowed: readonly string[]): void {
  if (value !== undefined && !allowed.includes(value)) {
    throw new UsageError(`--${name}: expected ${allowed.join(' or ')}, found ${value}`);
  }
}

export async function exportSpreadsheet(
  server: Server,
  { file, query }: SpreadsheetExport,
  options: SpreadsheetOptions,
  context: CliContext,
): Promise<ExitStatus> {
  if (existsSync(file) && options.yes !== true && context.confirm !== undefined) {
    if (!(await context.confirm(`${file} is there already. Write it anew?`))) {
      show(context, options, { written: false, file }, 'Nothing was written.\n');
      return 0;
    }
  }
  const bytes = await buffer(await server.download('GET /spreadsheet', { query }));
  writeFileSync(file, bytes);
  show(context, options, { written: true, file, bytes: bytes.length }, `${file}: ${bytes.length} bytes\n`);
  return 0;
}
