import { randomBytes } from 'node:crypto';
import { Argument, type Command, InvalidArgumentError, Option } from 'commander';
import { ROLES, type Role } from '../model/roles.ts';
import { type AddCommand, type CliContext, show, UsageError } from './context.ts';
import { readList } from './lists.ts';
import { onServer } from './server-command.ts';
import { tableText, timeText } from './table.ts';

interface PasswordOptions {
  readonly passwordStdin?: boolean;
}

export const addUser: AddCommand = (program, context, finish) => {
  const user = program.command('user').description('the people who may sign in');

  onServer(
    user.command('list').description('who may sign in, and as what'),
    context,
    finish,
    async (server, options) => {
      const users = await readList(server, 'GET /users');
      const rows = users.map(({ username, role, mustChangePassword, lastLoginAt }) => [
        username,
        role,
        timeText(lastLoginAt),
        mustChangePassword ? 'must change the password' : '',
      ]);
      show(context, options, users, tableText(['user', 'role', 'last sign-in', ''], rows));
      return 0;
    },
  );

  onServer<PasswordOptions & { readonly role: Role }>(
    addPasswordOption(
      user.command('add <name>').description('add a user, who chooses a password at the first sign-in'),
    ).addOption(new Option('--role <role>', 'what the user may do').choices(ROLES).makeOptionMandatory()),
    context,
    finish,
    async (server, options, [username = '']) => {
      const { password, isOurs } = await passwordFor(options, context);
      const body = { username, role: options.role, password };
      const { body: made } = await server.call('POST /users', { body });
      const text = `User ${made.username} (${made.role}) added.${passwordText(password, isOurs)}\n`;
      show(context, options, { ...made, ...(isOurs ? { password } : {}) }, text);
      return 0;
    },
  );

  onServer(
    user
      .command('set-role <name>')
      .description('change what a user may do; ends the sessions')
      .addArgument(new Argument('<role>').choices(ROLES)),
    context,
    finish,
    async (server, options, [name = '', role]) => {
      const { body } = await server.call('PATCH /users/{name}', { path: { name }, body: { role: role as Role } });
      show(context, options, body, `User ${name} is ${role} now.\n`);
      return 0;
    },
  );

  onServer<PasswordOptions>(
    addPasswordOption(
      user.command('set-password <name>').description('give a user another password; ends the sessions'),
    ),
    context,
    finish,
    async (server, options, [name = '']) => {
      const { password, isOurs } = await passwordFor(options, context);
      const { body: changed } = await server.call('PATCH /users/{name}', { path: { name }, body: { password } });
      const text = `Password of ${changed.username} changed.${passwordText(password, isOurs)}\n`;
      show(context, options, { ...changed, ...(isOurs ? { password } : {}) }, text);
      return 0;
    },
  );

  onServer(
    user.command('remove <name>').description('remove a user; ends the sessions'),
    context,
    finish,
    async (server, options, [name = '']) => {
      await server.call('DELETE /users/{name}', { path: { name } });
      show(context, options, { removed: name }, `User ${name} removed.\n`);
      return 0;
    },
  );
};

export const addToken: AddCommand = (program, context, finish) => {
  const token = program.command('token').description('the tokens of programs that use the API or MQTT');

  onServer(token.command('list').description('the tokens there are'), context, finish, async (server, options) => {
    const tokens = await readList(server, 'GET /tokens');
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
  });

  onServer<{ readonly role: Role; readonly expiresInDays?: number }>(
    token
      .command('create <name>')
      .description('make a token; it is shown this once')
      .addOption(new Option('--role <role>', 'what its holder may do').choices(ROLES).makeOptionMandatory())
      .option('--expires-in-days <days>', 'how long it holds (default: until it is removed)', positiveNumber),
    context,
    finish,
    async (server, options, [name = '']) => {
      const { role, expiresInDays } = options;
      const body = { name, role, ...(expiresInDays === undefined ? {} : { expiresInDays }) };
      const { body: made } = await server.call('POST /tokens', { body });
      const text = `${made.token}\nToken ${made.id} (${made.role}); it cannot be shown again.\n`;
      show(context, options, made, text);
      return 0;
    },
  );

  onServer(
    token.command('remove <id>').description('revoke a token, at once'),
    context,
    finish,
    async (server, options, [id = '']) => {
      await server.call('DELETE /tokens/{id}', { path: { id } });
      show(context, options, { removed: id }, `Token ${id} removed.\n`);
      return 0;
    },
  );
};

function addPasswordOption(command: Command): Command {
  return command.option('--password-stdin', 'read the password from standard input, instead of drawing one');
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

function positiveNumber(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('expected a number above zero');
  return value;
}
