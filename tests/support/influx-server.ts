import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { until } from './until.ts';

/** What to do with the next requests to write, instead of passing them on. */
export type Fault =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly body?: string;
      readonly headers?: Record<string, string>;
    }
  /** The connection is closed without an answer. */
  | { readonly kind: 'drop' }
  /** It is stored, but the answer never arrives. */
  | { readonly kind: 'lose-answer' };

export interface TestInflux {
  readonly url: string;
  readonly token: string;
  readonly org: string;
  readonly bucket: string;
  /** Asked for each request to write; undefined passes it on. */
  fault: (() => Fault | undefined) | undefined;
  /** Stops answering at all, or answers again. */
  setDown(down: boolean): Promise<void>;
  /** Requests to write that reached the front. */
  writes(): number;
  close(): Promise<void>;
}

/**
 * A real InfluxDB for a test: the server of BRINK_TEST_INFLUX_URL, _TOKEN, _ORG and _BUCKET when these are set, otherwise
 * Debian's 1.6 on a free port. In front of either stands a small proxy that can misbehave; for 1.6 it also maps
 * /api/v2/write, which that server predates, to /write.
 */
export async function startInflux(folder: string): Promise<TestInflux> {
  const given = process.env.BRINK_TEST_INFLUX_URL;
  if (given !== undefined && given !== '') {
    const { BRINK_TEST_INFLUX_TOKEN = '', BRINK_TEST_INFLUX_ORG = '', BRINK_TEST_INFLUX_BUCKET = '' } = process.env;
    return startFront(new URL(given), {
      token: BRINK_TEST_INFLUX_TOKEN,
      org: BRINK_TEST_INFLUX_ORG,
      bucket: BRINK_TEST_INFLUX_BUCKET,
      mapWrites: false,
      stop: async () => undefined,
    });
  }
  const port = await freePort();
  const url = new URL(`http://127.0.0.1:${port}`);
  const influxd = spawn(findInfluxd() ?? 'influxd', ['run', '-config', '/dev/null'], {
    stdio: 'ignore',
    env: {
      ...process.env,
      HOME: folder,
      INFLUXDB_REPORTING_DISABLED: 'true',
      INFLUXDB_BIND_ADDRESS: `127.0.0.1:${await freePort()}`,
      INFLUXDB_HTTP_BIND_ADDRESS: `127.0.0.1:${port}`,
      INFLUXDB_HTTP_LOG_ENABLED: 'false',
      INFLUXDB_MONITOR_STORE_ENABLED: 'false',
      INFLUXDB_META_DIR: join(folder, 'meta'),
      INFLUXDB_DATA_DIR: join(folder, 'data'),
      INFLUXDB_DATA_WAL_DIR: join(folder, 'wal'),
    },
  });
  await until('influxd to answer', () =>
    fetch(new URL('/ping', url)).then(
      () => true,
      () => false,
    ),
  );
  const created = await fetch(new URL('/query?q=CREATE DATABASE brink', url), { method: 'POST' });
  if (!created.ok) throw new Error(`influxd answers ${created.status}`);
  return startFront(url, { token: 'any', org: 'any', bucket: 'brink', mapWrites: true, stop: () => end(influxd) });
}

/** The program, installed from Debian's packages if need be and possible; null when there is none to be had. */
export function findInfluxd(): string | null {
  for (const path of ['/usr/bin/influxd', '/usr/local/bin/influxd']) if (existsSync(path)) return path;
  try {
    execFileSync('apt-get', ['update'], { stdio: 'ignore', timeout: 120_000 });
    execFileSync('apt-get', ['install', '-y', '--no-install-recommends', 'influxdb'], {
      stdio: 'ignore',
      timeout: 300_000,
    });
  } catch {
    return null;
  }
  return existsSync('/usr/bin/influxd') ? '/usr/bin/influxd' : null;
}

/** Whether the tests of InfluxDB can run. Says so loudly when not; with CI=true that is a failure. */
export function influxAvailable(): boolean {
  const given = process.env.BRINK_TEST_INFLUX_URL;
  if ((given !== undefined && given !== '') || findInfluxd() !== null) return true;
  const message = 'no InfluxDB: set BRINK_TEST_INFLUX_URL, or install Debian’s package influxdb';
  if (process.env.CI === 'true') throw new Error(message);
  console.warn(`SKIPPED, ${message}`);
  return false;
}

interface Behind {
  readonly token: string;
  readonly org: string;
  readonly bucket: string;
  readonly mapWrites: boolean;
  readonly stop: () => Promise<void>;
}

async function startFront(url: URL, behind: Behind): Promise<TestInflux> {
  let writes = 0;
  const server = createServer((incoming, outgoing) => {
    const path = new URL(incoming.url ?? '/', 'http://front');
    const isWrite = path.pathname === '/api/v2/write';
    if (isWrite) writes++;
    const fault = isWrite ? influx.fault?.() : undefined;
    if (fault?.kind === 'answer') {
      incoming.resume();
      outgoing.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers });
      outgoing.end(fault.body ?? '{}');
    } else if (fault?.kind === 'drop') incoming.destroy();
    else
      pass(url, behind.mapWrites && isWrite ? mapWrite(path) : path, incoming, fault === undefined ? outgoing : null);
  });
  await listen(server, 0);
  const { port } = server.address() as AddressInfo;
  const { token, org, bucket } = behind;

  const influx: TestInflux = {
    url: `http://127.0.0.1:${port}`,
    token,
    org,
    bucket,
    fault: undefined,
    async setDown(down) {
      if (!down) return listen(server, port);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
    writes: () => writes,
    async close() {
      server.closeAllConnections();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
      await behind.stop();
    },
  };
  return influx;
}

function mapWrite(path: URL): URL {
  const mapped = new URL('/write', path);
  mapped.searchParams.set('db', path.searchParams.get('bucket') ?? '');
  mapped.searchParams.set('precision', path.searchParams.get('precision') ?? 'n');
  return mapped;
}

/** Passes a request on; without `outgoing` the answer is thrown away, and with it the connection. */
function pass(url: URL, path: URL, incoming: IncomingMessage, outgoing: ServerResponse | null): void {
  const { host: _, ...headers } = incoming.headers;
  const target = new URL(path.pathname + path.search, url);
  const passed = request(target, { method: incoming.method, headers }, (answer) => {
    if (outgoing === null) {
      answer.resume();
      answer.on('end', () => incoming.socket.destroy());
      return;
    }
    outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(outgoing);
  });
  passed.on('error', () => incoming.destroy());
  incoming.pipe(passed);
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve());
  });
}

async function freePort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}
