import { stringify } from 'yaml';
import { drawSecret } from '../lib/draw-secret.ts';
import { isCalledByAddress } from '../model/logs-in.ts';
import type { SiteDevice } from '../model/site.ts';
import type { DeviceLimits, DeviceWithDefinition } from '../wire/devices.ts';
import { lineFrom } from './accounts.ts';
import { type AddCommand, type CliContext, type ExitStatus, show, UsageError } from './context.ts';
import { addDeviceActs } from './device-acts.ts';
import { addDeviceCommands } from './device-commands.ts';
import { addDeviceDecode } from './device-decode.ts';
import { addDeviceWatch } from './device-watch.ts';
import {
  addSpreadsheetOptions,
  exportSpreadsheet,
  type SpreadsheetOptions,
  spreadsheetOf,
} from './export-spreadsheet.ts';
import { ApiError } from './http.ts';
import { importBy } from './import.ts';
import { readList } from './lists.ts';
import { addLocationOptions, isMeant, type LocationOptions } from './location.ts';
import type { Server, ServerOptions } from './server.ts';
import { onServer } from './server-command.ts';
import { counted, tableText, timeText } from './table.ts';
import { pair } from './templates.ts';

type Definition = Omit<SiteDevice, 'id'> & { readonly limits?: DeviceLimits };

interface AddOptions extends ServerOptions, LocationOptions {
  readonly profile: string;
  readonly point?: string;
  readonly area?: string;
  readonly nameZh?: string;
  readonly nameEn?: string;
  readonly secretStdin?: boolean;
  /** False: it is to have none. */
  readonly secret?: boolean;
  readonly template?: string;
  readonly param?: Readonly<Record<string, number>>;
}

export const addDevice: AddCommand = (program, context, finish) => {
  const device = program.command('device').description('the devices, one at a time; many at once with apply');

  onServer(
    device.command('list').description('devices and whether they are heard from'),
    context,
    finish,
    async (server, options) => {
      const devices = await readList(server, 'GET /devices');
      const rows = devices.map(({ id, profile, points, online, lastSeen }) => [
        id,
        profile,
        online ? 'online' : 'offline',
        timeText(lastSeen),
        points.join(', '),
      ]);
      show(context, options, devices, tableText(['device', 'profile', '', 'last heard', 'points'], rows));
      return 0;
    },
  );

  onServer(
    device.command('refused').description('user names that the broker refused: devices unknown or with a wrong secret'),
    context,
    finish,
    async (server, options) => {
      const refused = await readList(server, 'GET /refused-names');
      const rows = refused.map(({ name, why, address, clientId, count, lastAt }) => [
        name,
        why,
        address,
        clientId,
        String(count),
        timeText(lastAt),
      ]);
      show(context, options, refused, tableText(['user name', 'why', 'from', 'client id', 'times', 'last'], rows));
      return 0;
    },
  );

  onServer(
    device.command('show <id>').description('one device: its state and its definition'),
    context,
    finish,
    async (server, options, [id = '']) => {
      const { body } = await server.call('GET /devices/{id}', { path: { id } });
      show(context, options, body, deviceText(body));
      return 0;
    },
  );

  onServer<AddOptions>(
    addLocationOptions(
      device
        .command('add <id>')
        .description(
          'commission a device, with a monitoring point; its secret is drawn and shown this once, where its kind logs in',
        )
        .requiredOption('--profile <profile>', 'the kind of device')
        .option('--point <id>', 'its monitoring point')
        .option('--area <id>', 'where the point is')
        .option('--name-zh <name>', 'the Chinese name of the point')
        .option('--name-en <name>', 'the English name of the point'),
      'where the point is',
    )
      .option('--secret-stdin', 'read the secret from standard input, instead of drawing one')
      .option('--no-secret', 'it has none, as what it says comes by a gateway, a network server or a line protocol')
      .option('--template <id>', 'the limits that its point begins with, which judge what it has sent already as well')
      .option('--param <id=number>', 'a parameter of the template, as often as it has some', pair(Number)),
    context,
    finish,
    async (server, options, [id = '']) => {
      const points = pointsOf(options);
      const limits = limitsOf(options);
      if (await isThere(server, id)) {
        context.stderr(`There is already a device ${id}.\n`);
        return 1;
      }
      if (!(await isMeant(server, context, options))) return 0;
      const kind = (await readList(server, 'GET /profiles')).find((profile) => profile.id === options.profile);
      // One that was drawn would mute a device that has no way to say it.
      const isMute = options.secretStdin !== true && (kind?.logsIn === false || isCalledByAddress(id));
      const definition = { profile: options.profile, points, ...limits };
      if (!isMute) return put(server, context, options, id, definition, 'commissioned');
      const deed = 'commissioned, without a secret: its kind does not log in';
      return put(server, context, { ...options, secret: false }, id, definition, deed);
    },
  );

  onServer<AddOptions>(
    device
      .command('set-secret <id>')
      .description('give a device another secret; ends its connections')
      .option('--secret-stdin', 'read the secret from standard input, instead of drawing one'),
    context,
    finish,
    async (server, options, [id = '']) => {
      const { definition } = (await server.call('GET /devices/{id}', { path: { id } })).body;
      return put(server, context, options, id, definition, 'has a new secret');
    },
  );

  onServer(
    device.command('remove <id>').description('remove a device and its points; their history and alerts stay'),
    context,
    finish,
    async (server, options, [id = '']) => {
      await server.call('DELETE /devices/{id}', { path: { id } });
      show(context, options, { removed: id }, `Device ${id} removed.\n`);
      return 0;
    },
  );

  onServer(
    device
      .command('reread <id>')
      .description('read once more what could not be read of a device when it came; into history, marked late'),
    context,
    finish,
    async (server, options, [id = '']) => {
      const { body } = await server.call('POST /devices/{id}/reread', { path: { id } });
      const { messages, readings, unread } = body;
      const rest = unread === 0 ? '' : `; ${unread} ${unread === 1 ? 'stays' : 'stay'} unreadable`;
      show(context, options, body, `${counted(messages, 'message')} read, ${counted(readings, 'reading')}${rest}.\n`);
      return 0;
    },
  );

  addDeviceActs(device, context, finish);
  addDeviceCommands(device, context, finish);
  addDeviceDecode(device, context, finish);
  addDeviceWatch(device, context, finish);
  importBy(
    device
      .command('import')
      .description('add and change devices from a spreadsheet; secrets are drawn where none is given'),
    'devices',
    context,
    finish,
  );
  onServer<SpreadsheetOptions>(
    addSpreadsheetOptions(
      device.command('export <file>').description('the devices as a spreadsheet, without secrets'),
    ).option('--yes', 'write over the file without asking'),
    context,
    finish,
    (server, options, [file = '']) => {
      const wanted = spreadsheetOf(file, { ...options, sheet: 'devices' });
      if (wanted === undefined) throw new UsageError('give the FILE to write');
      return exportSpreadsheet(server, wanted, options, context);
    },
  );
};

