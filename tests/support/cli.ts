import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { runCli } from '../../src/cli/program.ts';

const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));

export interface CliRun {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs `brink ARGS` in this process: starting one for each would take most of the time of such tests. What belongs to a
 * process, its pipes and its exit status, is tested with `runBrinkProcess`.
 */
export async function runBrinkCli(
  args: readonly string[],
  input = '',
  environment: Readonly<Record<string, string>> = {},
  confirm?: (question: string) => Promise<boolean>,
): Promise<CliRun> {
  const pieces: Uint8Array[] = [];
  let stderr = '';
  const status = await runCli(args, {
    stdout: (out) => {
      pieces.push(Buffer.from(out));
    },
    stderr: (text) => {
      stderr += text;
    },
    environment,
    stdin: async () => input,
    confirm,
  });
  return { status, stdout: Buffer.concat(pieces).toString(), stderr };
}

/** The same as people do it, in a process of its own, without a terminal. */
export async function runBrinkProcess(args: readonly string[], input = '', environment = {}): Promise<CliRun> {
  const { BRINK_DATA: _data, BRINK_TOKEN: _token, ...inherited } = process.env;
  const child = spawn(process.execPath, [CLI, ...args], { env: { ...inherited, ...environment } });
  child.stdin.end(input);
  const status = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { status: await status, stdout, stderr };
}

/** As `runBrinkCli` with `--json`; fails unless the command ends well. */
export async function brinkJson<T>(...args: readonly string[]): Promise<T> {
  const { status, stdout, stderr } = await runBrinkCli([...args, '--json']);
  if (status !== 0) throw new Error(`brink ${args.join(' ')} ended with ${status}: ${stderr}`);
  return JSON.parse(stdout) as T;
}
