import { type Command, Option } from 'commander';
import { type Alert, type Verdict, verdictSchema } from '../model/alert.ts';
import type { Response } from '../model/response.ts';
import { type AddCommand, type CliContext, show, UsageError } from './context.ts';
import { onServer } from './server-command.ts';
import { tableText, timeText } from './table.ts';

interface RespondOptions {
  readonly note?: string;
  readonly at?: string;
}

interface DispatchOptions extends RespondOptions {
  readonly person?: string;
  readonly team?: string;
  readonly name?: string;
}

interface FeedbackOptions extends RespondOptions {
  readonly verdict: Verdict;
  readonly cause?: string;
  readonly measures?: string;
  readonly moved?: string;
}

const DISPATCH_ACTS = [
  { name: 'accept', text: 'somebody who was sent goes' },
  { name: 'decline', text: 'somebody who was sent cannot go, or is called back' },
  { name: 'arrive', text: 'somebody who was sent is there' },
  { name: 'handle', text: 'somebody who was sent has done what he was sent for' },
] as const;

/** The response to an alert beyond its acknowledgement, from a terminal. */
export function addResponse(alert: Command, context: CliContext, finish: Parameters<AddCommand>[2]): void {
  const command = (name: string, text: string) =>
    alert
      .command(name)
      .description(text)
      .option('--note <text>', 'what to write down')
      .option('--at <time>', 'when it happened, where that was before now: ISO 8601 with a time zone, or ms');
  const done = (options: Parameters<typeof show>[1], changed: Alert) =>
    show(context, options, changed, `${changed.id} response ${changed.response?.stage} (${changed.point})\n`);

  onServer<DispatchOptions>(
    command('dispatch <id>', 'send somebody to an alert, which acknowledges it')
      .option('--person <id>', 'of the setup of notifications')
      .option('--team <id>', 'of the setup of notifications')
      .option('--name <text>', 'anybody else'),
    context,
    finish,
    async (server, options, [id = '']) => {
      const { person, team, name } = options;
      const given = [person && { person }, team && { team }, name && { name }].filter((one) => typeof one === 'object');
      const [to, other] = given;
      if (to === undefined || other !== undefined) {
        throw new UsageError('dispatch: expected one of --person, --team, --name');
      }
      const body = { to, ...reported(options) };
      done(options, (await server.call('POST /alerts/{id}/dispatch', { path: { id }, body })).body);
      return 0;
    },
  );

  for (const { name, text } of DISPATCH_ACTS) {
    onServer<RespondOptions>(
      command(`${name} <id> [dispatch]`, `${text}; of several, the dispatch of that number`),
      context,
      finish,
      async (server, options, [id = '', number]) => {
        const dispatch = number === undefined ? {} : { dispatch: wholeNumber('dispatch', number) };
        const body = { ...dispatch, ...reported(options) };
        done(options, (await server.call(`POST /alerts/{id}/${name}`, { path: { id }, body })).body);
        return 0;
      },
    );
  }

  onServer<RespondOptions>(
    command('step <id> <step>', 'tick off a step of the card of an alert, which acknowledges it'),
    context,
    finish,
    async (server, options, [id = '', step = '']) => {
      const body = reported(options);
      done(options, (await server.call('POST /alerts/{id}/steps/{step}', { path: { id, step }, body })).body);
      return 0;
    },
  );

  onServer<FeedbackOptions>(
    command('feedback <id>', 'report what an alert was and what was done')
      .addOption(new Option('--verdict <verdict>', 'what it was').choices(verdictSchema.options).makeOptionMandatory())
      .option('--cause <text>', 'what it came from')
      .option('--measures <text>', 'what was done')
      .option('--moved <count>', 'how many people were moved'),
    context,
    finish,
    async (server, options, [id = '']) => {
      const { verdict, cause, measures, moved } = options;
      const people = moved === undefined ? {} : { moved: wholeNumber('--moved', moved) };
      const body = { verdict, ...(cause && { cause }), ...(measures && { measures }), ...people, ...reported(options) };
      done(options, (await server.call('POST /alerts/{id}/feedback', { path: { id }, body })).body);
      return 0;
    },
  );

  onServer<RespondOptions>(
    command('close <id>', 'close the response to an alert that has cleared'),
    context,
    finish,
    async (server, options, [id = '']) => {
      const body = reported(options);
      done(options, (await server.call('POST /alerts/{id}/close', { path: { id }, body })).body);
      return 0;
    },
  );

  onServer<RespondOptions>(
    command('reopen <id>', 'open a response again that was closed within the last three days'),
    context,
    finish,
    async (server, options, [id = '']) => {
      const { note, ...more } = reported(options);
      if (note === undefined) throw new UsageError('reopen: expected --note TEXT');
      done(options, (await server.call('POST /alerts/{id}/reopen', { path: { id }, body: { note, ...more } })).body);
      return 0;
    },
  );
}

/** Who was sent, one a line; nothing when nobody was. */
export function dispatchesText(response: Response | undefined): string {
  if (response === undefined || response.dispatches.length === 0) return '';
  const time = (ms: number | null) => (ms === null ? '' : timeText(ms));
  const rows = response.dispatches.map(({ number, to, state, at, answeredAt, arrivedAt, handledAt }) => [
    String(number),
    to.name,
    state,
    ...[at, answeredAt, arrivedAt, handledAt].map(time),
  ]);
  return tableText(['dispatch', 'to', 'state', 'sent', 'answered', 'arrived', 'handled'], rows);
}

function reported({ note, at }: RespondOptions) {
  return { ...(note && { note }), ...(at && { occurredAtMs: at }) };
}

function wholeNumber(what: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`${what}: expected a whole number, found ${text}`);
  return Number(text);
}
