import { Argument, Option } from 'commander';
import { type Alert, type Verdict, verdictSchema } from '../model/alert.ts';
import { LEVELS } from '../model/level.ts';
import { addResponse, dispatchesText } from './alert-response.ts';
import { type AddCommand, show, UsageError } from './context.ts';
import { readList } from './lists.ts';
import { onServer } from './server-command.ts';
import { tableText, timeText } from './table.ts';

interface ListOptions {
  readonly state: string;
  readonly point?: string;
  readonly area?: string;
  readonly level?: string;
  readonly peakLevel?: string;
  readonly verdict?: string;
  readonly from?: string;
  readonly to?: string;
}

interface NoteOptions {
  readonly note?: string;
  readonly verdict?: Verdict;
  readonly for?: string;
}

const RESET_TEXT =
  'let go of latched alerts whose condition has passed; with --note also of those whose detector is silent or bad';
const verdicts = verdictSchema.options;

/** What an operator does in the console, for scripts and for those who sit at a terminal. */
export const addAlert: AddCommand = (program, context, finish) => {
  const alert = program.command('alert').description('alerts: which there are, and what people do about them');

  onServer<ListOptions>(
    alert
      .command('list')
      .description('alerts, newest first; without a selection those that are active')
      .addOption(
        new Option('--state <state>', 'which')
          .choices(['active', 'unacknowledged', 'responding', 'all'])
          .default('active'),
      )
      .option('--point <id>', 'of this point')
      .option('--area <id>', 'of this area and those below it')
      .addOption(new Option('--level <level>', 'at this level now, or when it ended').choices(LEVELS))
      .addOption(new Option('--peak-level <level>', 'whose most severe level was this').choices(LEVELS))
      .addOption(new Option('--verdict <verdict>', 'what operators said').choices([...verdicts, 'none']))
      .option('--from <time>', 'raised at or after: ISO 8601 with a time zone, or ms')
      .option('--to <time>', 'raised before'),
    context,
    finish,
    async (server, options) => {
      const { state, point, area, level, peakLevel, verdict, from, to } = options;
      const query = { state, point, area, level, peakLevel, verdict, from, to, limit: 1_000 };
      const alerts = await readList(server, 'GET /alerts', { query });
      const rows = alerts.map((one) => [
        one.id,
        one.level,
        one.peak.level,
        one.state === 'active' && !one.acknowledged ? 'unacknowledged' : one.state,
        timeText(one.raisedAt),
        `${one.value ?? ''} ${one.unit ?? ''}`.trim(),
        one.response?.stage ?? '',
        one.verdict ?? '',
        `${one.point} ${one.rule}`,
      ]);
      const head = ['id', 'level', 'peak', 'state', 'raised', 'value', 'response', 'verdict', 'point and rule'];
      show(context, options, alerts, alerts.length === 0 ? 'No alerts.\n' : tableText(head, rows));
      return 0;
    },
  );

  onServer(
    alert.command('show <id>').description('one alert and everything that happened to it'),
    context,
    finish,
    async (server, options, [id = '']) => {
      const { body: found } = await server.call('GET /alerts/{id}', { path: { id } });
      const { point, rule, level, state, value, unit, limit, thresholdRevision, verdict, response, log } = found;
      const said = [level, state, verdict, response && `response ${response.stage}`].filter((one) => one !== undefined);
      const head = `${point} ${rule}: ${said.join(', ')}`;
      const what = `${value ?? ''} ${unit ?? ''} (limit ${limit ?? '–'}), thresholds revision ${thresholdRevision}`;
      const rows = log.map(({ at, event, by, note, cause, alert: then }) => [
        timeText(at),
        // A note that somebody typed is never taken for what the server says.
        event === 'note' && cause !== null ? cause.code : event,
        then.level,
        by ?? '',
        note ?? '',
      ]);
      const table = tableText(['time', 'event', 'level', 'by', 'note'], rows);
      show(context, options, found, `${head}\n${what}\n${dispatchesText(response)}${table}`);
      return 0;
    },
  );

  const actions = [
    { name: 'ack', text: 'acknowledge alerts', done: 'acknowledged' },
    { name: 'reset', text: RESET_TEXT, done: 'reset' },
    { name: 'unshelve', text: 'end shelving early', done: 'no longer shelved' },
    { name: 'shelve', text: 'put alerts aside for a time', done: 'shelved' },
    { name: 'note', text: 'write something down about alerts', done: 'noted' },
  ] as const;
  for (const { name, text, done } of actions) {
    const command = alert.command(`${name} <id...>`).description(text).option('--note <text>', 'what to write down');
    if (name === 'shelve') command.option('--for <duration>', 'for how long, such as 30m; default 1h, at most 24h');
    if (name === 'ack' || name === 'reset') {
      command.addOption(new Option('--verdict <verdict>', 'what it was').choices(verdicts));
    }
    onServer<NoteOptions>(command, context, finish, async (server, options, ids) => {
      if (name === 'note' && options.note === undefined) throw new UsageError('note: expected --note TEXT');
      const { note, verdict, for: time } = options;
      const body = { ...(note && { note }), ...(verdict && { verdict }), ...(time && { for: time }) };
      const changed: Alert[] = [];
      for (const id of ids) {
        changed.push((await server.call(`POST /alerts/{id}/${name}`, { path: { id }, body })).body);
      }
      show(
        context,
        options,
        changed,
        changed.map(({ id, point, rule }) => `${id} ${done} (${point} ${rule})\n`).join(''),
      );
      return 0;
    });
  }

  addResponse(alert, context, finish);

  onServer<NoteOptions>(
    alert
      .command('verdict')
      .description('say of alerts, open or closed, what they were')
      .addArgument(new Argument('<verdict>', 'true: the hazard was real').choices(verdicts))
      .argument('<id...>')
      .option('--note <text>', 'what to write down'),
    context,
    finish,
    async (server, options, [verdict, ...ids]) => {
      const body = { verdict: verdict as Verdict, ...(options.note && { note: options.note }) };
      const changed: Alert[] = [];
      for (const id of ids) changed.push((await server.call('POST /alerts/{id}/verdict', { path: { id }, body })).body);
      show(context, options, changed, changed.map(({ id }) => `${id} is ${verdict} now\n`).join(''));
      return 0;
    },
  );
};
