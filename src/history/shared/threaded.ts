import { Worker } from 'node:worker_threads';
import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import { type Columns, NO_READINGS } from '../../model/columns.ts';
import { EntryWriter } from '../../model/entry.ts';
import type { SampleQuery } from '../../model/reading.ts';
import type { History, RejectedImport } from '../history.ts';
import { samplesOf } from './columns.ts';
import { DamagedFileError } from './database.ts';
import type { Reply, Request, Status } from './protocol.ts';

export interface ThreadedOptions {
  readonly log: Log;
  readonly clock: Clock;
  /** The program of the thread, which speaks protocol.ts. */
  readonly program: URL;
  /** What each new thread is given; asked again when the thread has to be started again. */
  readonly settings: () => unknown;
  /** Bytes handed over and not yet taken; beyond it offers are refused. */
  readonly underWayBytesMax: number;
  /** What the thread says or asks beyond the common part. */
  readonly onNote?: (note: unknown, answer: (message: unknown) => void) => void;
}

export interface ThreadedHistory extends History {
  /** Asks for `settle` of protocol.ts. */
  settle(): Promise<void>;
}

const TICK_MS = 1_000;
/** Small batches are handed over together: waking the other thread costs more than the batch. */
const GATHER_BYTES = 262_144;
const GATHER_MS = 20;
const RESTART_AFTER_MS = 1_000;
const RESTART_AFTER_MS_MAX = 60_000;

/**
 * The side of a history that the server's thread sees. Handing over entries is copying them; all else happens in a
 * thread of its own. Should that thread fail it is started again, and asks for everything from its cursor on.
 */
export async function openThreaded(options: ThreadedOptions): Promise<ThreadedHistory> {
  const { log, clock } = options;
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
        if (refused && sentBytes - status.takenBytes <= options.underWayBytesMax / 2) ready();
        break;
      case 'note':
        options.onNote?.(reply.note, (message) => send({ type: 'note', note: message }));
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
      const started = new Worker(options.program, { workerData: options.settings() });
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
        status = opened;
        next = opened.nextPosition;
        sentBytes = 0;
        failure = null;
        ready();
      },
      (error: unknown) => lost(error),
    );
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

  async function columns(query: SampleQuery): Promise<Columns> {
    const reply = await ask((id) => ({ type: 'samples', id, query }));
    return reply.type === 'samples' ? reply.columns : NO_READINGS;
  }

  async function importEntries(data: Uint8Array): Promise<readonly RejectedImport[]> {
    const reply = await ask((id) => ({ type: 'import', id, data }));
    return reply.type === 'imported' ? reply.rejected : [];
  }

  let status = await start();
  let next = status.nextPosition;
  const stopTicking = clock.every(TICK_MS, () => send({ type: 'tick', nowMs: clock.nowMs() }));

  return {
    nextPosition: () => next,
    durablePosition: () => status.durablePosition,
    offer(first, count, data) {
      const underWay = sentBytes - status.takenBytes + gathered.length;
      const tooMuch = underWay > 0 && underWay + data.byteLength > options.underWayBytesMax;
      if (worker === null || closed || first !== next || tooMuch) {
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
    async importReadings(readings) {
      const writer = new EntryWriter();
      writer.write({ kind: 'message', receivedAtMs: clock.nowMs(), readings });
      await importEntries(writer.take());
    },
    importEntries,
    samples: async (query) => samplesOf(await columns(query)),
    columns,
    async buckets(query) {
      const reply = await ask((id) => ({ type: 'buckets', id, query }));
      return reply.type === 'buckets' ? [...reply.buckets] : [];
    },
    stats: () => ({
      readings: status.readings,
      bytesOnDisk: status.bytesOnDisk,
      problem: failure ?? status.problem,
      ...(status.remote === undefined ? {} : { remote: status.remote }),
    }),
    async settle() {
      await ask((id) => ({ type: 'settle', id }));
    },
    async copyTo(dir) {
      await ask((id) => ({ type: 'copy', id, dir }));
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
