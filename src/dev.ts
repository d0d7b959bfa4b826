import { spawn } from 'node:child_process';
import { type Address, ConfigError, loadConfig } from './config.ts';

/**
 * `npm run dev`: the server, started again when a source changes, and the console with hot reload, which passes API calls
 * on to it. Flags go to the server.
 */
function main(): void {
  const args = process.argv.slice(2);
  const config = loadConfig(args, process.env);
  if (config === undefined) return;
  if (config.http.port === 0) {
    const expected = 'a port: the console must know where the server is';
    throw new ConfigError([{ file: 'configuration', path: 'http', found: 'port 0', expected }]);
  }
  const environment = { ...process.env, BRINK_DEV_SERVER: reachable(config.http) };
  const children = [
    spawn(process.execPath, ['--watch', 'src/main.ts', ...args], { stdio: 'inherit' }),
    spawn('vite', [], { stdio: 'inherit', env: environment }),
  ];
  const stop = () => {
    for (const child of children) child.kill('SIGTERM');
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
  for (const child of children) child.once('exit', stop);
}

/** The address that a program of this machine reaches a listener at. */
function reachable({ host, port }: Address): string {
  if (host === '0.0.0.0') return `http://127.0.0.1:${port}`;
  if (host === '::') return `http://[::1]:${port}`;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

try {
  main();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
