import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { type Command, Option } from 'commander';
import { ConfigError, formatProblem } from '../lib/errors.ts';
import { checkShape, readStructuredFile } from '../lib/structured-file.ts';
import { LEVELS } from '../model/level.ts';
import { type NotifySetup, notifySetupSchema } from '../model/notify/setup.ts';
import { FAMILIES } from '../model/site.ts';
import type { Answer } from '../wire/calls.ts';
import { type AddCommand, type CliContext, show, UsageError } from './context.ts';
import { notifyFiles, readNotifyFiles } from './notify-files.ts';
import { addRehearsals } from './rehearsals.ts';
import { onServer } from './server-command.ts';
import { counted, tableText, timeText } from './table.ts';

type Explanation = Answer<'POST /notify/explain'>;
type Preview = Answer<'POST /notify/preview'>;
type Stage = Explanation['stages'][number];

interface ExplainOptions {
  readonly alert?: string;
  readonly point?: string;
  readonly area?: string;
  readonly level?: (typeof LEVELS)[number];
  readonly family?: (typeof FAMILIES)[number];
  readonly at?: string;
  readonly setup?: string;
}

interface PreviewOptions {
  readonly from?: string;
  readonly to?: string;
  readonly days?: string;
  readonly answers?: 'nobody' | 'as-recorded';
  readonly proof?: 'accepted' | 'delivered';
  readonly setup?: string;
}

const SETUP_TEXT = 'a folder of files, or a file with a whole setup, that is proposed; left out: the one in force';

/** Who is told of what, asked before it happens. */
export const addNotify: AddCommand = (program, context, finish) => {
  const notify = program.command('notify').description('who is told of alerts, by what, and when');
  addFiles(notify, context, finish);
  addRehearsals(notify, context, finish);
  addText(notify, context, finish);

  onServer<ExplainOptions>(
    notify
      .command('explain')
      .description('who would get an alert now, stage by stage; nothing is sent')
      .option('--alert <id>', 'one that was raised')
      .option('--point <id>', 'instead: one imagined at this point')
      .option('--area <id>', 'instead: one imagined in this area')
      .addOption(new Option('--level <level>', 'of one that is imagined (default red)').choices(LEVELS))
      .addOption(new Option('--family <family>', 'of one imagined in an area (default other)').choices(FAMILIES))
      .option('--at <time>', 'when it is raised: ISO 8601 with a time zone, or ms (default now)')
      .option('--setup <file>', SETUP_TEXT),
    context,
    finish,
    async (server, options) => {
      const { alert, point, area, level, family, at } = options;
      if ([alert, point, area].filter((one) => one !== undefined).length !== 1)
        throw new UsageError('explain: expected one of --alert, --point and --area');
      const body = { alert, point, area, level, family, at, setup: readSetup(options.setup) };
      const { body: found } = await server.call('POST /notify/explain', { body });
      show(context, options, found, explanationText(found));
      return 0;
    },
  );

  onServer<PreviewOptions>(
    notify
      .command('preview')
      .description('whom recorded alerts would have been told to, and who would have been woken; nothing is sent')
      .option('--from <time>', 'from: ISO 8601 with a time zone, or ms')
      .option('--to <time>', 'to (default now)')
      .option('--days <n>', 'instead of --from: the last so many days (default 30)')
      .addOption(
        new Option('--answers <who>', 'who acknowledges (default as-recorded)').choices(['nobody', 'as-recorded']),
      )
      .addOption(new Option('--proof <how>', 'how far messages come').choices(['accepted', 'delivered']))
      .option('--setup <file>', SETUP_TEXT),
    context,
    finish,
    async (server, options) => {
      const { from, to, days, answers, proof } = options;
      const body = {
        from,
        to,
        answers,
        proof,
        ...(days === undefined ? {} : { days: Number(days) }),
        setup: readSetup(options.setup),
      };
      const { body: found } = await server.call('POST /notify/preview', { body });
      show(context, options, found, previewText(found));
      return 0;
    },
  );

  onServer<ToldOptions>(
    notify
      .command('told')
      .description('write who was told of orange and red alerts, with every proof, as a sheet')
      .requiredOption('--xlsx <file>', 'the file to write')
      .option('--from <time>', 'from: ISO 8601 with a time zone, or ms (default a day before --to)')
      .option('--to <time>', 'to, not included (default now)')
      .addOption(new Option('--lang <language>', 'language of the sheet (default zh)').choices(['zh', 'en']))
      .option('--yes', 'write over a file that is there'),
    context,
    finish,
    async (server, options) => {
      const { xlsx: file, from, to, lang = 'zh', yes } = options;
      if (existsSync(file) && yes !== true) {
        throw new UsageError(`--xlsx: ${file} is there already; --yes writes over it`);
      }
      const bytes = await buffer(await server.download('GET /notify/told/sheet', { query: { from, to, lang } }));
      writeFileSync(file, bytes);
      show(context, options, { file, bytes: bytes.length }, `${file}: ${bytes.length} bytes\n`);
      return 0;
    },
  );
};

