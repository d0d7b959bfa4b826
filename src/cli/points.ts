import { type AddCommand, show } from './context.ts';
import { readList } from './lists.ts';
import { onServer, queryOf } from './server-command.ts';
import { tableText, timeText } from './table.ts';

interface Point {
  readonly id: string;
  readonly area: string;
  readonly family: string;
  readonly device: string;
  readonly state: string;
  readonly values: Readonly<Record<string, { value: unknown; unit: string | null; ts: number; quality: string }>>;
}

interface Quarantined {
  readonly receivedAt: number;
  readonly device: string;
  readonly reason: string;
  readonly detail: string;
  readonly payload: string;
}

/** What is measured now, and whether the server is well. */
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
      const points = await readList<Point>(server, `/points${queryOf({ area, family, state })}`);
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
      const found = (await server.call('GET', `/points/${encodeURIComponent(id)}`)).body as Point;
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
    program.command('health').description('whether the server is well; ends with 1 when it is not'),
    context,
    finish,
    async (server, options) => {
      const { body } = await server.call('GET', '/health');
      const { status, checks } = body as {
        status: string;
        checks: Record<string, { status: string; detail?: string }>;
      };
      const rows = Object.entries(checks).map(([name, check]) => [name, check.status, check.detail ?? '']);
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
      const { body } = await server.call('GET', `/quarantine${queryOf({ device: options.device })}`);
      const { items } = body as { items: readonly Quarantined[] };
      const rows = items.map(({ receivedAt, device, reason, detail, payload }) => [
        timeText(receivedAt),
        device,
        reason,
        detail,
        payload.slice(0, 60),
      ]);
      const text = tableText(['received', 'device', 'reason', 'detail', 'payload'], rows);
      show(context, options, items, text === '' ? 'Everything could be read.\n' : text);
      return 0;
    },
  );
};
