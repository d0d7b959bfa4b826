import { randomBytes } from 'node:crypto';
import { Argument, type Command, InvalidArgumentError, Option } from 'commander';
import { ROLES } from '../model/roles.ts';
import type { NewToken, Token, User } from '../wire/accounts.ts';
import { type AddCommand, type CliContext, type ExitStatus, show, UsageError } from './context.ts';
import { readList } from './lists.ts';
import { addServerOptions, type Server, type ServerOptions, withServer } from './server.ts';
import { tableText, timeText } from './table.ts';

interface PasswordOptions extends ServerOptions {
  readonly passwordStdin?: boolean;
}

export const addUser: AddCommand = (program, context, finish) => {
  const user = program.command('user').description('the people who may sign in');
  const run = (options: ServerOptions, work: (server: Server) => Promise<ExitStatus>) =>
    withServer(options, context, work).then(finish);

  addServerOptions(user.command('list').description('who may sign in, and as what')).action((options: ServerOptions) =>
    run(options, async (server) => {
      const users = await readList<User>(server, '/users');
      const rows = users.map(({ username, role, mustChangePassword, lastLoginAt }) => [
        username,
        role,
        timeText(lastLoginAt),
        mustChangePassword ? 'must change the password' : '',
      ]);
      show(context, options, users, tableText(['user', 'role', 'last sign-in', ''], rows));
      return 0;
    }),
  );

  addPasswordOption(user.command('add <name>').description('add a user, who chooses a password at the first sign-in'))
    .addOption(new Option('--role <role>', 'what the user may do').choices(ROLES).makeOptionMandatory())
    .action((username: string, options: PasswordOptions & { readonly role: string }) =>
      run(options, async (server) => {
        const { password, isOurs } = await passwordFor(options, context);
        const body = { username, role: options.role, password };
        const made = (await server.call('POST', '/users', { body })).body as User;
        const text = `User ${made.username} (${made.role}) added.${passwordText(password, isOurs)}\n`;
        show(context, options, { ...made, ...(isOurs ? { password } : {}) }, text);
        return 0;
      }),
    );

  addServerOptions(user.command('set-role <name>').description('change what a user may do; ends the sessions'))
    .addArgument(new Argument('<role>').choices(ROLES))
    .action((username: string, role: string, options: ServerOptions) =>
      run(options, async (server) => {
        const { body } = await server.call('PATCH', userPath(username), { body: { role } });
        show(context, options, body, `User ${username} is ${role} now.\n`);
        return 0;
      }),
    );

  addPasswordOption(
    user.command('set-password <name>').description('give a user another password; ends the sessions'),
  ).action((username: string, options: PasswordOptions) =>
    run(options, async (server) => {
      const { password, isOurs } = await passwordFor(options, context);
      const changed = (await server.call('PATCH', userPath(username), { body: { password } })).body as User;
      const text = `Password of ${changed.username} changed.${passwordText(password, isOurs)}\n`;
      show(context, options, { ...changed, ...(isOurs ? { password } : {}) }, text);
      return 0;
    }),
  );

  addServerOptions(user.command('remove <name>').description('remove a user; ends the sessions')).action(
    (username: string, options: ServerOptions) =>
      run(options, async (server) => {
        await server.call('DELETE', userPath(username));
        show(context, options, { removed: username }, `User ${username} removed.\n`);
        return 0;
      }),
  );
};

export const addToken: AddCommand = (program, context, finish) => {
  const token = program.command('token').description('the tokens of programs that use the API or MQTT');
  const run = (options: ServerOptions, work: (server: Server) => Promise<ExitStatus>) =>
    withServer(options, context, work).then(finish);

  addServerOptions(token.command('list').description('the tokens there are')).action((options: ServerOptions) =>
    run(options, async (server) => {
      const tokens = await readList<Token>(server, '/tokens');
      const rows = tokens.map(({ id, name, role, prefix, expiresAt, lastUsedAt }) => [
        id,
        role,
        `${prefix}…`,
        timeText(expiresAt),
        timeText(lastUsedAt),
        name,
      ]);
      show(context, options, tokens, tableText(['id', 'role', 'begins with', 'expires', 'last used', 'name'], rows));
      return 0;
    }),
  );

  addServerOptions(token.command('create <name>').description('make a token; it is shown this once'))
    .addOption(new Option('--role <role>', 'what its holder may do').choices(ROLES).makeOptionMandatory())
    .option('--expires-in-days <days>', 'how long it holds (default: until it is removed)', positiveNumber)
    .action((name: string, options: ServerOptions & { readonly role: string; readonly expiresInDays?: number }) =>
      run(options, async (server) => {
        const { role, expiresInDays } = options;
        const body = { name, role, ...(expiresInDays === undefined ? {} : { expiresInDays }) };
        const made = (await server.call('POST', '/tokens', { body })).body as NewToken;
        const text = `${made.token}\nToken ${made.id} (${made.role}); it cannot be shown again.\n`;
        show(context, options, made, text);
        return 0;
      }),
    );

  addServerOptions(token.command('remove <id>').description('revoke a token, at once')).action(
    (id: string, options: ServerOptions) =>
      run(options, async (server) => {
        await server.call('DELETE', `/tokens/${encodeURIComponent(id)}`);
        show(context, options, { removed: id }, `Token ${id} removed.\n`);
        return 0;
      }),
  );
};

function addPasswordOption(command: Command): Command {
  return addServerOptions(command).option(
    '--password-stdin',
    'read the password from standard input, instead of drawing one',
  );
}

/** `isOurs`: drawn here, and so to be shown to whoever passes it on. */
async function passwordFor(
  options: PasswordOptions,
  context: CliContext,
): Promise<{ readonly password: string; readonly isOurs: boolean }> {
  if (options.passwordStdin !== true) return { password: randomBytes(12).toString('base64url'), isOurs: true };
  return { password: await lineFrom(context, 'a password'), isOurs: false };
}

/** What was piped in, without the end of its line. */
export async function lineFrom(context: CliContext, what: string): Promise<string> {
  const text = (await context.stdin()).replace(/\r?\n$/, '');
  if (text === '' || text.includes('\n')) throw new UsageError(`expected ${what} on one line of standard input`);
  return text;
}

function passwordText(password: string, isOurs: boolean): string {
  return isOurs ? `\nOne-time password: ${password}` : '';
}

function userPath(username: string): string {
  return `/users/${encodeURIComponent(username)}`;
}

function positiveNumber(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('expected a number above zero');
  return value;
}
