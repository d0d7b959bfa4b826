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

/** Runs `brink ARGS` as people do, in a process of its own, without a terminal. */
export async function runBrinkCli(args: readonly string[], input = '', environment = {}): Promise<CliRun> {
  const { BRINK_DATA: _data, BRINK_TOKEN: _token, ...inherited } = process.env;
  const child = spawn(process.execPath, [CLI, ...args], { env: { ...inherited, ...environment } });
  child.stdin.end(input);
  const status = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { status: await status, stdout, stderr };
}

/** The same in this process, which is much faster. */
export async function runCliHere(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  confirm?: (question: string) => Promise<boolean>,
): Promise<CliRun> {
  let [stdout, stderr] = ['', ''];
  const status = await runCli(args, {
    stdout: (text) => {
      stdout += String(text);
    },
    stderr: (text) => {
      stderr += text;
    },
    environment,
    stdin: async () => '',
    confirm,
  });
  return { status, stdout, stderr };
}

/** As `runBrinkCli` with `--json`; fails unless the command ends well. */
export async function brinkJson<T>(...args: readonly string[]): Promise<T> {
  const { status, stdout, stderr } = await runBrinkCli([...args, '--json']);
  if (status !== 0) throw new Error(`brink ${args.join(' ')} ended with ${status}: ${stderr}`);
  return JSON.parse(stdout) as T;
}
