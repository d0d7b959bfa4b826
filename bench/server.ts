import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import packageFile from '../package.json' with { type: 'json' };

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** What `npm start` gives to node: flags of Node itself, and the program. */
const START_ARGUMENTS = packageFile.scripts.start.replace(/^(exec )?node /, '').split(' ');

export const ADMIN_PASSWORD = 'bench-password';

/** A child process that listens for MQTT. */
export interface Target {
  readonly pid: number;
  readonly mqtt: URL;
  /** Absent for a bare broker. */
  readonly http: URL | undefined;
  /** From the start of the process to its ready line, ms. */
  readonly readyMs: number;
  /** SIGTERM, and wait for the end. */
  stop(): Promise<void>;
  /** SIGKILL, and wait for the end. */
  kill(): Promise<void>;
}

export interface ServerOptions {
  readonly data: string;
  readonly devices: string;
  readonly thresholds: string;
  /** Default: none, so that a load generator needs no secrets. */
  readonly auth?: 'password' | 'none' | undefined;
  /** Default: no limit, for a load generator looks like a device gone wild. */
  readonly publishesPerSecondMax?: number | undefined;
  /** Flags for Node, such as --cpu-prof. */
  readonly nodeFlags?: readonly string[] | undefined;
  /** Who is told of what; the targets are on this machine. */
  readonly notify?: unknown;
}

/** The server as `npm start` runs it, on free ports. */
export function startServer({
  data,
  devices,
  thresholds,
  auth = 'none',
  publishesPerSecondMax = 10_000_000,
  nodeFlags = [],
  notify,
}: ServerOptions): Promise<Target> {
  const flags = ['--data', data, '--devices', devices, '--thresholds', thresholds];
  const ports = ['--http', '127.0.0.1:0', '--mqtt', '127.0.0.1:0'];
  const told =
    notify === undefined ? {} : { BRINK_BENCH_NOTIFY: JSON.stringify(notify), BRINK_NOTIFY_ALLOW: '127.0.0.1' };
  const program = notify === undefined ? START_ARGUMENTS : START_ARGUMENTS.with(-1, 'bench/notify-server.ts');
  return startTarget([...nodeFlags, ...program, ...flags, ...ports], {
    ...told,
    BRINK_ADMIN_PASSWORD: ADMIN_PASSWORD,
    BRINK_AUTH: auth,
    BRINK_LOG: 'error',
    BRINK_PUBLISHES_PER_SECOND_MAX: String(publishesPerSecondMax),
  });
}

/** Aedes with an empty hand: the floor under any server built on it. */
export function startBareAedes(): Promise<Target> {
  return startTarget(['bench/bare-aedes.ts'], {});
}

async function startTarget(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<Target> {
  const startedAtMs = performance.now();
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: ROOT,
    env: { ...process.env, ...environment },
  });
  running.add(child);
  const exited = once(child, 'exit').then(() => {
    running.delete(child);
  });
  const end = (signal: NodeJS.Signals) => {
    child.kill(signal);
    return exited;
  };
  const ready = once(createInterface({ input: child.stdout }), 'line').then(([line]) => String(line));
  const line = await Promise.race([ready, exited.then(() => undefined)]);
  if (line === undefined || child.pid === undefined) throw new Error(`${args.join(' ')} ended before it was ready`);
  const addresses = JSON.parse(line) as { mqtt: string; http?: string };
  return {
    pid: child.pid,
    mqtt: new URL(addresses.mqtt),
    http: addresses.http === undefined ? undefined : new URL(addresses.http),
    readyMs: performance.now() - startedAtMs,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  };
}

const running = new Set<ChildProcess>();
// A bench that fails or is interrupted leaves no server behind.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Runs `task` with a fresh folder on the machine's disk, where commits cost what they cost, and removes it. */
export async function withFolder<T>(task: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'brink-bench-'));
  await mkdir(join(folder, 'data'));
  try {
    return await task(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
