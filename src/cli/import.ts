import { readFileSync } from 'node:fs';
import type { SheetConflict, SheetNote, SheetPlan } from '../model/spreadsheet.ts';
import { type AddCommand, type CliContext, type ExitStatus, show, UsageError } from './context.ts';
import { formatOf } from './export-spreadsheet.ts';
import { ApiError } from './http.ts';
import { addServerOptions, type Server, type ServerOptions, withServer } from './server.ts';

interface ImportOptions extends ServerOptions {
  readonly format?: string;
  readonly lang?: string;
  readonly reason?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

interface ImportAnswer {
  readonly applied: boolean;
  readonly needsApproval: boolean;
  readonly rowsRead: number;
  readonly items: SheetPlan['points'];
  readonly errors: readonly SheetNote[];
  readonly conflicts: readonly SheetConflict[];
  readonly warnings: readonly SheetNote[];
}

const TYPES = { xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', csv: 'text/csv' } as const;

export const addImport: AddCommand = (program, context, finish) => {
  const command = program
    .command('import')
    .description('show what a spreadsheet of points and limits would change, then make it so')
    .argument('<file>', 'the spreadsheet: .xlsx, or .csv in UTF-8 or GB18030')
    .option('--format <format>', 'xlsx or csv (default: what the name of the file ends with)')
    .option('--lang <language>', 'language of the messages: zh or en (default en)')
    .option('--reason <text>', 'why, for the record (default: the name of the file)')
    .option('--dry-run', 'only show it')
    .option('--yes', 'do not ask');
  addServerOptions(command).action(async (file: string, options: ImportOptions) => {
    const type = TYPES[formatOf(file, options.format)];
    if (options.lang !== undefined && !['zh', 'en'].includes(options.lang)) {
      throw new UsageError(`--lang: expected zh or en, found ${options.lang}`);
    }
    const bytes = readGiven(file);
    const reason = options.reason ?? `import of ${file}`;
    finish(
      await withServer(options, context, (server) => importFile(server, { bytes, type, reason }, options, context)),
    );
  });
};

function readGiven(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function importFile(
  server: Server,
  { bytes, type, reason }: { readonly bytes: Buffer; readonly type: string; readonly reason: string },
  options: ImportOptions,
  context: CliContext,
): Promise<ExitStatus> {
  const query = new URLSearchParams({ lang: options.lang ?? 'en' });
  const headers = { 'content-type': type };
  const looked = await server.call('POST', `/spreadsheet?${query}&dryRun=true`, { body: bytes, headers });
  const answer = looked.body as ImportAnswer;
  const say = (text: string) => (options.json === true ? context.stderr(text) : context.stdout(text));
  if (options.json !== true || options.yes !== true) say(answerText(answer));
  if (answer.errors.length > 0 || answer.conflicts.length > 0) {
    show(context, options, answer, '');
    context.stderr('Nothing was changed.\n');
    return 1;
  }
  if (answer.items.length === 0) {
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
  try {
    query.set('reason', reason);
    const condition: Record<string, string> = looked.etag === undefined ? {} : { 'if-match': looked.etag };
    const { body } = await server.call('POST', `/spreadsheet?${query}`, {
      body: bytes,
      headers: { ...headers, ...condition },
    });
    const { applied } = body as ImportAnswer;
    show(context, options, body, applied ? 'Applied.\n' : 'Proposed: a second person must approve it.\n');
    return 0;
  } catch (error) {
    if (!(error instanceof ApiError) || error.problem.code !== 'revision-lost-race') throw error;
    context.stderr('Somebody changed these points in the meantime; run it again to see the difference as it is now.\n');
    show(context, options, { ...answer, problem: error.problem }, 'Nothing was changed.\n');
    return 1;
  }
}

/** The difference by point, and what is wrong or left alone, cell by cell. */
function answerText({ items, errors, conflicts, warnings, needsApproval }: ImportAnswer): string {
  const lines = items.flatMap(({ point, name, isNew, changes }) => [
    `${isNew ? '+' : '~'} ${point} (${name.zh})`,
    ...changes.map(({ place, rule, what, before, after }) => {
      const subject = rule === null ? what : `${rule} ${what}`;
      return `      ${place}  ${subject}: ${before || '(none)'} -> ${after || '(none)'}`;
    }),
  ]);
  const notes = [
    ...warnings.map(({ place, message }) => `note   ${place}: ${message}`),
    ...conflicts.map(({ place, message }) => `stale  ${place}: ${message}`),
    ...errors.map(({ place, message }) => `error  ${place}: ${message}`),
  ];
  const count = items.length === 0 ? [] : [`${items.length} points changed`];
  const approval = needsApproval
    ? ['An orange or red level gets harder to reach: a second person must approve it.']
    : [];
  return [...lines, ...notes, ...count, ...approval].map((line) => `${line}\n`).join('');
}
