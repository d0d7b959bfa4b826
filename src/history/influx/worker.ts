import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../../lib/errors.ts';
import type { Bucket, BucketQuery, SampleQuery } from '../../model/reading.ts';
import { createBucketBuilder } from '../shared/cells.ts';
import { type Columns, NO_READINGS, ownMemory } from '../shared/columns.ts';
import { DamagedFileError } from '../shared/database.ts';
import type { Reply, Request, Status } from '../shared/protocol.ts';
import type { OutageCause } from './failure.ts';
import { startFollower } from './follower.ts';
import { bucketStatements, bucketsOf, columnsOf, samplesStatement } from './influxql.ts';
import { connectServer, type Rows } from './server.ts';
import type { InfluxWorkerSettings, NoteFromWorker, NoteToWorker, SeriesTags } from './settings.ts';
import { type FollowerState, openFollowerState } from './state.ts';

/** The thread that writes to InfluxDB and asks it. */

/** More buckets than this are made here, of the readings; the server would look into each of them. */
const BUCKETS_MAX = 20_000;
/** Readings fetched for such buckets; a query that needs more is refused. */
const READINGS_MAX = 2_000_000;
/** Areas and devices of a point may change, so tags are asked for anew now and then. */
const TAGS_KEPT_MS = 60_000;
/** How long a start waits to hear from the server what is wrong; it starts all the same. */
const HEARD_TIMEOUT_MS = 3_000;
/** While the server is known to be away, a question is not kept waiting for the answer. */
const AWAY: readonly (OutageCause | undefined)[] = ['refused', 'timeout', 'unreachable'];
const AWAY_TIMEOUT_MS = 1_000;
/** How long an end waits for the server. */
const CLOSE_TIMEOUT_MS = 5_000;

