import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Config } from '../../config.ts';
import { BATCH_BYTES_MAX } from '../../journal/batch-log.ts';
import { createJournal } from '../../journal/gathered-journal.ts';
import type { Journal, JournalOptions } from '../../journal/journal.ts';
import { openJournalFile } from '../../journal/journal-file.ts';
import { checkEngine, type EngineState, ensureStream } from '../../journal/nats-engine.ts';
import { connectNats, createNatsLog } from '../../journal/nats-log.ts';
import { openReplica, type Replica } from '../../journal/replica.ts';
import { openSqliteJournal } from '../../journal/sqlite-journal.ts';
import { ConfigError, formatProblem, type Problem } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import type { ClusterState } from '../../model/cluster-state.ts';
import type { PointDefinition } from '../../model/definition.ts';
import { type Control, decodeEntries } from '../../model/entry.ts';

export interface OpenJournalOptions extends JournalOptions {
  readonly config: Pick<
    Config,
    'cluster' | 'clusterMonitors' | 'node' | 'journalBytesMax' | 'journalKeep' | 'packetBytesMax'
  >;
  readonly path: string;
  /** Where the journal of a server that is alone goes on, when what it held is lost. */
  readonly startAt: number | undefined;
  readonly log: Log;
  /** What all servers of a cluster have to agree on from the beginning. */
  readonly definitions: () => readonly PointDefinition[];
}

export interface OpenedJournal {
  readonly journal: Journal;
  /** Undefined where the server is alone. */
  readonly cluster: OpenedCluster | undefined;
  close(): Promise<void>;
}

export interface OpenedCluster {
  readonly node: string;
  state(): ClusterState;
  digests(): ReadonlyMap<number, number>;
  /** This server takes nothing more. */
  stop(detail: string): void;
}

const STREAM = 'BRINK';
const SUBJECT = 'brink.journal';
const MONITOR_PORT = 8222;
/** After a power cut servers and Brink start together; whoever is not there after this long needs somebody to look. */
const WAIT_MS = 60_000;
const LOOK_MS = 1_000;
const CHECK_PERIOD_MS = 30_000;
/** Name, ledger and frame of a message, beside its entries. */
const HEAD_BYTES_MAX = 1 << 20;

/** Opens the journal that is set: of a server alone, or of one in a cluster, which resolves when it has caught up. */
export async function openJournal(options: OpenJournalOptions): Promise<OpenedJournal> {
  const { config, path, startAt } = options;
  const { cluster: servers, node } = config;
  if (servers === undefined || node === undefined) {
    const journal = openSqliteJournal({ ...options, path, startAt, bytesMax: config.journalBytesMax });
    return { journal, cluster: undefined, close: journal.close };
  }
  if (startAt !== undefined) {
    const found = 'no journal, which there was: its positions are the cluster’s, and cannot be begun anew';
    throw new ConfigError([
      { file: path, path: '', found, expected: 'an empty data folder, or the journal of this one' },
    ]);
  }
  return openShared(options, servers, node);
}

