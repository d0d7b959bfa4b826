import { spawn } from 'node:child_process';

/**
 * `npm run dev`: the server, started again when a source changes, and the console with hot reload. Flags go to the
 * server. The console's page passes API calls on to the server's default address.
 */
const children = [
  spawn(process.execPath, ['--watch', 'src/main.ts', ...process.argv.slice(2)], { stdio: 'inherit' }),
  spawn('vite', [], { stdio: 'inherit' }),
];

function stop(): void {
  for (const child of children) child.kill('SIGTERM');
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
for (const child of children) child.once('exit', stop);
