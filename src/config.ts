import { isIP } from 'node:net';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { readAllowedTargets } from './lib/allowed-targets.ts';
import { ConfigError, type Problem, startFailure } from './lib/errors.ts';
import { readStructuredFile } from './lib/structured-file.ts';
import { isTimezone, TIMEZONE_DEFAULT } from './model/calendar.ts';
import { durationSchema, parseDurationMs } from './model/duration.ts';
import { feedSchema } from './model/feed.ts';
import { problemsOfIssues } from './model/issue.ts';
import type { FieldProblem } from './model/problem.ts';
import { expectedText } from './model/problem-words.ts';
import { pushSchema } from './model/push.ts';
import { LINE_NAMES } from './model/source-setup.ts';

export { ConfigError, startFailure };

/** Everything that can be set, with its default. Flags beat the environment, which beats the file, which beats this. */
const addressSchema = z
  .union([z.string(), z.number()])
  .transform((text, ctx) => parseAddress(String(text)) ?? refuse(ctx, '[HOST:]PORT with a port from 0 to 65535'));
const byteCountSchema = z
  .union([z.string(), z.number()])
  .transform(
    (text, ctx) => parseBytes(String(text)) ?? refuse(ctx, 'a number of bytes such as 262144, 256KiB or 8GiB'),
  );
const countSchema = z.coerce.number().int().positive();
const durationMsSchema = durationSchema.transform((text, ctx) => parseDurationMs(text) ?? refuse(ctx, 'a duration'));

