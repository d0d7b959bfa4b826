import type { Command } from 'commander';

/** What a command may touch of the outside, so that a test can run it in-process. */
export interface CliContext {
  readonly stdout: (out: string | Uint8Array) => void;
  readonly stderr: (text: string) => void;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Asks the person at the terminal; left out when there is none. */
  readonly confirm?: ((question: string) => Promise<boolean>) | undefined;
  /** Everything on standard input. */
  readonly stdin: () => Promise<string>;
}

/** 0 fine, 1 found problems, 2 wrong usage (CONTRACT). */
export type ExitStatus = 0 | 1 | 2;

/** Adds one command to the program; `finish` takes the status it ends with. */
export type AddCommand = (program: Command, context: CliContext, finish: (status: ExitStatus) => void) => void;

/** Options that do not go together, or lack one: ends with status 2. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

/** The folder options of the commands that read files, with the same names and variables as the server's. */
export function addFolderOptions(command: Command, environment: CliContext['environment']): Command {
  return command
    .option('--devices <dir>', 'folder of profiles and site.yaml', environment.BRINK_DEVICES ?? './devices')
    .option('--thresholds <dir>', 'folder of threshold documents', environment.BRINK_THRESHOLDS ?? './thresholds');
}

/** Writes what a command found: for programs as JSON, for people as text. */
export function show(context: CliContext, options: { readonly json?: boolean }, value: unknown, text: string): void {
  context.stdout(options.json === true ? `${JSON.stringify(value, undefined, 2)}\n` : text);
}
