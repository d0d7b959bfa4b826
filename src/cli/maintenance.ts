import type { Scope } from '../model/maintenance.ts';
import { type AddCommand, show, UsageError } from './context.ts';
import { readList } from './lists.ts';
import { onServer } from './server-command.ts';
import { tableText, timeText } from './table.ts';

interface PlanOptions {
  readonly point?: string;
  readonly device?: string;
  readonly area?: string;
  readonly from?: string;
  readonly to?: string;
  readonly for?: string;
  readonly reason: string;
}

const scopeText = (scope: Scope) =>
  Object.entries(scope)
    .map(([kind, id]) => `${kind} ${id}`)
    .join();

/** Keeping alerts quiet while somebody works, and points that are out of service. */
export const addMaintenance: AddCommand = (program, context, finish) => {
  const maintenance = program.command('maintenance').description('maintenance, and points out of service');

  onServer<{ readonly all?: boolean }>(
    maintenance.command('list').description('what is planned or active').option('--all', 'also what has ended'),
    context,
    finish,
    async (server, options) => {
      const plans = await readList(server, 'GET /maintenance', {
        query: { state: options.all === true ? 'all' : undefined },
      });
      const rows = plans.map(({ id, state, kind, scope, from, to, by, reason }) => [
        id,
        state,
        kind,
        scopeText(scope),
        timeText(from),
        to === null ? 'until ended' : timeText(to),
        by,
        reason,
      ]);
      const text = tableText(['id', 'state', 'kind', 'of', 'from', 'to', 'by', 'reason'], rows);
      show(context, options, plans, text === '' ? 'No maintenance.\n' : text);
      return 0;
    },
  );

  onServer<PlanOptions>(
    maintenance
      .command('plan')
      .description('keep the alerts of a point, device or area quiet for a time')
      .option('--point <id>', 'of this point')
      .option('--device <id>', 'of this device')
      .option('--area <id>', 'of this area and those below it')
      .option('--from <time>', 'from (default now)')
      .option('--to <time>', 'to')
      .option('--for <duration>', 'instead: how long, such as 2h')
      .requiredOption('--reason <text>', 'why, for those who come after'),
    context,
    finish,
    async (server, options) => {
      const scopes = (['point', 'device', 'area'] as const).flatMap((kind) => {
        const id = options[kind];
        return id === undefined ? [] : [{ [kind]: id } as Scope];
      });
      const [scope] = scopes;
      if (scope === undefined || scopes.length > 1)
        throw new UsageError('plan: expected one of --point, --device and --area');
      const { from, to, for: time, reason } = options;
      const body = { scope, from, to, for: time, reason };
      const { body: made } = await server.call('POST /maintenance', { body });
      show(context, options, made, `${made.id} ${made.state}\n`);
      return 0;
    },
  );

  onServer(
    maintenance.command('end <id>').description('end it now'),
    context,
    finish,
    async (server, options, [id = '']) => {
      const { body } = await server.call('DELETE /maintenance/{id}', { path: { id } });
      show(context, options, body, `${id} ended.\n`);
      return 0;
    },
  );

  onServer<{ readonly reason: string }>(
    maintenance
      .command('out-of-service <point>')
      .description('take a point out of service, until it is put back')
      .requiredOption('--reason <text>', 'why'),
    context,
    finish,
    async (server, options, [point = '']) => {
      const { reason } = options;
      const { body } = await server.call('PUT /points/{id}/out-of-service', { path: { id: point }, body: { reason } });
      show(context, options, body, `${point} is out of service.\n`);
      return 0;
    },
  );

  onServer(
    maintenance.command('in-service <point>').description('put a point back into service'),
    context,
    finish,
    async (server, options, [point = '']) => {
      const { body } = await server.call('DELETE /points/{id}/out-of-service', { path: { id: point } });
      show(context, options, body, `${point} is in service.\n`);
      return 0;
    },
  );
};