function run(port: NonNullable<typeof parentPort>, settings: InfluxWorkerSettings): void {
  const reply = (message: Reply, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer);
  const note = (content: NoteFromWorker): void => reply({ type: 'note', note: content });
  const { target } = settings;
  let state: FollowerState;
  try {
    state = openFollowerState(settings.stateFile, `${target.url} ${target.org} ${target.bucket}`);
  } catch (error) {
    const damagedFile = error instanceof DamagedFileError ? error.file : null;
    reply({ type: 'failed', message: messageOf(error), damagedFile });
    port.close();
    return;
  }

  const server = connectServer(target);
  const tags = createTags((series) => note({ type: 'describe', series }));
  let tagsFromMs = settings.nowMs;
  const follower = startFollower({
    server,
    state,
    journal: settings.journal,
    retryMaxMs: settings.retryMaxMs,
    probeEveryMs: settings.probeEveryMs,
    describe: tags.of,
    onRejected: (rejected) => note({ type: 'rejected', rejected }),
    onOutage: (failure) =>
      note({ type: 'outage', outage: failure === null ? null : { cause: failure.outage, message: failure.message } }),
    onProgress: report,
  });

  function status(): Status {
    return {
      takenBytes: follower.takenBytes(),
      nextPosition: follower.nextPosition(),
      durablePosition: follower.durablePosition(),
      readings: follower.readings(),
      bytesOnDisk: state.bytesOnDisk(),
      problem: follower.failure()?.message ?? null,
      remote: {
        outage: follower.failure()?.outage ?? null,
        outages: follower.outages(),
        rejected: follower.rejected(),
        rejecting: follower.rejecting(),
      },
    };
  }

  let isOpen = false;
  function report(): void {
    if (isOpen) reply({ type: 'status', status: status() });
  }

  async function ask(series: number, statements: (tags: SeriesTags) => string[]): Promise<Rows[]> {
    const endMs = performance.now() + settings.queryTimeoutMs;
    const tag = (await tags.of([series])).get(series);
    if (tag === undefined) return [];
    await follower.stored(settings.queryTimeoutMs, false);
    const isAway = AWAY.includes(follower.failure()?.outage);
    const restMs = isAway ? AWAY_TIMEOUT_MS : endMs - performance.now();
    return server.query(statements(tag), Math.max(1, Math.ceil(restMs)));
  }

  async function samples(query: SampleQuery): Promise<Columns> {
    const [rows] = await ask(query.series, (tag) => [samplesStatement(tag, query)]);
    return rows === undefined ? NO_READINGS : columnsOf(rows);
  }

  async function buckets(query: BucketQuery): Promise<Bucket[]> {
    if ((query.toMs - query.fromMs) / query.everyMs <= BUCKETS_MAX) {
      return bucketsOf(await ask(query.series, (tag) => bucketStatements(tag, query)));
    }
    const { series, fromMs, toMs } = query;
    const columns = await samples({ series, fromMs, toMs, limit: READINGS_MAX + 1 });
    if (columns.tsMs.length > READINGS_MAX) throw new Error(`more than ${READINGS_MAX} readings in so narrow buckets`);
    const builder = createBucketBuilder(query.everyMs);
    builder.readings(columns);
    return builder.end();
  }

  async function copy(dir: string): Promise<void> {
    state.copyTo(join(dir, basename(settings.stateFile)));
  }

  async function close(): Promise<void> {
    // A server that does not answer is not waited for: the journal still holds what it lacks.
    if (follower.failure() === null) await follower.stored(CLOSE_TIMEOUT_MS, true).catch(() => undefined);
    // The request under way is broken off: a server that never answers must not hold up the end of ours.
    const stopped = follower.stop();
    server.close();
    await stopped;
    state.close();
  }

  /** Answers when `work` has; requests do not wait for one another. */
  function answer<T>(id: number, work: Promise<T>, send: (result: T) => void): Promise<void> {
    return work.then(send, (error: unknown) => reply({ type: 'error', id, message: messageOf(error) }));
  }

  port.on('message', (request: Request) => {
    switch (request.type) {
      case 'ingest':
        follower.ingest(request.first, request.count, request.data);
        break;
      case 'import':
        follower.importReadings(request.data);
        void answer(request.id, follower.stored(settings.queryTimeoutMs, true), () =>
          reply({ type: 'imported', id: request.id, rejected: follower.takeRejectedImports() }),
        );
        break;
      case 'tick':
        if (Math.abs(request.nowMs - tagsFromMs) > TAGS_KEPT_MS) {
          tags.forget();
          tagsFromMs = request.nowMs;
        }
        report();
        break;
      case 'samples':
        void answer(request.id, samples(request.query), (columns) => {
          const { own, buffers } = ownMemory(columns);
          reply({ type: 'samples', id: request.id, columns: own }, buffers);
        });
        break;
      case 'buckets':
        void answer(request.id, buckets(request.query), (found) =>
          reply({ type: 'buckets', id: request.id, buckets: found }),
        );
        break;
      case 'settle':
        void answer(request.id, follower.stored(settings.queryTimeoutMs, true), () => {
          follower.tellRejected();
          reply({ type: 'done', id: request.id });
        });
        break;
      case 'copy':
        void answer(request.id, copy(request.dir), () => reply({ type: 'done', id: request.id }));
        break;
      case 'close':
        void answer(request.id, close(), () => reply({ type: 'done', id: request.id })).finally(() => port.close());
        break;
      case 'note':
        tags.learn(request.note as NoteToWorker);
        break;
    }
  });
  void Promise.race([follower.heard, delay(HEARD_TIMEOUT_MS, undefined, { ref: false })]).then(() => {
    isOpen = true;
    reply({ type: 'open', status: status() });
  });
}

/** The tags of series, asked for once. */
function createTags(ask: (series: readonly number[]) => void) {
  let known = new Map<number, SeriesTags | null>();
  let waiting: { readonly series: readonly number[]; readonly resolve: () => void }[] = [];
  return {
    async of(series: readonly number[]): Promise<ReadonlyMap<number, SeriesTags>> {
      // Looked at again after each answer, for in the meantime all may have been forgotten.
      for (;;) {
        const missing = series.filter((one) => !known.has(one));
        if (missing.length === 0) break;
        ask(missing);
        await new Promise<void>((resolve) => waiting.push({ series: missing, resolve }));
      }
      const found = new Map<number, SeriesTags>();
      for (const one of series) {
        const tags = known.get(one);
        if (tags !== undefined && tags !== null) found.set(one, tags);
      }
      return found;
    },
    learn({ described }: NoteToWorker): void {
      for (const { series, tags } of described) known.set(series, tags);
      const still = waiting.filter(({ series }) => series.some((one) => !known.has(one)));
      const answered = waiting.filter((one) => !still.includes(one));
      waiting = still;
      for (const { resolve } of answered) resolve();
    },
    forget(): void {
      known = new Map();
    },
  };
}

if (parentPort !== null) run(parentPort, workerData as InfluxWorkerSettings);
