import { Option } from 'commander';
import { PLATFORMS } from '../model/push.ts';
import { LINE_NAMES } from '../model/source-setup.ts';
import type { ShownSettings, Source } from '../wire/calls/sources.ts';
import type { Given } from '../wire/calls.ts';
import { lineFrom } from './accounts.ts';
import { type AddCommand, type CliContext, show, UsageError } from './context.ts';
import { readList } from './lists.ts';
import type { Server } from './server.ts';
import { onServer } from './server-command.ts';
import { tableText, timeText } from './table.ts';

type Settings = Given<'PUT /sources/{name}'>['body']['settings'];

interface PutOptions {
  readonly reason?: string;
  readonly profile?: string;
  readonly off?: boolean;
  readonly secretStdin?: boolean;
  readonly json?: boolean;
}

/** Where messages come from beside MQTT to the server. */
export const addSource: AddCommand = (program, context, finish) => {
  const source = program
    .command('source')
    .description('feeds of other brokers, platforms that push, ports for line protocols; in force without a restart');
  const withPutOptions = (name: string, description: string, secret?: string) => {
    const command = source
      .command(name)
      .description(description)
      .option('--profile <id>', 'what its devices are, as far as nobody says otherwise of one')
      .option('--off', 'keep it, and do not use it')
      .option('--reason <text>', 'why, for those who come after');
    return secret === undefined ? command : command.option('--secret-stdin', secret);
  };

  onServer(
    source.command('list').description('what there is, and how it fares'),
    context,
    finish,
    async (server, options) => {
      const { items } = (await server.call('GET /sources')).body;
      const rows = items.map((one) => [
        one.name,
        one.settings.kind,
        whereOf(one.settings),
        one.origin,
        standingText(one),
      ]);
      const text = tableText(['name', 'kind', 'where', 'set up in', 'is'], rows);
      show(context, options, items, text === '' ? 'No source is set up.\n' : text);
      return 0;
    },
  );

  onServer<PutOptions & { readonly broker: string; readonly user?: string; readonly topic: readonly string[] }>(
    withPutOptions('feed <name>', 'read what another broker has', 'read its password from standard input')
      .requiredOption('--broker <address>', 'mqtt:// or mqtts://, host and port')
      .option('--user <name>', 'user name at the broker')
      .requiredOption('--topic <filters...>', 'topics to subscribe to, such as v3/+/devices/+/#'),
    context,
    finish,
    async (server, options, [name = '']) => {
      const { broker: url, user, topic: topics } = options;
      return put(server, context, options, name, { kind: 'feed', url, user, topics: [...topics] });
    },
  );

  onServer<PutOptions & { readonly platform: (typeof PLATFORMS)[number] }>(
    withPutOptions(
      'push <name>',
      'let a platform post to /api/v1/push/NAME',
      'read its key from standard input',
    ).addOption(new Option('--platform <name>', 'which').choices(PLATFORMS).makeOptionMandatory()),
    context,
    finish,
    async (server, options, [name = '']) =>
      put(server, context, options, name, { kind: 'push', platform: options.platform }),
  );

  onServer<PutOptions & { readonly port: string; readonly host: string }>(
    withPutOptions('listen <protocol>', `open a port for devices of ${LINE_NAMES.join(', ')}`)
      .requiredOption('--port <number>', 'the port')
      .option('--host <address>', 'an address of the server', '0.0.0.0'),
    context,
    finish,
    async (server, options, [name = '']) => {
      const port = Number(options.port);
      if (!Number.isSafeInteger(port)) throw new UsageError(`--port: ${options.port} is no number`);
      return put(server, context, options, name, { kind: 'listener', host: options.host, port });
    },
  );

  onServer(
    source.command('test <name>').description('try a source as it is set up; nothing of what comes is taken in'),
    context,
    finish,
    async (server, options, [name = '']) => {
      const { settings } = await presentOf(server, name);
      const { body } = await server.call('POST /sources/{name}/test', { path: { name }, body: { settings } });
      const { state, words, isKeptForUs, heard } = body;
      const lines = [
        `${state}${words === '' ? '' : `: ${words}`}`,
        ...(isKeptForUs === false
          ? ['Its broker knows QoS 0 alone, and keeps nothing while this server is away.']
          : []),
        ...heard.map(({ topic, isRead }) => `${isRead ? 'read' : 'not read'}: ${topic}`),
      ];
      show(context, options, body, `${lines.join('\n')}\n`);
      return state === 'works' || state === 'nothing-to-try' ? 0 : 1;
    },
  );

  onServer<{ readonly reason?: string }>(
    source
      .command('remove <name>')
      .description('take a source out; its revisions stay')
      .option('--reason <text>', 'why, for those who come after'),
    context,
    finish,
    async (server, options, [name = '']) => {
      const { revision } = await presentOf(server, name);
      await server.call('DELETE /sources/{name}', { path: { name }, query: { revision, reason: options.reason } });
      show(context, options, { name }, `${name} is taken out.\n`);
      return 0;
    },
  );

  onServer(
    source.command('revisions <name>').description('how a source was set up before, newest first'),
    context,
    finish,
    async (server, options, [name = '']) => {
      const found = await readList(server, 'GET /sources/{name}/revisions', { path: { name } });
      const rows = found.map(({ revision, at, author, settings, reason }) => [
        String(revision),
        timeText(at),
        author,
        settings === null ? 'taken out' : whereOf(settings),
        reason ?? '',
      ]);
      show(context, options, found, tableText(['revision', 'at', 'by', 'what', 'why'], rows));
      return 0;
    },
  );
};

/** A source as it is set up by people. */
async function presentOf(server: Server, name: string): Promise<{ settings: Settings; revision: number }> {
  const { items } = (await server.call('GET /sources')).body;
  const found = items.find((one) => one.name === name && one.origin === 'console');
  if (found === undefined || found.revision === null) throw new UsageError(`no source ${name} is set up on the server`);
  return { settings: found.settings as Settings, revision: found.revision };
}

async function put(
  server: Server,
  context: CliContext,
  { reason, profile, off, secretStdin, json = false }: PutOptions,
  name: string,
  settings: Settings,
): Promise<0> {
  const { items } = (await server.call('GET /sources')).body;
  const revision = items.find((one) => one.name === name)?.revision ?? 0;
  const secret = secretStdin === true ? await lineFrom(context, 'a secret') : undefined;
  const { body } = await server.call('PUT /sources/{name}', {
    path: { name },
    body: { revision, settings: { ...settings, profile, isOn: off !== true }, secret, reason },
  });
  show(context, { json }, body, `${name}: ${standingText(body)}\n`);
  return 0;
}

function whereOf(settings: ShownSettings): string {
  if (settings.kind === 'feed') return `${settings.url} ${settings.topics.join(' ')}`;
  return settings.kind === 'push' ? settings.platform : `${settings.host}:${settings.port}`;
}

function standingText({ isShadowed, isSecretLost, settings, standing }: Source): string {
  if (isShadowed) return 'not in use: the configuration has one of this name';
  if (isSecretLost) return 'not in use: its secret was sealed with another key';
  if (!settings.isOn || standing === null) return 'off';
  if (standing.isUp) return `up, ${standing.messages} messages`;
  return standing.trouble === null ? 'not up yet' : `down: ${standing.trouble.words}`;
}