interface TextOptions {
  readonly alert: string;
  readonly reason?: 'raised' | 'escalated' | 'step' | 'repeat' | 'cleared';
  readonly lang?: 'zh' | 'en';
  readonly channel?: string;
  readonly setup?: string;
}

const REASONS = ['raised', 'escalated', 'step', 'repeat', 'cleared'] as const;

/** What a message would say. */
function addText(notify: Command, context: CliContext, finish: Parameters<AddCommand>[2]): void {
  onServer<TextOptions>(
    notify
      .command('text')
      .description('what a message would say of alerts that were raised; nothing is sent')
      .requiredOption('--alert <ids>', 'ids with commas between; several are one situation')
      .addOption(new Option('--reason <reason>', 'why they are told (default raised)').choices(REASONS))
      .addOption(new Option('--lang <language>', 'of the words (default zh)').choices(['zh', 'en']))
      .option('--channel <id>', 'as this chat would show it')
      .option('--setup <file>', `with the words of ${SETUP_TEXT}`),
    context,
    finish,
    async (server, options) => {
      const { alert, reason, lang: language, channel, setup } = options;
      const alerts = alert.split(',').flatMap((id) => id.trim() || []);
      const { templates } = readSetup(setup) ?? {};
      const { body } = await server.call('POST /notify/texts', {
        body: { alerts, reason, language, channel, templates },
      });
      const more = body.leftOut === 0 ? '' : `(${counted(body.leftOut, 'alert')} only counted)\n`;
      show(context, options, body, `${body.shown ?? `${body.title}\n${body.body}`}\n${more}`);
      return 0;
    },
  );
}

interface ToldOptions {
  readonly xlsx: string;
  readonly from?: string;
  readonly to?: string;
  readonly lang?: 'zh' | 'en';
  readonly yes?: boolean;
}

/** The folder of files, as the commands that read or write them name it. */
const folderOf = (args: readonly string[]): string => args[0] ?? './notify';

interface ApplyOptions {
  readonly reason?: string;
  readonly revision?: string;
  readonly dryRun?: boolean;
}

/** The setup as files: checked, applied, exported. */
function addFiles(notify: Command, context: CliContext, finish: Parameters<AddCommand>[2]): void {
  notify
    .command('check [folder]')
    .description('check the files of a folder (default ./notify) without a server')
    .option('--json', 'as JSON')
    .action((folder: string | undefined, options: { readonly json?: boolean }) => {
      const { problems, warnings } = readNotifyFiles(folderOf(folder === undefined ? [] : [folder]));
      const lines = [...problems.map(formatProblem), ...warnings.map((one) => `warning: ${formatProblem(one)}`)];
      const text = lines.length === 0 ? 'Nothing is wrong.\n' : `${lines.join('\n')}\n`;
      show(context, options, { ok: problems.length === 0, problems, warnings }, text);
      finish(problems.length === 0 ? 0 : 1);
    });

  onServer<ApplyOptions>(
    notify
      .command('apply [folder]')
      .description('make the files of a folder (default ./notify) what is in force; secrets that are left out stay')
      .option('--reason <text>', 'why, for those who come after')
      .option('--revision <n>', 'refuse if another revision is in force than this')
      .option('--dry-run', 'say what is wrong, and change nothing'),
    context,
    finish,
    async (server, options, args) => {
      const { setup, problems, warnings } = readNotifyFiles(folderOf(args));
      if (problems.length > 0) throw new ConfigError(problems);
      for (const warning of warnings) context.stderr(`warning: ${formatProblem(warning)}\n`);
      const present = await server.call('GET /notify/setup');
      const revision = options.revision === undefined ? present.body.revision : Number(options.revision);
      const { body } = await server.call('PUT /notify/setup', {
        query: { dryRun: options.dryRun === true },
        body: { setup, revision, reason: options.reason },
      });
      const missing = body.missingSecrets.map(({ channel, name }) => `channel ${channel} lacks its secret ${name}\n`);
      const done = options.dryRun === true ? 'Nothing was changed.\n' : `Revision ${body.revision} is in force.\n`;
      show(context, options, body, `${missing.join('')}${done}`);
      return 0;
    },
  );

  onServer(
    notify.command('export [folder]').description('write what is in force as files to a folder (default ./notify)'),
    context,
    finish,
    async (server, options, args) => {
      const folder = folderOf(args);
      const { body: present } = await server.call('GET /notify/setup');
      // As it was kept: there no secret is, and no mask of one.
      const path = { revision: present.revision };
      const { body } = await server.call('GET /notify/setup/revisions/{revision}', { path });
      mkdirSync(folder, { recursive: true });
      for (const [name, text] of notifyFiles(body.setup)) writeFileSync(join(folder, name), text);
      show(context, options, { folder, revision: body.revision }, `Revision ${body.revision} is in ${folder}.\n`);
      return 0;
    },
  );
}