const settingsSchema = z
  .object({
    data: z.string().min(1).default('./data'),
    http: addressSchema.prefault('127.0.0.1:8080'),
    mqtt: addressSchema.prefault('127.0.0.1:1883'),
    /** MQTT over TLS; usual port 8883. All three or none. */
    mqtts: addressSchema.optional(),
    tlsCert: z.string().min(1).optional(),
    tlsKey: z.string().min(1).optional(),
    /** Where devices connect that speak a protocol of their own; each is off until it is given. */
    hj212: addressSchema.optional(),
    /** These two over TCP and UDP, with the same number. */
    sl651: addressSchema.optional(),
    gbt26875: addressSchema.optional(),
    modbus: addressSchema.optional(),
    /** The host id under which Sparkplug B is served; off until it is given. */
    sparkplug: z
      .string()
      .regex(/^[^/+#\0]{1,128}$/, { error: 'a host id without / + #' })
      .optional(),
    /** How long a message of Sparkplug B may be missing before its edge node is asked for a rebirth. */
    sparkplugWait: durationMsSchema.prefault('5s'),
    /** A fire monitoring platform above, and the address that it has given this one. Both or none. */
    gbt26875Report: addressSchema
      .optional()
      .refine((at) => at?.port !== 0, { error: 'HOST:PORT with a port from 1 to 65535' }),
    gbt26875ReportAs: z
      .string()
      .regex(/^[0-9a-f]{12}$/i, { error: '12 hex digits' })
      .optional(),
    /** What a new data folder is filled from. Without them it starts empty, and people add what they have. */
    devices: z.string().min(1).optional(),
    thresholds: z.string().min(1).optional(),
    /** A new data folder takes the sample site, whose secrets everybody can read: on loopback only. */
    sample: z.stringbool().or(z.boolean()).default(false),
    /** `none` lets any MQTT client publish for any known device; only possible on loopback. */
    auth: z.enum(['password', 'none']).default('password'),
    log: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
    /** The cookie is marked Secure; set it when a proxy in front speaks HTTPS. */
    secureCookies: z.stringbool().or(z.boolean()).default(false),
    metricsToken: z.string().min(16).optional(),
    adminPassword: z.string().min(8).optional(),
    /** Whether a second person must approve what makes an orange or red level harder to reach. */
    secondApproval: z.stringbool().or(z.boolean()).default(false),
    clockSkewMax: durationMsSchema.prefault('60s'),
    packetBytesMax: byteCountSchema.prefault('8MiB'),
    connectionsMax: countSchema.default(20_000),
    connectionsPerAddressMax: countSchema.default(10_000),
    publishesPerSecondMax: countSchema.default(10_000),
    /** NATS servers that keep the journal for several servers of ours, and what this one is called among them. Both or none. */
    cluster: z
      .string()
      .transform(
        (text, ctx) => addressesOf(text, ['nats:', 'tls:']) ?? refuse(ctx, 'nats://HOST:PORT of three servers or more'),
      )
      .optional(),
    node: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, { error: 'a name of small letters, digits and -' })
      .optional(),
    /** Where those servers say how they are set; default: port 8222 of each. */
    clusterMonitors: z
      .string()
      .transform(
        (text, ctx) =>
          addressesOf(text, ['http:', 'https:']) ?? refuse(ctx, 'http://HOST:PORT of three servers or more'),
      )
      .optional(),
    journalBytesMax: byteCountSchema.prefault('8GiB'),
    /** Entries are kept at least this long for backtests, as long as the size allows. */
    journalKeep: durationMsSchema.prefault('7d'),
    /** Where readings are kept: files of our own, or an InfluxDB 1.8 or 2.x. */
    history: z.enum(['embedded', 'influx']).default('embedded'),
    influxUrl: z.url({ protocol: /^https?$/, error: 'an address such as http://127.0.0.1:8086' }).optional(),
    influxToken: z.string().min(1).optional(),
    influxOrg: z.string().min(1).optional(),
    influxBucket: z.string().min(1).optional(),
    /** Proxies whose word on the client's address is believed: addresses or networks, comma separated. */
    trustProxy: z.string().min(1).optional(),
    /** Targets of channels beside the well-known gateways: hosts, addresses or networks, comma separated. */
    notifyAllow: z
      .string()
      .default('')
      .transform((text, ctx) => {
        const entries = text.split(',').flatMap((entry) => entry.trim() || []);
        const { unreadable } = readAllowedTargets(entries);
        if (unreadable.length === 0) return entries;
        return refuse(
          ctx,
          'hosts, addresses or networks such as sms.example.cn, *.example.cn, 10.2.0.0/16, [fd00::7]:25',
        );
      }),
    /** The zone in which people here tell the time: turns, quiet hours, messages and sheets, where nothing says another. */
    timeZone: z
      .string()
      .max(64)
      .default(TIMEZONE_DEFAULT)
      .refine(isTimezone, { error: 'a time zone of the IANA list such as Asia/Shanghai' }),
    /** Where phones reach this server from outside, for links in messages, without a slash at its end. */
    publicUrl: z
      .string()
      .transform((text, ctx) => {
        const url = URL.canParse(text) ? new URL(text) : undefined;
        const isPlain = url !== undefined && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '';
        if (!isPlain || url.username !== '') return refuse(ctx, 'an address such as https://brink.example.cn');
        return text.replace(/\/+$/, '');
      })
      .optional(),
    /** Where backups go that are asked for by name. Default: `backups` in the data folder. */
    backups: z.string().min(1).optional(),
    /** How long raw readings are kept by the embedded history. */
    retention: durationMsSchema.prefault('180d'),
    /** What lies under the points of the map: an address of raster tiles, or a PMTiles file. */
    mapTiles: z
      .string()
      .min(1)
      .refine((text) => !text.includes('://') || isTileTemplate(text), {
        error: 'a PMTiles file, or an address of tiles with {z}, {x} and {y}',
      })
      .optional(),
    /** What the tiles are drawn on; Chinese tile servers shift theirs by some hundred metres. */
    mapCoordinates: z.enum(['wgs84', 'gcj02']).default('wgs84'),
    mapAttribution: z.string().min(1).optional(),
    /** Other brokers whose messages are read; in the environment as JSON. */
    feeds: z
      .preprocess(parsedList, z.array(feedSchema).max(64))
      .default([])
      .refine((feeds) => new Set(feeds.map(({ name }) => name)).size === feeds.length, {
        error: 'a name of its own for each feed',
      }),
    /** Platforms of NB-IoT devices that may post here; in the environment as JSON. */
    pushes: z
      .preprocess(parsedList, z.array(pushSchema).max(64))
      .default([])
      .refine((pushes) => new Set(pushes.map(({ name }) => name)).size === pushes.length, {
        error: 'a name of its own for each push',
      }),
    /** The finest tiles that the address has; a PMTiles file says so itself. */
    mapZoomMax: z.coerce.number().int().min(0).max(24).optional(),
  })
  .strict();

export interface Address {
  readonly host: string;
  readonly port: number;
}

export type Config = z.output<typeof settingsSchema>;

type SettingName = keyof Config;

const SETTING_NAMES = Object.keys(settingsSchema.shape) as SettingName[];

/** Settings that a command line may show to everybody on the machine are not flags. */
const SECRET_NAMES: readonly SettingName[] = ['adminPassword', 'metricsToken', 'influxToken', 'feeds', 'pushes'];

/** What `--help` says of each; the default is added from the schema, where it has one. */
const DESCRIPTIONS: Partial<Record<SettingName, string>> = {
  data: 'folder of all data',
  http: '[HOST:]PORT of console and API; port 0 is any free one',
  mqtt: '[HOST:]PORT of MQTT',
  mqtts: '[HOST:]PORT of MQTT over TLS, usually 8883; needs --tls-cert and --tls-key',
  tlsCert: 'PEM file of the certificate chain',
  tlsKey: 'PEM file of the private key',
  hj212: '[HOST:]PORT of HJ 212 (emissions, air) over TCP (default: off)',
  sl651: '[HOST:]PORT of SL 651 (hydrological stations) over TCP and UDP (default: off)',
  gbt26875: '[HOST:]PORT of GB/T 26875.3 (fire alarm systems) over TCP and UDP (default: off)',
  modbus: '[HOST:]PORT of Modbus RTU over TCP, where modems (DTU) connect (default: off)',
  sparkplug: 'HOST_ID: reads Sparkplug B as the host of this id (default: off)',
  sparkplugWait: 'how long a message of Sparkplug B may be missing before a rebirth is asked for',
  gbt26875Report: 'HOST:PORT of a fire monitoring platform that is told of fire points, by GB/T 26875.3 (default: off)',
  gbt26875ReportAs: 'address that this platform has given Brink as a transmission device, 12 hex digits',
  devices: 'folder of device profiles and site.yaml that fill a new data folder (default: it starts empty)',
  thresholds: 'folder of threshold documents that fill a new data folder, and of its templates',
  sample: 'a new data folder takes the sample site; on loopback only, for everybody knows its secrets',
  auth: 'password, or none for a demo on loopback',
  log: 'trace, debug, info, warn, error or silent',
  secureCookies: 'true when a proxy in front speaks HTTPS',
  secondApproval: 'true: a second person must approve what makes an orange or red level harder to reach',
  clockSkewMax: 'how far ahead a device clock may be',
  packetBytesMax: 'largest MQTT message that is read; larger ones are quarantined by their beginning',
  connectionsMax: 'most MQTT connections, and most HTTP connections',
  connectionsPerAddressMax: 'most of them from one address, such as a gateway or proxy',
  publishesPerSecondMax: 'publishes a second of one device before it is slowed down',
  cluster:
    'nats://HOST:PORT of each NATS server that keeps the journal of several servers, comma separated (default: off)',
  node: 'what this server is called in the cluster, such as a',
  clusterMonitors: 'http://HOST:PORT of the monitoring of each of them (default: their port 8222)',
  journalBytesMax: 'size of the journal at which acknowledgements stop',
  journalKeep: 'how long the journal is kept for backtests',
  history: 'embedded, or influx',
  influxUrl: 'such as http://influx.example:8086; the token is BRINK_INFLUX_TOKEN or influxToken of the file',
  influxOrg: 'organisation; InfluxDB 2 needs it',
  influxBucket: 'bucket; with InfluxDB 1.8 the database',
  trustProxy: 'addresses or networks of proxies in front, comma separated',
  notifyAllow: 'hosts and networks that channels may connect to beside the well-known gateways, comma separated',
  timeZone: 'zone of turns, quiet hours, messages and sheets, where nothing says another',
  publicUrl: 'address under which phones reach this server, for links by which messages are answered',
  backups: 'folder that backups are written into by name (default backups in the data folder)',
  retention: 'how long raw readings are kept; summaries are kept for years',
  mapTiles: 'PMTiles file, or address of raster tiles with {z}, {x} and {y} (default: outlines alone)',
  mapCoordinates: 'what the tiles are drawn on: wgs84, or gcj02 (Amap, Tencent)',
  mapAttribution: 'what the tiles’ source asks to be shown; a PMTiles file may say it itself',
  mapZoomMax: 'finest zoom that the address of tiles has (default 18)',
};

/**
 * The configuration from the command line (without node and script), the environment and the file they name. Throws
 * ConfigError with every problem at once. Gives undefined when help was asked for and printed.
 */
export function loadConfig(args: readonly string[], environment: NodeJS.ProcessEnv): Config | undefined {
  const problems: Problem[] = [];
  const flags = parseFlags(args, problems);
  if (flags === undefined) return undefined;
  const file = flags.config ?? environment.BRINK_CONFIG;
  const raw: Record<string, unknown> = {};
  const origin = new Map<string, { file: string; path: string }>();
  const put = (name: string, value: unknown, where: { file: string; path: string }) => {
    raw[name] = value;
    origin.set(name, where);
  };
  if (file !== undefined) {
    for (const [name, value] of Object.entries(readSettings(file, problems))) put(name, value, { file, path: name });
  }
  for (const name of SETTING_NAMES) {
    const variable = variableOf(name);
    const value = environment[variable];
    if (value !== undefined && value !== '') put(name, value, { file: 'environment', path: variable });
    const flag = flags[name];
    if (flag !== undefined) put(name, flag, { file: 'flags', path: flagOf(name) });
  }
  const parsed = settingsSchema.safeParse(raw);
  if (!parsed.success) {
    problems.push(...problemsOfIssues(parsed.error.issues, raw).flatMap((one) => settingProblems(one, raw, origin)));
  } else problems.push(...conflicts(parsed.data));
  if (problems.length > 0) throw new ConfigError(problems);
  return parsed.data;
}

/** Whether map tiles are addresses of another server or of this one's proxy, rather than a file. */
export function isTileTemplate(text: string): boolean {
  const isAddress = text.startsWith('/') || /^https?:\/\/[^/{}]+\//.test(text);
  return isAddress && ['{z}', '{x}', '{y}'].every((place) => text.includes(place));
}

/** Whether only programs of this machine can reach an address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** The first listener that others than this machine can reach; the HTTP port counts, because it takes readings too. */
function openListener(config: Config): Address | undefined {
  const lines = LINE_NAMES.map((name) => config[name]);
  return [config.mqtt, config.http, config.mqtts, ...lines].find((address) => address && !isLoopback(address.host));
}

/** Whether others than this machine's programs can reach the server, by themselves or through a proxy in front. */
export function isBeyondLoopback(config: Config): boolean {
  return openListener(config) !== undefined || config.trustProxy !== undefined || config.secureCookies;
}

function conflicts(config: Config): Problem[] {
  const problems: Problem[] = [];
  const open = openListener(config);
  if (config.auth === 'none' && open !== undefined) {
    problems.push({
      file: 'configuration',
      path: 'auth',
      found: `none with a listener on ${open.host}`,
      expected: 'auth: password, or loopback addresses such as 127.0.0.1 alone',
    });
  }
  if (config.sample && open !== undefined) {
    problems.push({
      file: 'configuration',
      path: 'sample',
      found: `the sample site, whose secrets everybody can read, with a listener on ${open.host}`,
      expected: 'a start without it, or loopback addresses such as 127.0.0.1 alone',
    });
  }
  if (config.sample && (config.devices !== undefined || config.thresholds !== undefined)) {
    const found = 'the sample site beside devices or thresholds';
    problems.push({ file: 'configuration', path: 'sample', found, expected: 'one of them' });
  }
  if (config.history === 'influx') {
    for (const name of ['influxUrl', 'influxBucket'] as const) {
      if (config[name] !== undefined) continue;
      const expected = `${name}, because history is influx`;
      problems.push({ file: 'configuration', path: name, found: 'nothing', expected });
    }
  }
  if ((config.gbt26875Report === undefined) !== (config.gbt26875ReportAs === undefined)) {
    problems.push({
      file: 'configuration',
      path: 'gbt26875Report',
      found: 'one of gbt26875Report and gbt26875ReportAs',
      expected: 'both of them, or none',
    });
  }
  if ((config.cluster === undefined) !== (config.node === undefined)) {
    const found = 'one of cluster and node';
    problems.push({ file: 'configuration', path: 'cluster', found, expected: 'both of them, or none' });
  }
  const { cluster, clusterMonitors } = config;
  if (cluster !== undefined && clusterMonitors !== undefined && cluster.length !== clusterMonitors.length) {
    problems.push({
      file: 'configuration',
      path: 'clusterMonitors',
      found: `${clusterMonitors.length} addresses for ${cluster.length} servers`,
      expected: 'one for each',
    });
  }
  if (cluster !== undefined && config.gbt26875Report !== undefined) {
    const found = 'a platform that every server of a cluster would tell';
    problems.push({ file: 'configuration', path: 'gbt26875Report', found, expected: 'a server that is alone' });
  }
  const tls = [config.mqtts, config.tlsCert, config.tlsKey].filter((part) => part !== undefined);
  if (tls.length !== 0 && tls.length !== 3) {
    problems.push({
      file: 'configuration',
      path: 'mqtts',
      found: 'some of mqtts, tlsCert, tlsKey',
      expected: 'all three of them, or none',
    });
  }
  return problems;
}

function descriptionOf(name: SettingName): string {
  const words = DESCRIPTIONS[name] ?? '';
  const schema = settingsSchema.shape[name];
  if (!(schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault)) return words;
  const { defaultValue } = schema.def;
  // What is off says what it is for when it is on.
  return defaultValue === false ? words : `${words} (default ${String(defaultValue)})`;
}

function parseFlags(args: readonly string[], problems: Problem[]): Record<string, string> | undefined {
  const command = new Command('brink')
    .description('Brink (临界): MQTT in, alerts out. Every flag also exists as an environment variable BRINK_…')
    .option('--config <file>', 'YAML or JSON file of settings')
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  for (const name of SETTING_NAMES) {
    if (SECRET_NAMES.includes(name)) continue;
    // The one that is said without a value, as people say it.
    const value = name === 'sample' ? '[value]' : '<value>';
    const option = new Option(`${flagOf(name)} ${value}`, descriptionOf(name)).argParser(once(flagOf(name)));
    command.addOption(name === 'sample' ? option.preset('true') : option);
  }
  try {
    command.parse(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === 'commander.helpDisplayed') return undefined;
    const found = error.message.replace(/^error: /, '');
    problems.push({ file: 'flags', path: '', found, expected: 'flags as listed by --help' });
  }
  return command.opts();
}

function once(flag: string): (value: string, previous: string | undefined) => string {
  return (value, previous) => {
    if (previous !== undefined) throw new InvalidArgumentError(`${flag} is given twice`);
    return value;
  };
}

function readSettings(file: string, problems: Problem[]): Record<string, unknown> {
  const read = readStructuredFile(file);
  if ('problems' in read) {
    problems.push(...read.problems);
    return {};
  }
  const settings = read.parsed.value ?? {};
  if (typeof settings !== 'object' || Array.isArray(settings)) {
    problems.push({ file, path: '', found: 'no mapping', expected: 'settings as `name: value`' });
    return {};
  }
  return settings as Record<string, unknown>;
}

function settingProblems(
  problem: FieldProblem,
  raw: Record<string, unknown>,
  origin: ReadonlyMap<string, { file: string; path: string }>,
): Problem[] {
  if (problem.code === 'unknown-keys' && problem.path.length === 0) {
    return problem.values.keys.map((key) => ({
      file: origin.get(key)?.file ?? 'configuration',
      path: key,
      found: 'an unknown setting',
      expected: `one of ${SETTING_NAMES.join(', ')}`,
    }));
  }
  const name = String(problem.path[0] ?? '');
  const where = origin.get(name) ?? { file: 'configuration', path: name };
  const path = [where.path, ...problem.path.slice(1)].join('.');
  return [{ ...where, path, found: foundAt(raw, problem.path), expected: expectedText(problem) }];
}

/** What stands at a path of the settings, as far as everybody may read it. */
function foundAt(raw: unknown, path: readonly PropertyKey[]): string {
  let value = raw;
  for (const key of path) value = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  // An address may have a password in it as well.
  if ((path[0] === 'feeds' || path[0] === 'pushes') && value !== undefined) return 'something else';
  return JSON.stringify(value) ?? 'nothing';
}

/** Addresses of at least three servers; undefined when one of them is none, or stands there twice. */
function addressesOf(text: string, protocols: readonly string[]): readonly string[] | undefined {
  const addresses = text.split(',').map((address) => address.trim());
  const areAddresses = addresses.every(
    (address) => URL.canParse(address) && protocols.includes(new URL(address).protocol),
  );
  return areAddresses && addresses.length >= 3 && new Set(addresses).size === addresses.length ? addresses : undefined;
}

function parsedList(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

function refuse(ctx: z.RefinementCtx, expected: string): never {
  ctx.addIssue({ code: 'custom', message: expected });
  return z.NEVER;
}

function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function variableOf(name: string): string {
  return `BRINK_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

const PORT_MAX = 65_535;

function parseAddress(text: string): Address | undefined {
  const match = /^(?:(\[[^\]]+\]|[^:]+):)?(\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const port = Number(match[2]);
  if (port > PORT_MAX) return undefined;
  return { host: (match[1] ?? '127.0.0.1').replace(/^\[|\]$/g, ''), port };
}

const BYTE_UNITS: Readonly<Record<string, number>> = { '': 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 };

function parseBytes(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(|KiB|MiB|GiB|TiB)$/.exec(text);
  const unit = BYTE_UNITS[match?.[2] ?? '?'];
  if (match === null || unit === undefined) return undefined;
  const bytes = Math.round(Number(match[1]) * unit);
  return bytes > 0 ? bytes : undefined;
}
