import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { afterTest } from '../support/after-test.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';

const FREE_PORTS = ['--http', '0', '--mqtt', '0', '--log', 'silent'];

let npm: ChildProcess | undefined;

afterEach(() => {
  // The whole group, so that a server that outlives npm does not outlive the test.
  try {
    if (npm?.pid !== undefined) process.kill(-npm.pid, 'SIGKILL');
  } catch {
    // All of it has ended, as it should.
  }
});

test('the server ends with the npm that started it, and lets go of its folder', async () => {
  const data = temporaryFolder();
  const first = await start(data);
  npm?.kill('SIGTERM');
  await until('the end of the server', async () => !(await isListening(first)));
  const second = await start(data);
  expect(await isListening(second)).toBe(true);
});

test('what keeps the server from starting is told in a line of words', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  afterTest(() => {
    other.close();
  });
  const taken = String((other.address() as AddressInfo).port);
  const pem = join(temporaryFolder(), 'no.pem');
  writeFileSync(pem, 'no certificate');
  const free = ['--http', '0', '--mqtt', '0'];
  const tls = ['--mqtts', '0', '--tls-cert', pem, '--tls-key', pem];
  const file = join(temporaryFolder(), 'a-file');
  writeFileSync(file, '');
  const failures = await Promise.all([
    failure('--http', taken, '--mqtt', '0'),
    failure(...free, ...tls),
    failure(...free, '--data', file),
  ]);
  expect(failures).toEqual([
    [
      1,
      expect.stringMatching(new RegExp(`^configuration: http: found 127.0.0.1:${taken}, where another program .*\n$`)),
    ],
    [1, expect.stringMatching(/^configuration: tlsCert: found .*, expected a certificate and its private key.*\n$/)],
    [1, expect.stringMatching(/^configuration: data: found .*a-file: .*, expected a folder.*\n$/)],
  ]);
});

/** Status and words of a server that does not start. */
async function failure(...flags: string[]): Promise<[status: unknown, words: string]> {
  const data = flags.includes('--data') ? [] : ['--data', temporaryFolder()];
  const child = spawn(process.execPath, ['src/main.ts', ...data, ...flags, '--log', 'silent'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, BRINK_ADMIN_PASSWORD: 'a password of a test' },
  });
  afterTest(() => {
    child.kill('SIGKILL');
  });
  let words = '';
  child.stderr.on('data', (chunk: Buffer) => {
    words += chunk.toString();
  });
  const [status] = await once(child, 'close');
  return [status, words];
}

test('a demo that is killed takes its simulator along', async () => {
  const demo = spawn(process.execPath, ['src/demo.ts', ...FREE_PORTS], { stdio: ['ignore', 'pipe', 'ignore'] });
  afterTest(() => {
    demo.kill('SIGKILL');
  });
  await once(demo.stdout, 'data');
  const children = () =>
    execFileSync('ps', ['-o', 'pid=', '--ppid', String(demo.pid)], { encoding: 'utf8' })
      .trim()
      .split(/\s+/)
      .map(Number);
  const [simulator = 0] = await until('the simulator', () => {
    const found = children();
    return found.length > 0 ? found : undefined;
  });
  demo.kill('SIGKILL');
  await until('the end of the simulator', () => !isRunning(simulator));
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function start(data: string): Promise<string> {
  npm = spawn('npm', ['start', '--silent', '--', '--data', data, ...FREE_PORTS], {
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  let output = '';
  npm.stdout?.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  await until('the ready line', () => output.includes('\n'));
  return String(JSON.parse(output).http);
}

async function isListening(http: string): Promise<boolean> {
  const response = await fetch(`${http}/api/v1/health`).catch(() => undefined);
  return response !== undefined;
}
