import { DiscardPolicy, jetstreamManager, RetentionPolicy, StorageType, type StreamConfig } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { z } from 'zod';
import type { Problem } from '../lib/errors.ts';

/**
 * Whether NATS servers keep what an acknowledgement promises: on the disks of a majority, after a power cut as well. Their
 * defaults do not (fsync every two minutes), and nothing of it can be seen from what they answer to a publish.
 */
export interface EngineOptions {
  /** Addresses of the servers' monitoring (`http_port`), where they say how they are set. */
  readonly monitors: readonly string[];
}

export interface EngineState {
  /** Servers that were asked and are as they must be. */
  readonly sound: number;
  readonly servers: number;
  /** What is wrong, one for each server and setting. */
  readonly problems: readonly Problem[];
  readonly unreachable: readonly string[];
}

/** 2.15 reworked how the servers agree on streams and peers; before it, records were lost when both changed at once. */
const VERSION_MIN = [2, 15] as const;
export const REPLICAS = 3;
const ASK_TIMEOUT_MS = 2_000;

const jszSchema = z.object({
  server_id: z.string(),
  config: z.object({ sync_always: z.boolean().default(false) }).optional(),
  disabled: z.boolean().default(false),
});
const varzSchema = z.object({ version: z.string() });

/** Asks each server how it is set. */
export async function checkEngine({ monitors }: EngineOptions): Promise<EngineState> {
  const answers = await Promise.all(monitors.map(askServer));
  const unreachable = answers.flatMap((answer) => ('unreachable' in answer ? [answer.unreachable] : []));
  const reached = answers.flatMap((answer) => ('id' in answer ? [answer] : []));
  const problems = reached.flatMap((answer) => answer.problems);
  const ids = new Set(reached.map(({ id }) => id));
  if (ids.size < reached.length) {
    problems.push(
      problemOf('', `${ids.size} servers at ${reached.length} addresses`, 'a server of its own at each address'),
    );
  }
  return {
    sound: reached.filter((answer) => answer.problems.length === 0).length,
    servers: monitors.length,
    problems,
    unreachable,
  };
}

async function askServer(
  monitor: string,
): Promise<{ readonly id: string; readonly problems: Problem[] } | { readonly unreachable: string }> {
  try {
    const [{ version }, jetStream] = await Promise.all([
      ask(monitor, 'varz', varzSchema),
      ask(monitor, 'jsz?config=true', jszSchema),
    ]);
    const problems: Problem[] = [];
    const [major = 0, minor = 0] = version.split('.').map(Number);
    if (major < VERSION_MIN[0] || (major === VERSION_MIN[0] && minor < VERSION_MIN[1])) {
      problems.push(problemOf(monitor, `nats-server ${version}`, `nats-server ${VERSION_MIN.join('.')} or newer`));
    }
    if (jetStream.disabled || jetStream.config === undefined) {
      problems.push(
        problemOf(monitor, 'a server without JetStream', 'jetstream { store_dir: …, sync_interval: always }'),
      );
    } else if (!jetStream.config.sync_always) {
      const found = 'a server that acknowledges before its disk has it';
      problems.push(problemOf(monitor, found, 'jetstream { sync_interval: always }'));
    }
    return { id: jetStream.server_id, problems };
  } catch {
    return { unreachable: monitor };
  }
}

async function ask<T>(monitor: string, path: string, schema: z.ZodType<T>): Promise<T> {
  const url = new URL(path, monitor.endsWith('/') ? monitor : `${monitor}/`);
  const response = await fetch(url, { signal: AbortSignal.timeout(ASK_TIMEOUT_MS) });
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return schema.parse(await response.json());
}

function problemOf(path: string, found: string, expected: string): Problem {
  return { file: 'cluster', path, found, expected };
}

export interface StreamOptions {
  readonly stream: string;
  readonly subject: string;
  readonly keepMs: number;
  readonly bytesMax: number;
  /** What the servers of a cluster must have alike; a stream that was made with another one is refused. */
  readonly site: string;
}

const MS_NANOS = 1_000_000;
const DUPLICATES_MS = 120_000;
const SITE_KEY = 'brink_site';
const REQUEST_TIMEOUT_MS = 1_000;
const PAUSE_MS = 200;
/** Servers that were started together are not known to one another at once. */
const PEERS_WAIT_MS = 20_000;

/**
 * Makes the stream where there is none, and gives what is wrong with one that is there. Goes on asking while there is no
 * majority.
 */
export async function ensureStream(connection: NatsConnection, options: StreamOptions): Promise<Problem[]> {
  const manager = await jetstreamManager(connection, { timeout: REQUEST_TIMEOUT_MS, checkAPI: false });
  const { stream, subject, keepMs, bytesMax, site } = options;
  const wanted = {
    name: stream,
    subjects: [subject],
    num_replicas: REPLICAS,
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.New,
    max_age: keepMs * MS_NANOS,
    max_bytes: bytesMax,
    duplicate_window: DUPLICATES_MS * MS_NANOS,
    metadata: { [SITE_KEY]: site },
  };
  const endMs = performance.now() + PEERS_WAIT_MS;
  for (;;) {
    try {
      const names = await manager.streams.names().next();
      const { config } = names.includes(stream)
        ? await manager.streams.info(stream)
        : await manager.streams.add(wanted);
      return streamProblems(config, options);
    } catch (error) {
      if (connection.isClosed()) throw error;
      const hasNoPlace = error instanceof Error && /insufficient|no suitable peers/.test(error.message);
      if (hasNoPlace && performance.now() > endMs) {
        const expected = `${REPLICAS} servers with JetStream, each with room for ${bytesMax} bytes (max_file)`;
        return [problemOf(stream, error.message, expected)];
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}

function streamProblems(config: StreamConfig, { stream, subject, site }: StreamOptions): Problem[] {
  const problems: Problem[] = [];
  const check = (isAsItMustBe: boolean, found: string, expected: string) => {
    if (!isAsItMustBe) problems.push(problemOf(`stream ${stream}`, found, expected));
  };
  check(config.num_replicas >= REPLICAS, `num_replicas: ${config.num_replicas}`, `num_replicas: ${REPLICAS} or more`);
  check(config.storage === StorageType.File, `storage: ${config.storage}`, 'storage: file');
  check(
    config.discard === DiscardPolicy.New,
    `discard: ${config.discard}`,
    'discard: new, for old data is acknowledged',
  );
  check(config.retention === RetentionPolicy.Limits, `retention: ${config.retention}`, 'retention: limits');
  check(config.subjects.includes(subject), `subjects: ${config.subjects.join(', ')}`, `subjects: ${subject}`);
  const mode = 'persist_mode' in config ? config.persist_mode : undefined;
  check(
    mode === undefined || mode === '' || mode === 'default',
    `persist_mode: ${String(mode)}`,
    'persist_mode: default',
  );
  const made = config.metadata?.[SITE_KEY];
  check(
    made === site,
    made === undefined
      ? 'a stream that Brink has not made'
      : 'the journal of another site, or of another state of its files',
    'the same areas, devices, points and thresholds on every server of the cluster',
  );
  return problems;
}
