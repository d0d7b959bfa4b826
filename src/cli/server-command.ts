import type { Command } from 'commander';
import type { AddCommand, CliContext, ExitStatus } from './context.ts';
import { addServerOptions, type Server, type ServerOptions, withServer } from './server.ts';

/** What a command does on the server; `args` are its arguments in order. */
export type ServerWork<O> = (
  server: Server,
  options: O & ServerOptions,
  args: readonly string[],
  context: CliContext,
) => Promise<ExitStatus>;

/** Makes a command that works on a server: with the options that name it, and the status it ends with. */
export function onServer<O>(
  command: Command,
  context: CliContext,
  finish: Parameters<AddCommand>[2],
  work: ServerWork<O>,
): void {
  addServerOptions(command).action(async (...given: unknown[]) => {
    // Commander gives the arguments, then the options, then the command.
    const options = given.at(-2) as O & ServerOptions;
    const args = given.slice(0, -2).flat() as string[];
    finish(await withServer(options, context, (server) => work(server, options, args, context)));
  });
}