async function put(
  server: Server,
  context: CliContext,
  options: AddOptions,
  id: string,
  definition: Definition,
  deed: string,
): Promise<ExitStatus> {
  const isOurs = options.secretStdin !== true && options.secret !== false;
  const secret = isOurs ? drawSecret() : options.secretStdin === true ? await lineFrom(context, 'a secret') : undefined;
  const { body } = await server.call('PUT /devices/{id}', {
    path: { id },
    body: { ...definition, ...(secret === undefined ? {} : { secret }) },
  });
  const text = `Device ${id} ${deed}.${isOurs ? `\nSecret: ${secret}` : ''}\n`;
  show(context, options, { ...body, ...(isOurs ? { secret } : {}) }, text);
  return 0;
}

async function isThere(server: Server, id: string): Promise<boolean> {
  try {
    await server.call('GET /devices/{id}', { path: { id } });
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.problem.code === 'unknown-device') return false;
    throw error;
  }
}

function pointsOf({ point, area, nameZh, nameEn, location }: AddOptions): SiteDevice['points'] {
  const about = [area, nameZh, nameEn, location].some((part) => part !== undefined);
  if (point === undefined) {
    if (about) throw new UsageError('--area, --name-zh, --name-en and --location belong to a --point');
    return [];
  }
  if (area === undefined) throw new UsageError('--point needs the --area it is in');
  const name = { ...(nameZh === undefined ? {} : { zh: nameZh }), ...(nameEn === undefined ? {} : { en: nameEn }) };
  return [
    {
      id: point,
      area,
      ...(Object.keys(name).length === 0 ? {} : { name }),
      ...(location === undefined || location === false ? {} : { location: [...location] }),
    },
  ];
}

function limitsOf({ template, param = {}, point }: AddOptions): { readonly limits?: DeviceLimits } {
  if (template === undefined) {
    if (Object.keys(param).length > 0) throw new UsageError('--param belongs to a --template');
    return {};
  }
  if (point === undefined) throw new UsageError('--template needs the --point whose limits they are');
  return { limits: { template, parameters: param, metrics: {} } };
}

function deviceText({ definition, protocol, ...device }: DeviceWithDefinition): string {
  const state = [
    device.online ? 'online' : 'offline',
    device.connected ? 'connected' : 'not connected',
    `last heard ${timeText(device.lastSeen)}`,
    ...(device.clockSkewed ? ['its clock is wrong'] : []),
    ...(device.refused > 0 ? [`${counted(device.refused, 'message')} refused since the start`] : []),
    ...(device.lastRefusal === null ? [] : [`the last ${device.lastRefusal.reason}: ${device.lastRefusal.detail}`]),
    ...(device.repaired > 0 ? [`${counted(device.repaired, 'message')} read after a repair`] : []),
    device.hasSecret ? 'has a secret' : 'has no secret',
  ];
  const dialect = protocol === null ? '' : `speaks ${JSON.stringify(protocol)}\n`;
  return `${device.id}: ${state.join(', ')}\n${dialect}${stringify(definition, { lineWidth: 120 })}`;
}