async function openShared(
  options: OpenJournalOptions,
  servers: readonly string[],
  node: string,
): Promise<OpenedJournal> {
  const { config, path, clock, log } = options;
  const monitors =
    config.clusterMonitors ?? servers.map((server) => `http://${new URL(server).hostname}:${MONITOR_PORT}`);
  let engine = await soundEngine(monitors, log);
  const connection = await connectNats(servers, `brink ${node}`);
  let closeCopy: (() => Promise<void>) | undefined;
  try {
    refuse(payloadProblems(connection, config.packetBytesMax));
    refuse(
      await ensureStream(connection, {
        stream: STREAM,
        subject: SUBJECT,
        keepMs: config.journalKeep,
        bytesMax: config.journalBytesMax,
        site: siteMark(options.definitions()),
      }),
    );
    const copy = openJournalFile({ path, nowMs: clock.nowMs(), isShared: true });
    closeCopy = copy.close;
    const replica = await openReplica({
      log: createNatsLog({ connection, stream: STREAM, subject: SUBJECT }),
      copy,
      after: clock.after,
      onFault: (error) =>
        log.error({ err: error }, 'the shared log cannot be followed; this server takes nothing any more'),
    });
    log.info({ node, entries: copy.nextPosition() - 1 }, 'the copy of the shared log is level');
    const journal = createJournal(replica, { ...options, node, commitIntervalMs: 0 });
    const stopChecking = clock.every(CHECK_PERIOD_MS, () => {
      void checkEngine({ monitors }).then((found) => {
        for (const problem of found.problems)
          log.error({ problem: formatProblem(problem) }, 'the cluster is not sound');
        engine = found;
      });
    });
    return {
      journal,
      cluster: { node, state: () => stateOf(node, replica, engine), digests: replica.digests, stop: replica.stop },
      async close() {
        stopChecking();
        await journal.close();
      },
    };
  } catch (error) {
    await connection.close();
    await closeCopy?.();
    throw error;
  }
}

/** Waits until a majority of the servers is there, and refuses any that would acknowledge what can be lost. */
async function soundEngine(monitors: readonly string[], log: Log): Promise<EngineState> {
  for (let waitedMs = 0; ; waitedMs += LOOK_MS) {
    const engine = await checkEngine({ monitors });
    refuse(engine.problems);
    if (engine.sound * 2 > engine.servers) return engine;
    const { unreachable } = engine;
    if (waitedMs === 0) log.warn({ unreachable }, 'waiting for a majority of the cluster’s servers');
    if (waitedMs >= WAIT_MS) {
      const expected = `a majority of the ${engine.servers} servers, with monitoring (http_port), within ${WAIT_MS / 1_000} s`;
      const found = 'no answer';
      throw new ConfigError(unreachable.map((path) => ({ file: 'cluster', path, found, expected })));
    }
    await delay(LOOK_MS);
  }
}

function refuse(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new ConfigError(problems);
}

/** A batch may end with the largest entry there is. */
function payloadProblems(connection: NatsConnection, packetBytesMax: number): Problem[] {
  const needed = BATCH_BYTES_MAX + packetBytesMax + HEAD_BYTES_MAX;
  const most = connection.info?.max_payload ?? 0;
  if (most >= needed) return [];
  return [
    {
      file: 'cluster',
      path: connection.getServer(),
      found: `max_payload: ${most}`,
      expected: `max_payload: ${needed} or more`,
    },
  ];
}

/** The definitions that the journal will name by their numbers: a number must be the same everywhere. */
function siteMark(definitions: readonly PointDefinition[]): string {
  return createHash('sha256').update(JSON.stringify(definitions)).digest('hex');
}

function stateOf(node: string, replica: Replica, engine: EngineState): ClusterState {
  const { number, digest, failure } = replica.state();
  return {
    node,
    number,
    digest: digest.toString(16).padStart(8, '0'),
    servers: engine.servers,
    soundServers: engine.sound,
    fault: failure ?? engine.problems.map(formatProblem)[0] ?? null,
    unreachable: engine.unreachable,
  };
}

export const EVERYBODY_STARTS: Control = { type: 'start' };
/** Where no server has taken anything for so long, none may have listened. */
const UNHEARD_MS = 5_000;

/** What a start of this server says: that it began to listen, or where no other one has gone on, that everybody did. */
export function startOf({ journal, cluster }: OpenedJournal, nowMs: number): Control {
  if (cluster === undefined) return EVERYBODY_STARTS;
  const [row] = journal.read(journal.nextPosition() - 1, 1);
  const lastMs = row === undefined ? undefined : decodeEntries(row.data).at(-1)?.receivedAtMs;
  const hasOneGoneOn = lastMs !== undefined && nowMs - lastMs < UNHEARD_MS;
  return hasOneGoneOn ? { type: 'start', node: cluster.node } : EVERYBODY_STARTS;
}
