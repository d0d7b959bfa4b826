import type { Command } from 'commander';
import type { PointDefinition } from '../wire/points.ts';
import { type AddCommand, show } from './context.ts';
import { readList } from './lists.ts';
import { addLocationOptions, isMeant, type LocationOptions } from './location.ts';
import { addNameOptions, type NameOptions, namedBy } from './names.ts';
import { onServer } from './server-command.ts';
import { tableText, timeText } from './table.ts';

interface PointOptions extends NameOptions, LocationOptions {
  readonly device?: string;
  readonly area?: string;
}

/** Points, what is measured now, and whether the server is well. */
export const addPoint: AddCommand = (program, context, finish) => {
  const point = program.command('point').description('the monitoring points and what they measure');
  onServer<{ readonly area?: string; readonly family?: string; readonly state?: string }>(
    point
      .command('list')
      .description('points with their state')
      .option('--area <id>', 'of this area and those below it')
      .option('--family <family>', 'of this family')
      .option('--state <state>', 'red, orange, yellow, blue, offline or normal'),
    context,
    finish,
    async (server, options) => {
      const { area, family, state } = options;
      const points = await readList(server, 'GET /points', { query: { area, family, state } });
      const rows = points.map(({ id, area: at, family: kind, device, state: now, values }) => [
        id,
        now,
        kind,
        at,
        device,
        Object.entries(values)
          .map(([metric, { value, unit }]) => `${metric} ${String(value)}${unit === null ? '' : ` ${unit}`}`)
          .join(', '),
      ]);
      show(context, options, points, tableText(['point', 'state', 'family', 'area', 'device', 'values'], rows));
      return 0;
    },
  );
  onServer(
    point.command('show <id>').description('one point with its newest values'),
    context,
    finish,
    async (server, options, [id = '']) => {
      const { body: found } = await server.call('GET /points/{id}', { path: { id } });
      const rows = Object.entries(found.values).map(([metric, { value, unit, ts, quality }]) => [
        metric,
        String(value),
        unit ?? '',
        quality,
        timeText(ts),
      ]);
      const text = `${found.id}: ${found.state}\n${tableText(['metric', 'value', 'unit', 'quality', 'time'], rows)}`;
      show(context, options, found, text);
      return 0;
    },
  );

  onServer(
    point.command('handovers <id>').description('devices that took over a point from another, the newest first'),
    context,
    finish,
    async (server, options, [id = '']) => {
      const handovers = await readList(server, 'GET /points/{id}/handovers', { path: { id } });
      const rows = handovers.map(({ at, former, device, by }) => [timeText(at), former, device, by]);
      const text = tableText(['time', 'device before', 'device', 'by'], rows);
      show(context, options, handovers, text === '' ? 'No other device measured there before.\n' : text);
      return 0;
    },
  );

  onServer<PointOptions & { readonly device: string; readonly area: string }>(
    addLocationOptions(
      addNameOptions(point.command('add <id>').description('add a point to a device that is registered'))
        .requiredOption('--device <id>', 'the device that measures it')
        .requiredOption('--area <id>', 'the area it is in'),
      'where it is',
    ),
    context,
    finish,
    async (server, options, [id = '']) => {
      if (!(await isMeant(server, context, options))) return 0;
      const body = definitionOf(options, { device: options.device, area: options.area });
      const made = await server.call('PUT /points/{id}', { path: { id }, body, headers: { 'if-none-match': '*' } });
      show(context, options, made.body, `Point ${id} added to device ${options.device}.\n`);
      return 0;
    },
  );
  onServer<PointOptions>(
    addPlaceOptions(
      addNameOptions(point.command('set <id>').description('change what is said of a point; what is not given stays')),
    ),
    context,
    finish,
    async (server, options, [id = '']) => {
      if (!(await isMeant(server, context, options))) return 0;
      const path = { id };
      const { body: present } = await server.call('GET /points/{id}/definition', { path });
      const changed = await server.call('PUT /points/{id}', { path, body: definitionOf(options, present) });
      show(context, options, changed.body, `Point ${id} changed.\n`);
      return 0;
    },
  );
  onServer<{ readonly yes?: boolean }>(
    point
      .command('remove <id>')
      .description('take a point away: what it has open clears; its device, history and limits stay')
      .option('--yes', 'do not ask'),
    context,
    finish,
    async (server, options, [id = '']) => {
      const path = { id };
      const { device } = (await server.call('GET /points/{id}/definition', { path })).body;
      if (options.yes !== true && context.confirm !== undefined) {
        const question = `Take point ${id} away? Its device ${device} stays, and nobody is told of what it measures there.`;
        if (!(await context.confirm(question))) return 0;
      }
      await server.call('DELETE /points/{id}', { path });
      show(context, options, { removed: id }, `Point ${id} removed; its history and limits are kept.\n`);
      return 0;
    },
  );

  onServer(
    program.command('health').description('whether the server is well; ends with 1 when it is not'),
    context,
    finish,
    async (server, options) => {
      // A failing server answers with 503 and the very report one wants to read.
      const { body } = await server.call('GET /health', { alsoGood: 503 });
      const { status, checks } = body;
      const rows = Object.entries(checks).map(([name, { status: standing, detail, ...figures }]) => {
        // What is degraded by a number says so by it alone.
        const numbers = Object.entries(figures).map(([figure, value]) => `${figure} ${value}`);
        return [name, standing, [...(detail === undefined ? [] : [detail]), numbers.join(', ')].join('; ')];
      });
      show(context, options, body, `${status}\n${tableText(['check', '', ''], rows)}`);
      return status === 'ok' ? 0 : 1;
    },
  );

  onServer<{ readonly device?: string }>(
    program
      .command('quarantine')
      .description('messages that could not be read, newest first')
      .option('--device <id>', 'of this device'),
    context,
    finish,
    async (server, options) => {
      const { items } = (await server.call('GET /quarantine', { query: { device: options.device } })).body;
      const rows = items.map(({ receivedAt, device, reason, detail, payload, payloadBase64 }) => [
        timeText(receivedAt),
        device,
        reason,
        detail,
        (payloadBase64 === null ? payload : Buffer.from(payloadBase64, 'base64').toString('hex')).slice(0, 60),
      ]);
      const text = tableText(['received', 'device', 'reason', 'detail', 'payload'], rows);
      show(context, options, items, text === '' ? 'Everything could be read.\n' : text);
      return 0;
    },
  );
};

function addPlaceOptions(command: Command): Command {
  return addLocationOptions(
    command
      .option('--device <id>', 'the device that measures it from now on')
      .option('--area <id>', 'the area it is in'),
    'where it is',
  ).option('--no-location', 'without a place');
}

/** What a point was, with what is given in the place of it. */
function definitionOf(options: PointOptions, before: PointDefinition): PointDefinition {
  const { name: formerName, location: formerLocation, ...rest } = before;
  const name = namedBy(options, formerName);
  const location = options.location ?? formerLocation;
  return {
    ...rest,
    device: options.device ?? before.device,
    area: options.area ?? before.area,
    ...(name === undefined ? {} : { name }),
    ...(location === undefined || location === false ? {} : { location: [...location] }),
  };
}
