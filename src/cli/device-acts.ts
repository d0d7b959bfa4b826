import type { Command } from 'commander';
import type { ActEffect } from '../model/device-act.ts';
import type { Given } from '../wire/calls.ts';
import type { DeviceAct, DeviceReplaced } from '../wire/device-acts.ts';
import { lineFrom } from './accounts.ts';
import { type AddCommand, type CliContext, type ExitStatus, show } from './context.ts';
import { addLocationOptions, isMeant, type LocationOptions } from './location.ts';
import { addNameOptions, type NameOptions, namedBy } from './names.ts';
import type { Server } from './server.ts';
import { onServer } from './server-command.ts';

/** What is done to a device that is there: first what it means is shown, then it is done. */

/** What every act answers; a replacement also says the secret that was drawn. */
type Answer = DeviceAct & Partial<DeviceReplaced>;

interface ActOptions {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

interface MoveOptions extends ActOptions, NameOptions, LocationOptions {
  readonly from?: string;
  readonly area?: string;
  readonly takeLimits?: boolean;
}

export function addDeviceActs(device: Command, context: CliContext, finish: Parameters<AddCommand>[2]): void {
  const trial = (command: Command) =>
    command.option('--dry-run', 'only show what it would mean').option('--yes', 'do not ask');

  onServer<NameOptions & { readonly json?: boolean }>(
    addNameOptions(
      device
        .command('rename <id>')
        .description('give a device another name, or none; its id, which it logs in with, stays'),
    ),
    context,
    finish,
    async (server, options, [id = '']) => {
      const { definition } = (await server.call('GET /devices/{id}', { path: { id } })).body;
      const isGiven = options.nameZh !== undefined || options.nameEn !== undefined;
      const name = (isGiven ? namedBy(options, definition.name) : undefined) ?? null;
      await server.call('PATCH /devices/{id}', { path: { id }, body: { name } });
      show(context, options, { id, name }, name === null ? `Device ${id} has no name.\n` : `Device ${id} renamed.\n`);
      return 0;
    },
  );

  onServer<ActOptions>(
    trial(device.command('set-profile <id> <profile>').description('say that a device is of another kind')),
    context,
    finish,
    (server, options, [id = '', profile = '']) =>
      perform(server, options, context, { name: 'PATCH /devices/{id}', device: id, body: { profile } }, () => {
        return `Device ${id} is of profile ${profile}.\n`;
      }),
  );

  onServer<MoveOptions>(
    trial(
      addLocationOptions(
        addNameOptions(
          device
            .command('move <id> <point>')
            .description('let a device measure at another point, new or of another device; the one it leaves ends'),
        )
          .option('--from <point>', 'which of its points, when it has several')
          .option('--area <id>', 'where a new point is (default: the area of the one it leaves)'),
        'where a new point is',
      ).option('--take-limits', 'a new point begins with the limits of the one it leaves'),
    ),
    context,
    finish,
    async (server, options, [id = '', to = '']) => {
      if (!(await isMeant(server, context, options))) return 0;
      const { from, area, location, takeLimits } = options;
      const body = {
        from,
        to,
        area,
        name: namedBy(options, undefined),
        ...(location === undefined || location === false ? {} : { location }),
        limits: takeLimits === true ? ('take' as const) : ('leave' as const),
      };
      return perform(server, options, context, { name: 'POST /devices/{id}/move', device: id, body }, () => {
        return `Device ${id} measures at ${to} now.\n`;
      });
    },
  );

  onServer<ActOptions & { readonly secretStdin?: boolean }>(
    trial(
      device
        .command('replace <id> <new>')
        .description('put another device in the place of one that goes; its secret is drawn and shown this once')
        .option('--secret-stdin', 'read the secret from standard input, instead of drawing one'),
    ),
    context,
    finish,
    async (server, options, [id = '', next = '']) => {
      const secret = options.secretStdin === true ? await lineFrom(context, 'a secret') : undefined;
      const body = { id: next, secret };
      return perform(server, options, context, { name: 'POST /devices/{id}/replace', device: id, body }, (done) => {
        const drawn = done.secret === undefined ? '' : `\nSecret: ${done.secret}`;
        return `Device ${id} was taken out, ${next} is in its place.${drawn}\n`;
      });
    },
  );
}

type ActName = 'PATCH /devices/{id}' | 'POST /devices/{id}/move' | 'POST /devices/{id}/replace';

type Call = { [N in ActName]: { readonly name: N; readonly device: string; readonly body: Given<N>['body'] } }[ActName];

async function perform(
  server: Server,
  options: ActOptions,
  context: CliContext,
  { name, device, body }: Call,
  deed: (done: Answer) => string,
): Promise<ExitStatus> {
  const path = { id: device };
  const told = await server.call<ActName>(name, { path, query: { dryRun: true }, body });
  const trial: Answer = told.body;
  const say = (text: string) => (options.json === true ? context.stderr(text) : context.stdout(text));
  say(effectText(trial.effect));
  if (options.dryRun === true) {
    show(context, options, trial, 'Nothing was changed (--dry-run).\n');
    return 0;
  }
  if (options.yes !== true && context.confirm !== undefined && !(await context.confirm('Make it so?'))) {
    show(context, options, trial, 'Nothing was changed.\n');
    return 0;
  }
  const headers: Record<string, string> = told.etag === undefined ? {} : { 'if-match': told.etag };
  const { body: done } = await server.call<ActName>(name, { path, query: { endsRules: true }, body, headers });
  show(context, options, done, deed(done));
  return 0;
}

/** What it means, a line for each thing. */
function effectText({ points, counted, needsApproval }: ActEffect): string {
  const lines = points.flatMap(({ point, fate, device, gained, lost, changed, ends, rules, clears }) => {
    const what = {
      ends: 'is measured no longer; its history, log and limits stay under its id',
      added: `is measured by ${device.after}, with ${rules.length === 0 ? 'no rules' : `the rules ${rules.join(', ')}`}`,
      stays:
        device.before === device.after ? 'stays' : `goes on, measured by ${device.after} instead of ${device.before}`,
    }[fate];
    return [
      `${fate === 'ends' ? '-' : fate === 'added' ? '+' : '~'} ${point} ${what}`,
      ...(gained.length === 0 ? [] : [`      gains  ${gained.join(', ')}`]),
      ...(lost.length === 0 ? [] : [`      loses  ${lost.join(', ')}`]),
      ...changed.map(({ metric, before, after }) => `      ${metric}: ${before} -> ${after}`),
      ...(ends.length === 0 ? [] : [`      rules that go: ${ends.join(', ')}`]),
      ...clears.map(({ rule, level }) => `      open alert that clears: ${rule} ${level}`),
    ];
  });
  const votes = counted.map(
    ({ point, rule, counts }) => `! rule ${rule} of ${point} counts ${counts}: change it first`,
  );
  const approval = needsApproval ? ['! rules would go that a second person guards: propose that first'] : [];
  return [...lines, ...votes, ...approval].map((line) => `${line}\n`).join('');
}
