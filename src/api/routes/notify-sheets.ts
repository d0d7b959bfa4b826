import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { problemsOfIssues } from '../../model/issue.ts';
import { emptySetup, notifySetupSchema } from '../../model/notify/setup.ts';
import type { SetupSheetPlan } from '../../model/notify/setup-sheet.ts';
import type { FieldProblem } from '../../model/problem.ts';
import { type Language, placedText, problemText } from '../../model/problem-words.ts';
import type { SheetNote } from '../../model/spreadsheet.ts';
import { ICS, type SetupSheetChanges } from '../../wire/calls/notify-sheets.ts';
import { CSV, XLSX } from '../../wire/calls/spreadsheet.ts';
import { principalOf } from '../auth.ts';
import type { ApiDeps } from '../deps.ts';
import { inTurn } from '../in-turn.ts';
import { ProblemError, preferredLanguage } from '../problems.ts';
import { reasonMissing, reasonOf } from '../reason.ts';
import { route } from '../route.ts';

/** Two thousand people with every column take a tenth of it. */
const FILE_BYTES_MAX = 4 << 20;

const SHEETS = [
  {
    sheet: 'people',
    path: '/notify/people/sheet',
    file: 'brink-people',
    out: 'The people who can be told, as a contact sheet',
    into: 'What a contact sheet would change of the people who can be told, and making it so',
    about:
      'A row for each person, with teams, areas and channels by name or id. Who has no id in it is known by his name; who is ' +
      'new and has none gets his name for one. A person whom the file does not mention stays as he is, and so does a ' +
      'column that it does not have; an emptied cell takes away what stood there, and is shown as that.',
  },
  {
    sheet: 'days',
    path: '/notify/calendar/sheet',
    file: 'brink-calendar',
    out: 'Days off and worked (调休), which rotas go by',
    into: 'What a list of days off and worked would change of the calendar, and making it so',
    about:
      `A row for each date, or for first and last date: off, working, or usual, which takes back what was said. \`${ICS}\` is taken too: ` +
      'events of whole days whose summary, or X-APPLE-SPECIAL-DAY, says which it is. Days that the file does not mention stay.',
  },
] as const;

/** Parts of the setup of who is told as files, out and back in. */
export function notifySheetRoutes(deps: ApiDeps): FastifyPluginAsyncZod {
  const { telling, setupSheets } = deps;

  return async (app) => {
    app.addContentTypeParser([XLSX, CSV, ICS], { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

    for (const { sheet, path, file, out, into, about } of SHEETS) {
      route(
        app,
        `GET ${path}`,
        { access: 'operator', exposeHeadRoute: false, tags: ['notify'], summary: out },
        async (request, reply) => {
          const { format, lang } = request.query;
          const how = { format, language: lang ?? preferredLanguage(request.headers['accept-language']) };
          const setup = telling.setup()?.setup ?? emptySetup();
          const bytes = await inTurn(reply, (signal) => setupSheets.write(sheet, setup, how, signal));
          reply
            .type(format === 'xlsx' ? XLSX : `${CSV}; charset=utf-8`)
            .header('content-disposition', `attachment; filename="${file}.${format}"`);
          return reply.send(Buffer.from(bytes));
        },
      );

      route(
        app,
        `POST ${path}`,
        {
          access: 'engineer',
          bodyLimit: FILE_BYTES_MAX,
          tags: ['notify'],
          summary: into,
          description:
            `${about} With \`dryRun=true\` nothing changes, and every row says what becomes of it. Otherwise a reason is ` +
            'required, and all of it becomes one revision of the setup or nothing: 422 when a cell is wrong, or a row carries ' +
            'a version that is no longer the present one.',
          consumes: sheet === 'days' ? [XLSX, CSV, ICS] : [XLSX, CSV],
        },
        async (request, reply) => {
          const { dryRun, lang, revision: expected } = request.query;
          const language = lang ?? preferredLanguage(request.headers['accept-language']);
          const { revision = 0, setup = emptySetup() } = telling.setup() ?? {};
          if (expected !== undefined && expected !== revision) {
            throw new ProblemError('notify-lost-race', { members: { revision } });
          }
          const given = {
            bytes: Uint8Array.from(request.body),
            format: formatOf(request.headers['content-type']),
            language,
          };
          const read = await inTurn(reply, (signal) => setupSheets.plan(sheet, setup, given, signal));
          if (!read.ok) throw new ProblemError('spreadsheet-unreadable', { detail: read.message });
          const author = principalOf(request).name;
          const reason = reasonOf(request);
          const tried = await putOf(read.plan, { revision, author, reason, isTrial: true, language });
          if (dryRun) return answerOf(read.plan, { ...tried, revision, applied: false });
          if (reason === null) throw reasonMissing();
          if (tried.errors.length > 0) throw refused(tried.errors);
          const hasChanges = read.plan.rows.some(({ changes }) => changes.length > 0);
          if (!hasChanges) return answerOf(read.plan, { ...tried, revision, applied: false });
          const made = await putOf(read.plan, { revision, author, reason, isTrial: false, language });
          if (made.errors.length > 0) throw refused(made.errors);
          return answerOf(read.plan, { ...made, applied: true });
        },
      );
    }
  };

  /** Makes the setup of a plan the one in force, or only looks what is wrong with it, cell by cell. */
  async function putOf(
    plan: SetupSheetPlan,
    how: {
      readonly revision: number;
      readonly author: string;
      readonly reason: string | null;
      readonly isTrial: boolean;
      readonly language: Language;
    },
  ): Promise<{ readonly errors: readonly SheetNote[]; readonly revision: number }> {
    const { revision, author, reason, isTrial, language } = how;
    // What cannot even be read has been told cell by cell.
    if (plan.errors.length > 0) return { errors: plan.errors, revision };
    const noted = (problem: FieldProblem): SheetNote => {
      const place = plan.placeOf(problem.path);
      return { place, message: place === '' ? placedText(problem, language) : problemText(problem, language) };
    };
    const parsed = notifySetupSchema.safeParse(plan.setup);
    if (!parsed.success) {
      return { errors: problemsOfIssues(parsed.error.issues, plan.setup).map(noted), revision };
    }
    const outcome = await telling.put({ expectedRevision: revision, setup: parsed.data, author, reason, isTrial });
    if (outcome.ok) return { errors: [], revision: outcome.record.revision };
    if (outcome.error === 'lost-race') {
      throw new ProblemError('notify-lost-race', { members: { revision: outcome.revision } });
    }
    return { errors: outcome.problems.map(noted), revision };
  }
}

function formatOf(type: string | undefined): 'xlsx' | 'csv' | 'ics' {
  if (type?.startsWith(CSV) === true) return 'csv';
  return type?.startsWith(ICS) === true ? 'ics' : 'xlsx';
}

function refused(errors: readonly SheetNote[]): ProblemError {
  return new ProblemError('spreadsheet-invalid', {
    errors: errors.map(({ place, message }) => ({ path: place, message })),
  });
}

function answerOf(
  { rows, untouched, warnings }: SetupSheetPlan,
  more: Pick<SetupSheetChanges, 'applied' | 'revision' | 'errors'>,
): SetupSheetChanges {
  return { ...more, rows, untouched, warnings };
}
