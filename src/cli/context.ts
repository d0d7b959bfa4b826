import type { Command } from 'commander';

/** What a command may touch of the outside, so that a test can run it in-process. */
export interface CliContext {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** 0 fine, 1 found problems, 2 wrong usage (CONTRACT). */
export type ExitStatus = 0 | 1 | 2;

/** Adds one command to the program; `finish` takes the status it ends with. */
export type AddCommand = (program: Command, context: CliContext, finish: (status: ExitStatus) => void) => void;

/** The folder options of the commands that read files, with the same names and variables as the server's. */
export function addFolderOptions(command: Command, environment: CliContext['environment']): Command {
  return command
    .option('--devices <dir>', 'folder of profiles and site.yaml', environment.BRINK_DEVICES ?? './devices')
    .option('--thresholds <dir>', 'folder of threshold documents', environment.BRINK_THRESHOLDS ?? './thresholds');
}
