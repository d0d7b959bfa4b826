import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { READABLE, type Readable } from '../model/device-command.ts';
import { parseDurationMs } from '../model/duration.ts';
import type { CommandRecord } from '../wire/devices.ts';
import type { AddCommand, CliContext, ExitStatus } from './context.ts';
import { show, UsageError } from './context.ts';
import { readList } from './lists.ts';
import type { Server } from './server.ts';
import { onServer } from './server-command.ts';
import { tableText, timeText } from './table.ts';

interface GiveOptions {
  readonly json?: boolean;
  /** False: what comes of it is not waited for. */
  readonly wait?: boolean;
}

const ASK_EVERY_MS = 500;
const MINUTE_MS = 60_000;

/** What devices are told and asked over their own protocols: given, waited for, and looked up. */
export function addDeviceCommands(device: Command, context: CliContext, finish: Parameters<AddCommand>[2]): void {
  const given = (command: Command) => command.option('--no-wait', 'do not wait for what comes of it');

  onServer<GiveOptions & { readonly within?: number }>(
    given(
      device
        .command('guard-check <id>')
        .description('ask whether somebody is at the post of a fire transmission device, and wait for the answer'),
    ).option('--within <duration>', 'how long one may take to answer, in whole minutes (default 10m)', minutes),
    context,
    finish,
    async (server, { within = 10, ...options }, [id = '']) => {
      const path = { id };
      const { body } = await server.call('POST /devices/{id}/guard-check', { path, body: { withinMinutes: within } });
      return outcome(server, context, options, body);
    },
  );

  onServer<GiveOptions>(
    given(device.command('set-time <id>').description("set a device's clock to the server's time")),
    context,
    finish,
    async (server, options, [id = '']) =>
      outcome(server, context, options, (await server.call('POST /devices/{id}/set-time', { path: { id } })).body),
  );

  onServer<GiveOptions & { readonly yes?: boolean }>(
    given(
      device.command('initialize <id>').description('let a device begin anew; what it forgets is its maker’s choice'),
    ).option('--yes', 'do not ask'),
    context,
    finish,
    async (server, { yes, ...options }, [id = '']) => {
      if (yes !== true && context.confirm !== undefined && !(await context.confirm(`Initialize ${id}?`))) return 0;
      return outcome(
        server,
        context,
        options,
        (await server.call('POST /devices/{id}/initialize', { path: { id } })).body,
      );
    },
  );

  onServer<GiveOptions>(
    given(
      device
        .command('read <id> <what> [place]')
        .description(
          `ask a device for its ${READABLE.join(', ')}; of a system below it (1), or a component of one (1-00010002)`,
        ),
    ),
    context,
    finish,
    async (server, options, [id = '', what = '', place]) => {
      const wanted = READABLE.find((one) => one === what);
      if (wanted === undefined) throw new UsageError(`what can be read is ${READABLE.join(', ')}`);
      const body: { what: Readable; place?: string } = { what: wanted, ...(place === undefined ? {} : { place }) };
      const { body: record } = await server.call('POST /devices/{id}/read', { path: { id }, body });
      return outcome(server, context, options, record);
    },
  );

  onServer(
    device.command('commands <id>').description('what a device was told and asked, and what came of it'),
    context,
    finish,
    async (server, options, [id = '']) => {
      const records = await readList(server, 'GET /devices/{id}/commands', { path: { id } });
      const rows = records.map((record) => [
        timeText(record.at),
        nameOf(record),
        record.author,
        record.state,
        timeText(record.endedAt),
        answersText(record, '; '),
      ]);
      show(context, options, records, tableText(['at', 'command', 'by', 'state', 'ended', 'answer'], rows));
      return 0;
    },
  );
}

/** Whole minutes of a duration, 1 to 255, as the protocol counts them. */
function minutes(text: string): number {
  const ms = parseDurationMs(text);
  if (ms === undefined || ms % MINUTE_MS !== 0 || ms < MINUTE_MS || ms > 255 * MINUTE_MS) {
    throw new InvalidArgumentError('whole minutes from 1m to 255m');
  }
  return ms / MINUTE_MS;
}

/** Waits until nothing more is to come; 1 where the device did not do it. */
async function outcome(
  server: Server,
  context: CliContext,
  options: GiveOptions,
  given: CommandRecord,
): Promise<ExitStatus> {
  let record = given;
  while (options.wait !== false && record.endedAt === null) {
    await sleep(ASK_EVERY_MS);
    const path = { id: given.device };
    const { items } = (await server.call('GET /devices/{id}/commands', { path, query: { limit: 20 } })).body;
    record = items.find(({ number }) => number === given.number) ?? record;
  }
  const text = answersText(record, '\n');
  show(
    context,
    options,
    record,
    `${nameOf(record)} of ${record.device}: ${record.state}\n${text === '' ? '' : `${text}\n`}`,
  );
  return ['denied', 'no-reply', 'unanswered', 'interrupted'].includes(record.state) ? 1 : 0;
}

function nameOf({ command }: CommandRecord): string {
  if (command.kind !== 'read') return command.kind;
  return `read ${command.what}${command.place === undefined ? '' : ` ${command.place}`}`;
}

function answersText({ answers }: CommandRecord, between: string): string {
  return answers
    .map(({ place, at, values }) =>
      [
        ...(place === null ? [] : [place]),
        ...(at === null ? [] : [new Date(at).toISOString()]),
        ...Object.entries(values).map(([name, value]) => `${name}=${value}`),
      ].join(' '),
    )
    .join(between);
}
