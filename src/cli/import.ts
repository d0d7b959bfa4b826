import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join, parse } from 'node:path';
import type { Command } from 'commander';
import type { SpreadsheetApplied, SpreadsheetChanges } from '../wire/spreadsheet.ts';
import { type AddCommand, type CliContext, type ExitStatus, show, UsageError } from './context.ts';
import { formatOf } from './export-spreadsheet.ts';
import { ApiError } from './http.ts';
import type { Server, ServerOptions } from './server.ts';
import { onServer } from './server-command.ts';
import { counted } from './table.ts';

interface ImportOptions extends ServerOptions {
  readonly format?: string;
  readonly lang?: string;
  readonly reason?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly secrets?: string;
  readonly serverName?: string;
}

/** The types of spreadsheets by their formats. */
export const TYPES = {
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  csv: 'text/csv',
} as const;

interface Import {
  readonly file: string;
  readonly bytes: Buffer;
  readonly type: string;
  readonly reason: string;
  /** Said of a sheet that could be one of points as well. */
  readonly sheet: 'devices' | undefined;
}

export const addImport: AddCommand = (program, context, finish) => {
  const command = program
    .command('import')
    .description('show what a spreadsheet of points, limits or devices would change, then make it so');
  importBy(command, undefined, context, finish);
};

/** Makes a command that takes a spreadsheet in. */
export function importBy(
  command: Command,
  sheet: Import['sheet'],
  context: CliContext,
  finish: Parameters<AddCommand>[2],
): void {
  command
    .argument('<file>', 'the spreadsheet: .xlsx, or .csv in UTF-8 or GB18030')
    .option('--format <format>', 'xlsx or csv (default: what the name of the file ends with)')
    .option('--lang <language>', 'language of the messages: zh or en (default en)')
    .option('--reason <text>', 'why, for the record (default: the name of the file)')
    .option('--secrets <file>', 'where secrets that are drawn are written, once (default: beside FILE, -secrets)')
    .option('--server-name <host>', 'where devices reach the server, for the file of secrets')
    .option('--dry-run', 'only show it')
    .option('--yes', 'do not ask');
  onServer<ImportOptions>(command, context, finish, async (server, options, [file = '']) => {
    const type = TYPES[formatOf(file, options.format)];
    if (options.lang !== undefined && !['zh', 'en'].includes(options.lang)) {
      throw new UsageError(`--lang: expected zh or en, found ${options.lang}`);
    }
    const reason = options.reason ?? `import of ${file}`;
    const wanted = { file, bytes: readGiven(file), type, reason, sheet };
    return importFile(server, wanted, options, context);
  });
}

/** The bytes of a file that was named. Throws UsageError. */
export function readGiven(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function importFile(
  server: Server,
  { file, bytes, type, reason, sheet }: Import,
  options: ImportOptions,
  context: CliContext,
): Promise<ExitStatus> {
  const query = { lang: options.lang ?? 'en', sheet, host: options.serverName };
  const headers = { 'content-type': type };
  const dry = { ...query, dryRun: true };
  const looked = await server.call('POST /spreadsheet', { query: dry, body: bytes, headers });
  const answer = looked.body;
  const say = (text: string) => (options.json === true ? context.stderr(text) : context.stdout(text));
  if (options.json !== true || options.yes !== true) say(answerText(answer));
  if (answer.errors.length > 0 || answer.conflicts.length > 0) {
    show(context, options, answer, '');
    context.stderr('Nothing was changed.\n');
    return 1;
  }
  if (answer.items.length + answer.devices.length === 0) {
    show(context, options, answer, 'No difference.\n');
    return 0;
  }
  if (options.dryRun === true) {
    show(context, options, answer, 'Nothing was changed (--dry-run).\n');
    return 0;
  }
  if (options.yes !== true && context.confirm !== undefined && !(await context.confirm('Make it so?'))) {
    show(context, options, answer, 'Nothing was changed.\n');
    return 0;
  }
  const isDrawn = answer.devices.some(({ secret }) => secret === 'drawn');
  const secrets = isDrawn ? openSecrets(options.secrets ?? besides(file)) : undefined;
  try {
    const condition: Record<string, string> = looked.etag === undefined ? {} : { 'if-match': looked.etag };
    const { body } = await server.call('POST /spreadsheet', {
      query: { ...query, reason },
      body: bytes,
      headers: { ...headers, ...condition },
    });
    // What was drawn goes into its file, and into no terminal, whose lines are kept.
    const { handout, secrets: _secrets, ...shown }: SpreadsheetApplied = body;
    const kept = handout === undefined ? undefined : secrets?.write(Buffer.from(handout.base64, 'base64'));
    const deed = shown.applied ? 'Applied.\n' : 'Proposed: a second person must approve it.\n';
    const where = kept === undefined ? '' : `Secrets, this once: ${kept}\n`;
    show(context, options, { ...shown, ...(kept === undefined ? {} : { secretsFile: kept }) }, `${deed}${where}`);
    return 0;
  } catch (error) {
    secrets?.discard();
    if (!(error instanceof ApiError) || error.problem.code !== 'revision-lost-race') throw error;
    context.stderr('Somebody changed these points in the meantime; run it again to see the difference as it is now.\n');
    show(context, options, { ...answer, problem: error.problem }, 'Nothing was changed.\n');
    return 1;
  }
}

function besides(file: string): string {
  const { dir, name, ext } = parse(file);
  return join(dir, `${name}-secrets${ext}`);
}

/** A new file for its owner alone, made before anything is changed: what could not be written then would be lost. */
function openSecrets(path: string) {
  let file: number;
  try {
    file = openSync(path, 'wx', 0o600);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`secrets would be drawn, and ${path} cannot be written (--secrets FILE): ${why}`);
  }
  return {
    write(bytes: Uint8Array): string {
      writeSync(file, bytes);
      closeSync(file);
      return path;
    },
    discard(): void {
      closeSync(file);
      rmSync(path, { force: true });
    },
  };
}

/** The difference by point, and what is wrong or left alone, cell by cell. */
function answerText({ items, devices, errors, conflicts, warnings, needsApproval }: SpreadsheetChanges): string {
  const lines = items.flatMap(({ point, name, isNew, changes }) => [
    `${isNew ? '+' : '~'} ${point} (${name.zh})`,
    ...changes.map(({ place, rule, what, before, after }) => {
      const subject = rule === null ? what : `${rule} ${what}`;
      return `      ${place}  ${subject}: ${before || '(none)'} -> ${after || '(none)'}`;
    }),
  ]);
  const named = devices.flatMap(({ device, isNew, changes }) => [
    `${isNew ? '+' : '~'} device ${device}`,
    ...changes.map(({ place, what, before, after }) => {
      return `      ${place}  ${what}: ${before || '(none)'} -> ${after || '(none)'}`;
    }),
  ]);
  const notes = [
    ...warnings.map(({ place, message }) => `note   ${place}: ${message}`),
    ...conflicts.map(({ place, message }) => `stale  ${place}: ${message}`),
    ...errors.map(({ place, message }) => `error  ${place}: ${message}`),
  ];
  const count = items.length === 0 ? [] : [`${counted(items.length, 'point')} changed`];
  const countOfDevices = devices.length === 0 ? [] : [`${counted(devices.length, 'device')} changed`];
  const approval = needsApproval
    ? ['An orange or red level gets harder to reach: a second person must approve it.']
    : [];
  return [...named, ...lines, ...notes, ...countOfDevices, ...count, ...approval].map((line) => `${line}\n`).join('');
}
