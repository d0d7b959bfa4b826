import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
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
  | { readonly kind: 'lose-answer' }
  /** There is no answer, and the connection stays until another fault, or none, is set. */
  | { readonly kind: 'hang' };

/** Whose words the front speaks. 2.7 asks for a token, an organisation and a bucket it knows, and takes no orders. */
export type Dialect = '1.8' | '2.7';

/** The dialects there is something to run against: a server that is given from outside has its own. */
export function dialects(): readonly Dialect[] {
  return isGiven() ? ['2.7'] : ['1.8', '2.7'];
}

function isGiven(): boolean {
  return (process.env.BRINK_TEST_INFLUX_URL ?? '') !== '';
}

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
 * /api/v2/write, which that server predates, to /write, and refuses and words its refusals as the dialect has it.
 */
export async function startInflux(dialect: Dialect = '2.7'): Promise<TestInflux> {
  if (isGiven()) {
    const { BRINK_TEST_INFLUX_URL: given = '' } = process.env;
    const { BRINK_TEST_INFLUX_TOKEN = '', BRINK_TEST_INFLUX_ORG = '', BRINK_TEST_INFLUX_BUCKET = '' } = process.env;
    return startFront(new URL(given), {
      token: BRINK_TEST_INFLUX_TOKEN,
      org: BRINK_TEST_INFLUX_ORG,
      bucket: BRINK_TEST_INFLUX_BUCKET,
      dialect: null,
      stop: async () => undefined,
    });
  }
  // Of its own, because a server is shared by the tests of a file.
  const folder = mkdtempSync(join(tmpdir(), 'brink-influx-'));
  const influxd = spawn(findInfluxd() ?? 'influxd', ['run', '-config', '/dev/null'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      ...process.env,
      HOME: folder,
      INFLUXDB_REPORTING_DISABLED: 'true',
      INFLUXDB_BIND_ADDRESS: '127.0.0.1:0',
      INFLUXDB_HTTP_BIND_ADDRESS: '127.0.0.1:0',
      INFLUXDB_HTTP_LOG_ENABLED: 'false',
      INFLUXDB_MONITOR_STORE_ENABLED: 'false',
      INFLUXDB_META_DIR: join(folder, 'meta'),
      INFLUXDB_DATA_DIR: join(folder, 'data'),
      INFLUXDB_DATA_WAL_DIR: join(folder, 'wal'),
    },
  });
  const url = new URL(`http://${await listeningAt(influxd)}`);
  await until('influxd to answer', () =>
    fetch(new URL('/ping', url)).then(
      () => true,
      () => false,
    ),
  );
  const created = await fetch(new URL('/query?q=CREATE DATABASE brink', url), { method: 'POST' });
  if (!created.ok) throw new Error(`influxd answers ${created.status}`);
  const token = 'a-token-for-tests==';
  const stop = async () => {
    await end(influxd);
    rmSync(folder, { recursive: true, force: true });
  };
  return startFront(url, { token, org: 'test org', bucket: 'brink', dialect, stop });
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
  if (isGiven() || findInfluxd() !== null) return true;
  const message = 'no InfluxDB: set BRINK_TEST_INFLUX_URL, or install Debian’s package influxdb';
  if (process.env.CI === 'true') throw new Error(message);
  console.warn(`SKIPPED, ${message}`);
  return false;
}

interface Behind {
  readonly token: string;
  readonly org: string;
  readonly bucket: string;
  /** What the front makes of the server behind it; null: nothing, it speaks for itself. */
  readonly dialect: Dialect | null;
  readonly stop: () => Promise<void>;
}

