import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import type { Command } from 'commander';
import { z } from 'zod';
import { loadConfig } from '../config.ts';
import { ConfigError } from '../lib/errors.ts';
import { createLog } from '../lib/log.ts';
import type { Answer, CallName, GivenOrNot, Outcome } from '../wire/calls.ts';
import { type CliContext, type ExitStatus, UsageError } from './context.ts';
import {
  ApiError,
  CutOffError,
  callApi,
  downloadApi,
  followApi,
  type Target,
  UnreachableError,
  uploadApi,
} from './http.ts';

/** Where a command finds its server. */
export interface ServerOptions {
  readonly data?: string;
  readonly config?: string;
  readonly url?: string;
  readonly token?: string;
  readonly json?: boolean;
}

/** What goes with a call beside what its name asks for. */
interface More {
  readonly headers?: Readonly<Record<string, string>>;
  /** A status of failure that comes with the answer all the same. */
  readonly alsoGood?: number;
}

/** A call's name and what it is given; what it may take is in the table of calls. */
type CallArgs<N extends CallName> = GivenOrNot<N, More>;

/** The server a command talks to: one that runs, here or elsewhere, or one started for the command alone. */
export interface Server {
  /** Makes a call of the table. Throws ApiError when it is refused. */
  call<N extends CallName>(name: N, ...given: CallArgs<N>): Promise<Outcome<N>>;
  /** Gets a file. */
  download<N extends CallName>(name: N, ...given: CallArgs<N>): Promise<Readable>;
  /** Calls for work that tells how far it is (0 to 1), and gives what came of it. */
  follow<N extends CallName>(name: N, onProgress: (share: number) => void, ...given: CallArgs<N>): Promise<Answer<N>>;
  /** Sends a file, and gives the answer. */
  upload<N extends CallName>(name: N, sent: { readonly file: Readable; readonly type: string }): Promise<Answer<N>>;
}

export function addServerOptions(command: Command): Command {
  return command
    .option('--data <dir>', 'data folder of the server on this machine (default ./data)')
    .option('--config <file>', 'the settings file the server is started with')
    .option('--url <url>', 'a server elsewhere, such as https://brink.example')
    .option('--token <token>', 'its API token; better in BRINK_TOKEN, for others can read a command line')
    .option('--json', 'the result as JSON');
}

/**
 * Runs `work` on the server that the options name: the one at `--url`; else the one that runs on the data folder; else
 * one that is started on the folder for as long as `work` takes, so that every command has one way to the data. It is
 * looked for at the first call: what is wrong with the usage is told before. What the server refuses is told, and ends
 * with status 1.
 */
export async function withServer(
  options: ServerOptions,
  context: CliContext,
  work: (server: Server) => Promise<ExitStatus>,
): Promise<ExitStatus> {
  let reached: Promise<Reached> | undefined;
  const target = () => {
    reached ??= reach(options, context);
    return reached;
  };
  try {
    return await work({
      call: async (name, ...[given]) => (await callApi(await target(), name, given)) as never,
      download: async (name, ...[given]) => downloadApi(await target(), name, given),
      follow: async (name, onProgress, ...[given]) =>
        (await followApi(await target(), name, onProgress, given)) as never,
      upload: async (name, sent) => (await uploadApi(await target(), name, sent)) as never,
    });
  } catch (error) {
    if (!(error instanceof ApiError || error instanceof UnreachableError || error instanceof CutOffError)) throw error;
    if (options.json === true && error instanceof ApiError) {
      context.stdout(`${JSON.stringify({ problem: error.problem }, undefined, 2)}\n`);
    }
    context.stderr(`${error.message}\n`);
    return 1;
  } finally {
    // What could not be reached has been told.
    const found = await reached?.catch(() => undefined);
    await found?.end();
  }
}

interface Reached extends Target {
  readonly end: () => Promise<void>;
}

async function reach(options: ServerOptions, context: CliContext): Promise<Reached> {
  const { environment } = context;
  if (options.url !== undefined) {
    const token = options.token ?? environment.BRINK_TOKEN;
    if (options.data !== undefined || options.config !== undefined) {
      throw new UsageError('--url is for a server elsewhere, --data and --config for one on this machine');
    }
    if (!/^https?:\/\//.test(options.url) || !URL.canParse(options.url)) {
      throw new UsageError(`--url: expected http://… or https://…, found ${options.url}`);
    }
    if (token === undefined) throw new UsageError('--url needs a token, in BRINK_TOKEN or with --token');
    return { url: options.url, token, end: async () => {} };
  }
  if (options.token !== undefined) throw new UsageError('--token is for --url');
  const flags = (['data', 'config'] as const).flatMap((name) => {
    const value = options[name];
    return value === undefined ? [] : [`--${name}`, value];
  });
  const config = loadConfig(flags, environment as NodeJS.ProcessEnv);
  if (config === undefined) throw new Error('help was not asked for');
  const running = await findRunning(config.data);
  if (running !== undefined) return { ...running, end: async () => {} };
  return startAlone(config, context);
}

const serverFileSchema = z.object({ http: z.string(), token: z.string() });

/** A server that does not answer a simple question for so long is not one to wait for. */
const PROBE_MS = 5_000;

/** The server that runs on a data folder; what a crash left behind is not taken for one. */
async function findRunning(data: string): Promise<{ url: string; token: string } | undefined> {
  const file = join(data, 'server.json');
  if (!existsSync(file)) return undefined;
  const parsed = serverFileSchema.safeParse(parseFile(file));
  if (!parsed.success) return undefined;
  const { http: url, token } = parsed.data;
  try {
    await callApi({ url, token }, 'GET /me', { timeoutMs: PROBE_MS });
    return { url, token };
  } catch (error) {
    if (error instanceof UnreachableError || error instanceof ApiError) return undefined;
    throw error;
  }
}

function parseFile(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    // Written at this moment, or taken away.
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

type Config = NonNullable<ReturnType<typeof loadConfig>>;

const ANY_PORT_HERE = { host: '127.0.0.1', port: 0 } as const;

/**
 * Starts the server on the folder, on ports of this machine that no device knows. A folder without data is refused: it
 * is more likely mistyped than meant.
 */
async function startAlone(config: Config, context: CliContext): Promise<Reached> {
  if (!existsSync(join(config.data, 'registry.db'))) {
    throw new ConfigError([
      {
        file: resolve(config.data),
        path: '',
        found: 'no data of Brink',
        expected: 'the data folder of a server that was started once (--data), or --url of one that runs elsewhere',
      },
    ]);
  }
  // Only loaded when it is needed: it is most of the program.
  const { startApp } = await import('../app.ts');
  const { mqtts: _mqtts, ...rest } = config;
  const app = await startApp({ ...rest, http: ANY_PORT_HERE, mqtt: ANY_PORT_HERE }, { log: createLog('error') });
  if (app.oneTimePassword !== null) {
    context.stderr(`A first user was made: "admin", with the one-time password ${app.oneTimePassword}\n`);
  }
  const running = await findRunning(config.data);
  if (running === undefined) {
    await app.close();
    throw new Error('the server that was started does not answer');
  }
  return { ...running, end: () => app.close() };
}
