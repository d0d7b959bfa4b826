import { existsSync, writeFileSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { type Command, Option } from 'commander';
import type { SetupSheetChanges } from '../wire/calls/notify-sheets.ts';
import { type AddCommand, type CliContext, type ExitStatus, show, UsageError } from './context.ts';
import { formatOf } from './export-spreadsheet.ts';
import { ApiError } from './http.ts';
import { readGiven, TYPES } from './import.ts';
import type { Server, ServerOptions } from './server.ts';
import { onServer } from './server-command.ts';
import { counted, tableText } from './table.ts';

/** Parts of the setup of who is told that people keep as sheets: contacts, and days off and worked. */

const SHEETS = {
  people: { out: 'GET /notify/people/sheet', into: 'POST /notify/people/sheet' },
  calendar: { out: 'GET /notify/calendar/sheet', into: 'POST /notify/calendar/sheet' },
} as const;
type SheetName = keyof typeof SHEETS;

interface SheetOptions extends ServerOptions {
  readonly format?: string;
  readonly lang?: 'zh' | 'en';
  readonly reason?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

export const addPeople: AddCommand = (program, context, finish) => {
  const people = program.command('people').description('who can be told of alerts, as a contact sheet');
  addExport(people, 'people', context, finish);
  addImport(people, 'people', 'the sheet: .xlsx, or .csv in UTF-8 or GB18030', context, finish);
};

export const addCalendar: AddCommand = (program, context, finish) => {
  const calendar = program.command('calendar').description('days off and worked (调休), which rotas go by');
  addExport(calendar, 'calendar', context, finish);
  addImport(calendar, 'calendar', 'the list: .xlsx, .csv, or .ics with events of whole days', context, finish);
};

const language = (what: string) => new Option('--lang <language>', what).choices(['zh', 'en']);

function addExport(command: Command, sheet: SheetName, context: CliContext, finish: Parameters<AddCommand>[2]): void {
  onServer<SheetOptions>(
    command
      .command('export <file>')
      .description('write it to FILE, .xlsx or .csv')
      .option('--format <format>', 'xlsx or csv (default: what the name of FILE ends with)')
      .addOption(language('language of the headings (default zh)'))
      .option('--yes', 'write over a file that is there'),
    context,
    finish,
    async (server, options, [file = '']) => {
      const { lang = 'zh', yes } = options;
      const format = formatOf(file, options.format);
      if (existsSync(file) && yes !== true) throw new UsageError(`${file} is there already; --yes writes over it`);
      const bytes = await buffer(await server.download(SHEETS[sheet].out, { query: { format, lang } }));
      writeFileSync(file, bytes);
      show(context, options, { file, bytes: bytes.length }, `${file}: ${bytes.length} bytes\n`);
      return 0;
    },
  );
}

function addImport(
  command: Command,
  sheet: SheetName,
  about: string,
  context: CliContext,
  finish: Parameters<AddCommand>[2],
): void {
  onServer<SheetOptions>(
    command
      .command('import')
      .argument('<file>', about)
      .description('show what a sheet would change, row by row, then make it so; what it does not mention stays')
      .option('--format <format>', 'xlsx or csv (default: what the name of FILE ends with)')
      .addOption(language('language of the messages (default en)'))
      .option('--reason <text>', 'why, for the record (default: the name of the file)')
      .option('--dry-run', 'only show it')
      .option('--yes', 'do not ask'),
    context,
    finish,
    async (server, options, [file = '']) => {
      const isEvents = sheet === 'calendar' && options.format === undefined && /\.ics$/i.test(file);
      const type = isEvents ? 'text/calendar' : TYPES[formatOf(file, options.format)];
      return importSheet(server, sheet, { file, type, body: readGiven(file) }, options, context);
    },
  );
}

async function importSheet(
  server: Server,
  sheet: SheetName,
  { file, type, body }: { readonly file: string; readonly type: string; readonly body: Uint8Array },
  options: SheetOptions,
  context: CliContext,
): Promise<ExitStatus> {
  const lang = options.lang ?? 'en';
  const headers = { 'content-type': type };
  const { body: looked } = await server.call(SHEETS[sheet].into, { query: { lang, dryRun: true }, body, headers });
  const left = (text: string): ExitStatus => {
    show(context, options, looked, text);
    return 0;
  };
  const say = (text: string) => (options.json === true ? context.stderr(text) : context.stdout(text));
  if (options.json !== true || options.yes !== true) say(answerText(looked));
  if (looked.errors.length > 0) {
    show(context, options, looked, '');
    context.stderr('Nothing was changed.\n');
    return 1;
  }
  if (looked.rows.every(({ changes }) => changes.length === 0)) return left('No difference.\n');
  if (options.dryRun === true) return left('Nothing was changed (--dry-run).\n');
  if (options.yes !== true && context.confirm !== undefined && !(await context.confirm('Make it so?'))) {
    return left('Nothing was changed.\n');
  }
  try {
    const query = { lang, revision: looked.revision, reason: options.reason ?? `import of ${file}` };
    const { body: made } = await server.call(SHEETS[sheet].into, { query, body, headers });
    show(context, options, made, `Revision ${made.revision} is in force.\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof ApiError) || error.problem.code !== 'notify-lost-race') throw error;
    context.stderr('Somebody changed the setup in the meantime; run it again to see the difference as it is now.\n');
    show(context, options, { ...looked, problem: error.problem }, 'Nothing was changed.\n');
    return 1;
  }
}

/** Every row with what becomes of it, then what is wrong or was left alone, cell by cell. */
function answerText({ rows, untouched, errors, warnings }: SetupSheetChanges): string {
  const table = rows.map(({ place, fate, id, name }) => [place, fate, id, name]);
  const changes = rows.flatMap((row) =>
    row.changes.map(({ place, what, before, after }) => {
      return `      ${place}  ${what}: ${before || '(none)'} -> ${after || '(none)'}\n`;
    }),
  );
  const notes = [
    ...warnings.map(({ place, message }) => `note   ${place}: ${message}\n`),
    ...errors.map(({ place, message }) => `error  ${place}: ${message}\n`),
  ];
  const rest =
    untouched === 0 ? '' : `${counted(untouched, 'entry', 'entries')} not in the file, and left as they are.\n`;
  return [tableText(['cell', 'becomes', 'id', 'name'], table), ...changes, ...notes, rest].join('');
}