async function startFront(url: URL, behind: Behind): Promise<TestInflux> {
  let writes = 0;
  let present: TestInflux['fault'];
  const hanging = new Set<IncomingMessage>();
  const server = createServer((incoming, outgoing) => {
    const path = new URL(incoming.url ?? '/', 'http://front');
    const isWrite = path.pathname === '/api/v2/write';
    if (isWrite) writes++;
    const fault = isWrite ? present?.() : undefined;
    if (fault?.kind === 'answer') {
      incoming.resume();
      answer(outgoing, fault.status, fault.body ?? '{}', fault.headers);
      return;
    }
    if (fault?.kind === 'drop') {
      incoming.destroy();
      return;
    }
    if (fault?.kind === 'hang') {
      hanging.add(incoming.resume());
      return;
    }
    const refusal = behind.dialect === '2.7' ? refusalOf(incoming, path, behind) : undefined;
    if (refusal !== undefined) {
      incoming.resume();
      answer(outgoing, refusal.status, JSON.stringify(refusal.body), { 'x-influxdb-version': 'v2.7.12' });
      return;
    }
    pass(url, isWrite && behind.dialect !== null ? mapWrite(path) : path, incoming, {
      outgoing: fault === undefined ? outgoing : null,
      reword: isWrite && behind.dialect === '2.7',
    });
  });
  await listen(server, 0);
  const { port } = server.address() as AddressInfo;
  const { token, org, bucket } = behind;

  const influx: TestInflux = {
    url: `http://127.0.0.1:${port}`,
    token,
    org,
    bucket,
    get fault() {
      return present;
    },
    set fault(fault) {
      present = fault;
      // Whoever is well again hangs up on what it has let hang: nobody has to wait until the other side gives up.
      for (const incoming of hanging) incoming.destroy();
      hanging.clear();
    },
    async setDown(down) {
      if (down !== server.listening) return;
      // In between, another process may have taken the port for a moment.
      if (!down) {
        await until('its port to be free again', () =>
          listen(server, port).then(
            () => true,
            () => false,
          ),
        );
        return;
      }
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
  mapped.searchParams.set('precision', path.searchParams.get('precision') === 'ms' ? 'ms' : 'n');
  return mapped;
}

function answer(outgoing: ServerResponse, status: number, body: string, headers: Record<string, string> = {}): void {
  outgoing.writeHead(status, { 'content-type': 'application/json', ...headers });
  outgoing.end(body);
}

/** What 2.7 refuses and the server behind the front would take, in the order in which 2.7 looks at it. */
function refusalOf(
  { headers, method }: IncomingMessage,
  path: URL,
  { token, org, bucket }: Behind,
): { readonly status: number; readonly body: object } | undefined {
  const refuse = (status: number, code: string, message: string) => ({ status, body: { code, message } });
  const { searchParams: asked, pathname } = path;
  if (headers.authorization !== `Token ${token}`) return refuse(401, 'unauthorized', 'unauthorized access');
  const database = asked.get('db') ?? '';
  switch (`${method} ${pathname}`) {
    case 'POST /api/v2/write':
      if (asked.get('precision') !== 'ns') {
        return refuse(400, 'invalid', 'invalid precision; valid precision units are ns, us, ms, and s');
      }
      if ((asked.get('bucket') ?? '') === '') return refuse(404, 'not found', 'bucket not found');
      if ((asked.get('org') ?? '') === '') return refuse(400, 'invalid', 'Please provide either orgID or org');
      if (asked.get('org') !== org)
        return refuse(404, 'not found', `organization name "${asked.get('org')}" not found`);
      if (asked.get('bucket') !== bucket) return refuse(404, 'not found', `bucket "${asked.get('bucket')}" not found`);
      return undefined;
    case 'GET /query': {
      if (database !== bucket) {
        return { status: 200, body: { results: [{ statement_id: 0, error: `database not found: ${database}` }] } };
      }
      const statements = (asked.get('q') ?? '').split(';').filter((statement) => !/^\s*SELECT /i.test(statement));
      return statements.length === 0 ? undefined : refuse(400, 'invalid', `not implemented: ${statements[0]}`);
    }
    default:
      return refuse(404, 'not found', 'path not found');
  }
}

/** A refusal to write in the words of 2.7. */
function reworded(status: number, text: string): { readonly status: number; readonly body: string } {
  const said = (JSON.parse(text) as { error: string }).error;
  const error = said.replace(
    /points beyond retention policy dropped=(\d+)/,
    'dropped $1 points outside retention policy of duration 1h0m0s - oldest point reading at 1970-01-01T00:00:00Z dropped ' +
      'because it violates a Retention Policy Lower Bound at 1970-01-01T01:00:00Z, newest point reading at ' +
      '1970-01-01T00:00:00Z dropped because it violates a Retention Policy Lower Bound at 1970-01-01T01:00:00Z ' +
      'dropped=$1 for database: brink for retention policy: autogen',
  );
  const isPartial = error.startsWith('partial write');
  const message = isPartial ? `failure writing points to database: ${error}` : error;
  const body = JSON.stringify({ code: isPartial ? 'unprocessable entity' : 'invalid', message });
  return { status: isPartial ? 422 : status, body };
}

/** Passes a request on; without `outgoing` the answer is thrown away, and with it the connection. */
function pass(
  url: URL,
  path: URL,
  incoming: IncomingMessage,
  { outgoing, reword }: { readonly outgoing: ServerResponse | null; readonly reword: boolean },
): void {
  const { host: _, ...headers } = incoming.headers;
  const target = new URL(path.pathname + path.search, url);
  const passed = request(target, { method: incoming.method, headers }, (answered) => {
    if (outgoing === null) {
      answered.resume();
      answered.on('end', () => incoming.socket.destroy());
      return;
    }
    const status = answered.statusCode ?? 500;
    if (reword && status >= 400) {
      void text(answered).then((said) => {
        const { status: own, body } = reworded(status, said);
        answer(outgoing, own, body);
      });
      return;
    }
    outgoing.writeHead(status, answered.headers);
    answered.pipe(outgoing);
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

/** Where influxd says that it listens, as host and port: one that it was given is nobody else's. */
async function listeningAt({ stderr }: { readonly stderr: Readable }): Promise<string> {
  let said = '';
  stderr.setEncoding('utf8').on('data', (piece: string) => {
    said += piece;
  });
  const address = await until('influxd to listen', () => /msg="Listening on HTTP".* addr=(\S+)/.exec(said)?.[1]);
  // What it says from here on is read by nobody, and must not fill its pipe.
  stderr.removeAllListeners('data').resume();
  return address;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}