function readSetup(file: string | undefined): NotifySetup | undefined {
  if (file === undefined) return undefined;
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory() === true) {
    const { setup, problems } = readNotifyFiles(file);
    if (problems.length > 0) throw new ConfigError(problems);
    return setup;
  }
  const read = readStructuredFile(file);
  const checked = 'problems' in read ? read : checkShape(read.parsed, [], read.parsed.value, notifySetupSchema);
  if ('problems' in checked) throw new ConfigError(checked.problems);
  return checked.value;
}

function explanationText({ stages, told, goesOn }: Explanation): string {
  const rows = stages.map((stage) => [timeText(stage.atMs), stageText(stage)]);
  const end =
    told.length === 0 ? 'Nobody is told.' : `${counted(told.length, 'message')}${goesOn ? ', and it goes on' : ''}.`;
  return `${tableText(['at', 'what'], rows)}${end}\n`;
}

/** A stage as a line: `told zhang by sms (route all)`. */
export function stageText(stage: Stage): string {
  const { code, route = '', step = -1, person, channel = '', why, untilMs } = stage;
  const by = step < 0 ? `route ${route}` : `route ${route}, step ${step + 1}`;
  const until = untilMs === undefined ? '' : ` until ${timeText(untilMs)}`;
  const who = person ?? 'the group';
  switch (code) {
    case 'not-announced':
      return `is told to nobody: it is ${why}`;
    case 'acknowledged':
      return 'is told to nobody: it is acknowledged';
    case 'over':
      return 'is over';
    case 'route':
      return `route ${route}: ${stage.verdict}`;
    case 'no-route':
      return 'no route takes it';
    case 'waits':
      return `waits${until} (${by}, ${why})`;
    case 'silenced':
      return `is silenced${until} (${stage.silence})`;
    case 'quiet':
      return `quiet hours${until} (${by})`;
    case 'target': {
      const whom = Object.entries(stage.target ?? {}).map(([kind, id]) => `${kind} ${id}`);
      const found = stage.persons?.join(', ') || (why ?? 'the group');
      return `${whom.join(', ')}: ${found} (${by})`;
    }
    case 'passed-over':
      return `${who} not by ${channel}: ${why} (${by})`;
    case 'instead':
      return `${who} by ${channel} instead (${by})`;
    case 'unreachable':
      return `${who} can be reached by nothing (${by})`;
    case 'told':
      return `${stage.reason}: ${who} by ${channel} (${by})`;
    case 'told-already':
      return `${who} by ${channel} is told already (${by})`;
    case 'step-passed':
      return `step ${step + 1} is passed over: ${stage.unless} (route ${route})`;
    case 'nobody':
      return `nobody is reached, so it goes on at once (${by})`;
  }
}

function previewText({ moments, persons, notTold }: Preview): string {
  const told = moments.flatMap(({ seq, intents }) =>
    intents.map(({ atMs, reason, alerts, channel, to, level }) => [
      timeText(atMs),
      seq === null ? '' : String(seq),
      reason,
      level ?? '',
      channel,
      'person' in to ? to.person : 'the group',
      alerts.join(', '),
    ]),
  );
  const people = persons.map(({ person, messages, woken }) => [
    person,
    String(messages),
    String(woken.length),
    woken.map(({ atMs }) => timeText(atMs)).join(', '),
  ]);
  const unheard = notTold.map(({ atMs, alert, level, why }) => [timeText(atMs), level, why, alert]);
  return [
    told.length === 0 ? 'Nobody would have been told.\n' : '',
    tableText(['at', 'entry', 'why', 'level', 'by', 'to', 'alerts'], told),
    people.length === 0 ? '' : `\n${tableText(['person', 'messages', 'woken', 'when'], people)}`,
    unheard.length === 0 ? '' : `\nReached nobody:\n${tableText(['at', 'level', 'why', 'alert'], unheard)}`,
  ].join('');
}
