import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mqtt from 'mqtt';
import { pino } from 'pino';
import { type RunningApp, startApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config.ts';
import { ConfigError } from '../../src/lib/errors.ts';
import { until } from '../support/until.ts';

export const ADMIN_PASSWORD = 'correct horse battery';

/**
 * Where the last one was: the next one of this process takes its place, and a browser finds the console's sources there, as
 * they are of the same address, loaded and compiled.
 */
let lastHttp: string | undefined;

/** The program as it is, with the sample site, in-process. It can go away and come back on the same addresses. */
export interface RealServer {
  readonly url: string;
  /** Where its broker is. */
  readonly mqtt: string;
  /** Where the line protocols are that its settings switch on. */
  readonly lines: RunningApp['lines'];
  publish(device: string, payload: unknown, secret?: string): Promise<void>;
  /** As a program with a token of an administrator. */
  call<T>(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<T>;
  /** Somebody who has chosen this password, as every user must. */
  addPerson(username: string, role: string, password: string): Promise<void>;
  stop(): Promise<void>;
  /** At the address that pages know, which another process may have taken for a moment. */
  start(): Promise<unknown>;
  close(): Promise<void>;
}

/**
 * `settings`: further flags, such as `--map-tiles FILE`. `site`: the sample site, of which everybody may publish; or none,
 * as in production, where devices have secrets.
 */
export async function startRealServer(
  settings: readonly string[] = [],
  site: 'sample' | 'none' = 'sample',
): Promise<RealServer> {
  const data = await mkdtemp(join(tmpdir(), 'brink-e2e-'));
  let addresses = { http: lastHttp ?? '127.0.0.1:0', mqtt: '' };
  lastHttp = undefined;
  let app: RunningApp | null = null;
  let cookie = '';

  async function start(): Promise<void> {
    const flags = ['--data', data, '--http', addresses.http, '--mqtt', '127.0.0.1:0', '--log', 'silent'];
    const config = loadConfig([...flags, ...settings], {
      BRINK_ADMIN_PASSWORD: ADMIN_PASSWORD,
      ...(site === 'sample' ? { BRINK_AUTH: 'none', BRINK_SAMPLE: 'true' } : {}),
    });
    if (config === undefined) throw new Error('help was asked for');
    app = await startApp(config, { log: pino({ level: 'silent' }) });
    addresses = { http: new URL(app.http).host, mqtt: new URL(app.mqtt).host };
  }

  async function request(method: string, path: string, body: unknown, headers: Record<string, string>) {
    const response = await fetch(`http://${addresses.http}/api/v1${path}`, {
      method,
      headers: {
        'x-brink-csrf': '1',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response;
  }

  try {
    await start();
  } catch (error) {
    if (addresses.http.endsWith(':0')) throw error;
    whetherTaken(error);
    addresses = { ...addresses, http: '127.0.0.1:0' };
    await start();
  }
  const session = await request('POST', '/session', { username: 'admin', password: ADMIN_PASSWORD }, {});
  cookie = session.headers.get('set-cookie')?.split(';')[0] ?? '';

  return {
    get url() {
      return `http://${addresses.http}`;
    },
    get lines() {
      return app?.lines ?? {};
    },
    get mqtt() {
      return `mqtt://${addresses.mqtt}`;
    },
    async publish(device, payload, secret) {
      const login = secret === undefined ? {} : { username: device, password: secret };
      const client = await mqtt.connectAsync(`mqtt://${addresses.mqtt}`, { clientId: `e2e-${device}`, ...login });
      await client.publishAsync(`telemetry/${device}`, JSON.stringify(payload), { qos: 1 });
      await client.endAsync();
    },
    async call<T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
      const response = await request(method, path, body, { cookie, ...headers });
      return (response.status === 204 ? undefined : await response.json()) as T;
    },
    async addPerson(username, role, password) {
      const first = 'until-the-first-sign-in';
      await request('POST', '/users', { username, role, password: first }, { cookie });
      const session = await request('POST', '/session', { username, password: first }, {});
      const own = session.headers.get('set-cookie')?.split(';')[0] ?? '';
      await request('POST', '/me/password', { current: first, new: password }, { cookie: own });
    },
    async stop() {
      await app?.close();
      app = null;
    },
    start: () => until('its address to be free again', () => start().then(() => true, whetherTaken)),
    async close() {
      await app?.close();
      lastHttp = addresses.http;
      rmSync(data, { recursive: true, force: true });
    },
  };
}

/** False when an address could not be had because somebody else has it; anything else is thrown again. */
function whetherTaken(error: unknown): false {
  if (error instanceof ConfigError) return false;
  throw error;
}
