import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterTest } from './after-test.ts';

/** The program as a process of its own, which may be killed. */
export interface ServerProcess {
  readonly http: string;
  readonly mqtt: URL;
  readonly token: string;
  readonly child: ChildProcess;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
}

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** Starts it with these flags, `--data` among them; rejects with what it said when it ended instead. */
export async function startProcess(flags: readonly string[]): Promise<ServerProcess> {
  const child = spawn(process.execPath, [main, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  afterTest(kill);
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const line = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line').then(([text]) => String(text)),
    once(child, 'exit').then(([status]) => Promise.reject(new Error(`server ended with ${status}: ${errors}`))),
  ]);
  const data = flags[flags.indexOf('--data') + 1] ?? '';
  const { token } = JSON.parse(readFileSync(join(data, 'server.json'), 'utf8'));
  const { http, mqtt } = JSON.parse(line);
  return { http, mqtt: new URL(mqtt), token, child, kill };
}

/** What a call gives, without its pages. */
export async function get<T>(server: Pick<ServerProcess, 'http' | 'token'>, path: string): Promise<T> {
  const headers = { authorization: `Bearer ${server.token}` };
  const response = await fetch(`${server.http}/api/v1${path}`, { headers });
  const body = (await response.json()) as T;
  // Health says 503 with the report.
  if (!response.ok && response.status !== 503) throw new Error(`${path}: ${response.status} ${JSON.stringify(body)}`);
  return body;
}

/** All items of a list, page by page. */
export async function getAll<T>(server: Pick<ServerProcess, 'http' | 'token'>, path: string): Promise<T[]> {
  const items: T[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const more = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page: { items: T[]; next: string | null } = await get(server, `${path}${more}`);
    items.push(...page.items);
    cursor = page.next;
  }
  return items;
}
