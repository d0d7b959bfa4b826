import { createInterface } from 'node:readline/promises';
import { text } from 'node:stream/consumers';
import { runCli } from './cli/program.ts';

async function confirm(question: string): Promise<boolean> {
  // The question goes where it does not mix with what the command gives.
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const ended = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
  const answer = await Promise.race([terminal.question(`${question} [y/N] `), ended]);
  terminal.close();
  return /^(y|yes|是)$/i.test(answer.trim());
}

process.exitCode = await runCli(process.argv.slice(2), {
  stdout: (out) => process.stdout.write(out),
  stderr: (out) => process.stderr.write(out),
  environment: process.env,
  ...(process.stdin.isTTY && process.stdout.isTTY ? { confirm } : {}),
  stdin: () => text(process.stdin),
});
