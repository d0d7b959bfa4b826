import { mkdirSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { Bucket, Sample } from '../model/reading.ts';
import { samplesOf } from './embedded/columns.ts';
import { DamagedFileError } from './embedded/database.ts';
import type { JournalRange, Retention } from './embedded/engine.ts';
import type { Reply, Request, Status, WorkerSettings } from './embedded/protocol.ts';
import type { History } from './history.ts';

export type { JournalRange, Retention } from './embedded/engine.ts';

export interface EmbeddedHistoryOptions {
  /** Folder of its own; made when it is not there. */
  readonly dir: string;
  readonly log: Log;
  readonly clock: Clock;
  readonly retention?: Retention;
  /** What the journal holds at present; asked again when the thread has to be started again. */
  readonly journal: () => JournalRange;
  /** A query that takes longer is given up with an error. */
  readonly queryTimeoutMs?: number;
}

export interface EmbeddedHistory extends History {
  /** Does all upkeep that would become due in time: readings sorted into their days, merged, summarised, old ones dropped. */
  settle(): Promise<void>;
}

const DAY_MS = 86_400_000;

/**
 * Half a year of readings covers the longest preview (90 days) twice; summaries cost a tenth and less, and reach back to
 * the same season of earlier years.
 */
export const DEFAULT_RETENTION: Retention = { rawMs: 180 * DAY_MS, minuteMs: 730 * DAY_MS, hourMs: 3653 * DAY_MS };

const QUERY_TIMEOUT_MS = 30_000;
const TICK_MS = 1_000;
/** Small batches are handed over together: waking the other thread costs more than the batch. */
const GATHER_BYTES = 262_144;
const GATHER_MS = 20;
/** Handed over and not yet taken; beyond it offers are refused. */
const UNDER_WAY_BYTES_MAX = 16 << 20;
const RESTART_AFTER_MS = 1_000;
const RESTART_AFTER_MS_MAX = 60_000;

/**
 * History in SQLite files, in a thread of its own. Rejects with DamagedFileError when history.db is damaged; damaged
 * files of single days are set aside and named in `stats().problem`. Should the thread fail it is started again, and
 * asks for everything from its cursor on.
 */
export async function openEmbeddedHistory(options: EmbeddedHistoryOptions): Promise<EmbeddedHistory> {
  const { dir, log, clock } = options;
  mkdirSync(dir, { recursive: true });

  const listeners: (() => void)[] = [];
  const waiting = new Map<number, { resolve: (reply: Reply) => void; reject: (error: Error) => void }>();
  let worker: Worker | null = null;
  let sentBytes = 0;
  let refused = false;
  let closed = false;
  let lastId = 0;
  let failure: string | null = null;
  let restartAfterMs = RESTART_AFTER_MS;
  const gathered = { bytes: new Uint8Array(GATHER_BYTES), length: 0, first: 0, count: 0 };
  let stopGathering: (() => void) | null = null;

  const settings = (): WorkerSettings => ({
    dir,
    retention: options.retention ?? DEFAULT_RETENTION,
    nowMs: clock.nowMs(),
    journal: options.journal(),
    queryTimeoutMs: options.queryTimeoutMs ?? QUERY_TIMEOUT_MS,
  });

  function send(request: Request, transfer: ArrayBuffer[] = []): void {
    worker?.postMessage(request, transfer);
  }

  function ready(): void {
    refused = false;
    for (const listener of listeners) listener();
  }

  function onReply(reply: Reply): void {
    switch (reply.type) {
      case 'open':
      case 'failed':
        break;
      case 'status':
        if (reply.status.durablePosition > status.durablePosition) restartAfterMs = RESTART_AFTER_MS;
        status = reply.status;
        if (refused && sentBytes - status.takenBytes <= UNDER_WAY_BYTES_MAX / 2) ready();
        break;
      default: {
        const asked = waiting.get(reply.id);
        waiting.delete(reply.id);
        if (reply.type === 'error') asked?.reject(new Error(reply.message));
        else asked?.resolve(reply);
      }
    }
  }

  /** Starts the thread; resolves when it can be used. */
  function start(): Promise<Status> {
    return new Promise((resolve, reject) => {
      const started = new Worker(new URL('./embedded/worker.ts', import.meta.url), { workerData: settings() });
      started.on('message', (reply: Reply) => {
        if (reply.type === 'open') {
          worker = started;
          resolve(reply.status);
        } else if (reply.type === 'failed') {
          const { damagedFile, message } = reply;
          reject(damagedFile === null ? new Error(message) : new DamagedFileError(damagedFile, message));
        }
        onReply(reply);
      });
      started.on('error', (error) => {
        reject(error);
        if (worker === started) lost(error);
      });
      started.on('exit', () => {
        reject(new Error('the history thread ended at its start'));
        if (worker === started) lost(new Error('the history thread ended'));
      });
    });
  }

  function lost(error: unknown): void {
    worker = null;
    stopGathering?.();
    stopGathering = null;
    gathered.length = 0;
    gathered.count = 0;
    const reason = error instanceof Error ? error.message : String(error);
    for (const { reject } of waiting.values()) reject(new Error(`the history thread failed: ${reason}`));
    waiting.clear();
    if (closed) return;
    failure = `the history thread failed and is started again: ${reason}`;
    log.error({ err: error }, 'history thread failed');
    clock.after(restartAfterMs, restart);
    restartAfterMs = Math.min(restartAfterMs * 2, RESTART_AFTER_MS_MAX);
  }

  function restart(): void {
    if (closed) return;
    start().then(
      (opened) => {
        begin(opened);
        ready();
      },
      (error: unknown) => lost(error),
    );
  }

  function begin(opened: Status): void {
    status = opened;
    next = opened.nextPosition;
    sentBytes = 0;
    failure = null;
  }

  function handOver(): void {
    stopGathering?.();
    stopGathering = null;
    if (gathered.count === 0) return;
    const data = gathered.bytes.slice(0, gathered.length);
    sendEntries(gathered.first, gathered.count, data);
    gathered.length = 0;
    gathered.count = 0;
  }

  function sendEntries(first: number, count: number, data: Uint8Array<ArrayBuffer>): void {
    sentBytes += data.byteLength;
    send({ type: 'ingest', first, count, data }, [data.buffer]);
  }

  function ask(request: (id: number) => Request): Promise<Reply> {
    if (worker === null) return Promise.reject(new Error(failure ?? 'the history is closed'));
    handOver();
    const id = ++lastId;
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      send(request(id));
    });
  }

  let status = await start();
  let next = status.nextPosition;
  const stopTicking = clock.every(TICK_MS, () => send({ type: 'tick', nowMs: clock.nowMs() }));

  return {
    nextPosition: () => next,
    durablePosition: () => status.durablePosition,
    offer(first, count, data) {
      if (worker === null || closed || first !== next) {
        refused = true;
        return false;
      }
      const underWay = sentBytes - status.takenBytes + gathered.length;
      if (underWay > 0 && underWay + data.byteLength > UNDER_WAY_BYTES_MAX) {
        refused = true;
        return false;
      }
      if (gathered.length + data.byteLength > GATHER_BYTES) handOver();
      next = first + count;
      if (data.byteLength > GATHER_BYTES) {
        sendEntries(first, count, new Uint8Array(data));
        return true;
      }
      if (gathered.count === 0) gathered.first = first;
      gathered.bytes.set(data, gathered.length);
      gathered.length += data.byteLength;
      gathered.count += count;
      stopGathering ??= clock.after(GATHER_MS, handOver);
      return true;
    },
    onReady: (listener) => void listeners.push(listener),
    async samples(query): Promise<Sample[]> {
      const reply = await ask((id) => ({ type: 'samples', id, query }));
      return reply.type === 'samples' ? samplesOf(reply.columns) : [];
    },
    async buckets(query): Promise<Bucket[]> {
      const reply = await ask((id) => ({ type: 'buckets', id, query }));
      return reply.type === 'buckets' ? [...reply.buckets] : [];
    },
    stats: () => ({
      readings: status.readings,
      bytesOnDisk: status.bytesOnDisk,
      problem: failure ?? status.problem,
    }),
    async settle() {
      await ask((id) => ({ type: 'settle', id }));
    },
    async close() {
      if (closed) return;
      stopTicking();
      const ended = worker === null ? null : ask((id) => ({ type: 'close', id }));
      closed = true;
      await ended;
    },
  };
}
