import { type ChildProcess, spawn } from 'node:child_process';
import { afterEach, expect, test } from 'vitest';
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
