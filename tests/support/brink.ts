import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { pino } from 'pino';
import WebSocket from 'ws';
import { type RunningApp, startApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config.ts';
import { type Clock, systemClock } from '../../src/lib/clock.ts';
import type { Alert, AlertEvent } from '../../src/model/alert.ts';
import type { LiveSetup } from '../../src/notify/outbox/outbox.ts';
import { afterTest } from './after-test.ts';
import { temporaryFolder } from './temporary.ts';
import { until, WAIT_LIMIT_MS } from './until.ts';

export const ADMIN_PASSWORD = 'correct horse battery';

/** Files of a small site, as JSON, which is YAML as well. */
export interface SiteSpec {
  readonly profiles: Readonly<Record<string, unknown>>;
  readonly site: unknown;
  readonly thresholds?: readonly unknown[];
}

/** One device `dev-<n>` with one point `pt-<n>` each, of a profile with the metrics `v` (number) and `on` (boolean). */
export function plainSite(count: number, rules: Record<string, unknown>, more: Record<string, unknown> = {}): SiteSpec {
  const ids = Array.from({ length: count }, (_, i) => i + 1);
  return {
    profiles: {
      plain: {
        family: 'other',
        metrics: { v: { unit: 'cm', range: [-1_000, 1_000_000] }, on: { type: 'boolean' } },
        reportEvery: '1h',
      },
    },
    site: {
      areas: [{ id: 'town' }],
      devices: ids.map((n) => ({
        id: `dev-${n}`,
        profile: 'plain',
        secret: `secret-${n}`,
        points: [{ id: `pt-${n}`, area: 'town' }],
      })),
    },
    thresholds: ids.map((n) => ({ point: `pt-${n}`, rules, ...more })),
  };
}

/**
 * Writes the files of a site into a new folder and gives the flags that name them. It has templates of its own, none: those
 * that come with the program are a third of what a start costs.
 */
export function writeSite({ profiles, site, thresholds = [] }: SiteSpec): string[] {
  const folder = temporaryFolder();
  const devices = join(folder, 'devices');
  for (const [id, profile] of Object.entries(profiles)) {
    mkdirSync(join(devices, id), { recursive: true });
    writeFileSync(join(devices, id, 'profile.json'), JSON.stringify(profile));
  }
  writeFileSync(join(devices, 'site.json'), JSON.stringify(site));
  mkdirSync(join(folder, 'thresholds', 'templates'), { recursive: true });
  writeFileSync(join(folder, 'thresholds', 'all.json'), JSON.stringify(thresholds));
  return ['--devices', devices, '--thresholds', join(folder, 'thresholds')];
}

/** A running Brink with everything a test does with it. */
export interface Brink {
  /** The time by its clock: devices that are tested go by the same, however long a test takes. */
  readonly nowMs: () => number;
  readonly app: RunningApp;
  readonly flags: readonly string[];
  get<T>(path: string, headers?: Record<string, string>): Promise<T>;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>;
  device(id: string, options?: IClientOptions): Promise<MqttClient>;
  /** `log`: the name of the log that `since` is of. */
  live(since?: number, log?: string): Promise<LiveClient>;
  alerts(state?: string): Promise<Alert[]>;
  events(after?: number): Promise<AlertEvent[]>;
  /** Ends it and starts it again on the same data folder. */
  restart(): Promise<Brink>;
  close(): Promise<void>;
}

/** A frame as the wire holds it. */
export type LiveFrame = { readonly type: string; readonly [key: string]: unknown };

export interface LiveClient {
  readonly frames: LiveFrame[];
  readonly socket: WebSocket;
  events(): AlertEvent[];
  close(): void;
}

export interface StartOptions {
  readonly clock?: Clock;
  readonly flags?: readonly string[];
  readonly data?: string;
  /** Who is told of what. */
  readonly notify?: LiveSetup;
  /** Where MQTT listens; a free port of loopback otherwise. */
  readonly mqtt?: string;
  /** Adds what is needed to the folders before the server starts. */
  readonly prepare?: (folders: { readonly devices: string; readonly thresholds: string }) => void;
}

/** Starts the program in-process on free ports, in a new data folder unless `data` is given; null: with no files. */
export async function startBrink(site: SiteSpec | null, options: StartOptions = {}): Promise<Brink> {
  const data = options.data ?? temporaryFolder();
  const folders = site === null ? [] : writeSite(site);
  const [, devices = '', , thresholds = ''] = folders;
  options.prepare?.({ devices, thresholds });
  const flags = [
    '--data',
    data,
    '--http',
    '0',
    '--mqtt',
    options.mqtt ?? '0',
    '--log',
    'silent',
    ...folders,
    ...(options.flags ?? []),
  ];
  return start(flags, {
    clock: options.clock ?? systemClock,
    ...(options.notify === undefined ? {} : { notify: options.notify }),
  });
}

async function start(
  flags: readonly string[],
  edges: { readonly clock: Clock; readonly notify?: LiveSetup },
): Promise<Brink> {
  const config = loadConfig(flags, { BRINK_ADMIN_PASSWORD: ADMIN_PASSWORD });
  if (config === undefined) throw new Error('help was asked for');
  const app = await startApp(config, { ...edges, log: pino({ level: 'silent' }) });
  const clients: MqttClient[] = [];
  const sockets: WebSocket[] = [];
  let isClosed = false;

  const url = (path: string) => `${app.http}/api/v1${path}`;
  const token = await signIn(app.http);

  const brink: Brink = {
    app,
    flags,
    nowMs: edges.clock.nowMs,
    call(method, path, body, headers = {}) {
      const json: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
      return fetch(url(path), {
        method,
        headers: { authorization: `Bearer ${token}`, ...json, ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    },
    async get<T>(path: string, headers?: Record<string, string>) {
      const response = await brink.call('GET', path, undefined, headers);
      if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
      return (await response.json()) as T;
    },
    async device(id, more = {}) {
      const secret = `secret-${id.replace(/^dev-/, '')}`;
      const client = await mqtt.connectAsync(app.mqtt, {
        username: id,
        password: secret,
        clientId: id,
        reconnectPeriod: 0,
        connectTimeout: WAIT_LIMIT_MS,
        ...more,
      });
      clients.push(client);
      return client;
    },
    async live(since, log) {
      const known = log === undefined ? '' : `&log=${log}`;
      const query = since === undefined ? '' : `?since=${since}${known}`;
      const socket = new WebSocket(`${url('/live').replace('http', 'ws')}${query}`, {
        headers: { authorization: `Bearer ${token}` },
      });
      sockets.push(socket);
      const frames: LiveFrame[] = [];
      socket.on('message', (text) => frames.push(JSON.parse(String(text))));
      await until('the first frame', () => frames.length > 0);
      return {
        frames,
        socket,
        events: () => frames.filter((frame) => frame.type === 'event') as unknown as AlertEvent[],
        close: () => socket.close(),
      };
    },
    async alerts(state = 'all') {
      return (await brink.get<{ items: Alert[] }>(`/alerts?state=${state}&limit=1000`)).items;
    },
    async events(after = 0) {
      const all: AlertEvent[] = [];
      for (let from = after; ; ) {
        const { items } = await brink.get<{ items: AlertEvent[] }>(`/events?after=${from}&limit=1000`);
        all.push(...items);
        const last = items.at(-1);
        if (last === undefined) return all;
        from = last.seq;
      }
    },
    async restart() {
      await brink.close();
      return start(flags, edges);
    },
    async close() {
      if (isClosed) return;
      isClosed = true;
      for (const socket of sockets) socket.terminate();
      for (const client of clients) client.end(true);
      await app.close();
    },
  };
  afterTest(() => brink.close());
  return brink;
}

/** A bearer token for tests: the session of the admin makes one. */
async function signIn(http: string): Promise<string> {
  const session = await fetch(`${http}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-brink-csrf': '1' },
    body: JSON.stringify({ username: 'admin', password: ADMIN_PASSWORD }),
  });
  const cookie = session.headers.get('set-cookie')?.split(';')[0] ?? '';
  const response = await fetch(`${http}/api/v1/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-brink-csrf': '1', cookie },
    body: JSON.stringify({ name: 'test', role: 'admin' }),
  });
  if (!response.ok) throw new Error(`no token: ${response.status} ${await response.text()}`);
  return ((await response.json()) as { token: string }).token;
}

/** Publishes as JSON and waits for the acknowledgement. */
export async function publish(client: MqttClient, payload: unknown, qos: 0 | 1 | 2 = 1): Promise<void> {
  const device = client.options.username ?? '';
  await client.publishAsync(`telemetry/${device}`, typeof payload === 'string' ? payload : JSON.stringify(payload), {
    qos,
  });
}
