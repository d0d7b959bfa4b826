import { Worker } from 'node:worker_threads';
import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import type { AnalysisOptions } from '../../model/analysis.ts';
import type { SeriesColumns } from '../../preview/replay.ts';
import type { AnalysisJob, AnalysisReply, AnalysisRequest } from './analysis-protocol.ts';

export interface AnalysisThreadsOptions {
  /** The most threads there may be; each is started when it is needed. */
  readonly threads: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** The threads that judge history. */
export interface AnalysisThreads {
  /** Runs a job in the thread that has least to do; the readings' buffers go there. */
  judge<T>(job: AnalysisJob, readings: readonly SeriesColumns[], options: AnalysisOptions): Promise<T>;
  /** Starts a thread ahead of the first question, which would have to wait for it otherwise. */
  warm(): void;
  close(): Promise<void>;
}

/** A thread that gives no sign for so long is given up, with its jobs. */
const SILENCE_MAX_MS = 60_000;

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly onProgress: ((share: number) => void) | undefined;
}

interface Thread {
  /** Ends the watch over its silence, while there is one. */
  unwatch: () => void;
  worker: Worker | undefined;
  readonly waiting: Map<number, Waiting>;
}

export function createAnalysisThreads({ threads: count, clock, log }: AnalysisThreadsOptions): AnalysisThreads {
  const threads = Array.from(
    { length: count },
    (): Thread => ({ unwatch: () => {}, worker: undefined, waiting: new Map() }),
  );
  let lastId = 0;
  let closed = false;

  function start(thread: Thread): Worker {
    const started = new Worker(new URL('./analysis-worker.ts', import.meta.url));
    started.unref();
    started.on('message', (reply: AnalysisReply) => take(thread, reply));
    started.on('error', (error) => {
      log.error({ err: error }, 'analysis thread failed');
      lost(thread, started, error instanceof Error ? error.message : String(error));
    });
    started.on('exit', () => lost(thread, started, 'it ended'));
    return started;
  }

  function lost(thread: Thread, former: Worker, reason: string): void {
    if (thread.worker !== former) return;
    thread.worker = undefined;
    for (const { reject } of thread.waiting.values()) reject(new Error(`the analysis thread failed: ${reason}`));
    thread.waiting.clear();
    thread.unwatch();
  }

  /** Anew whenever it has given a sign. */
  function watch(thread: Thread): void {
    thread.unwatch();
    if (thread.waiting.size === 0) return;
    thread.unwatch = clock.after(SILENCE_MAX_MS, () => {
      log.error('an analysis thread gave no sign of life and was given up');
      void thread.worker?.terminate();
    });
  }

  function take(thread: Thread, reply: AnalysisReply): void {
    const { waiting } = thread;
    if (reply.type === 'ready') return;
    const asked = waiting.get(reply.id);
    if (reply.type === 'progress') asked?.onProgress?.(reply.share);
    else {
      waiting.delete(reply.id);
      if (reply.type === 'done') asked?.resolve(reply.result);
      else asked?.reject(new Error(reply.message));
    }
    watch(thread);
  }

  function send(thread: Thread, message: AnalysisRequest, transfer: ArrayBuffer[] = []): void {
    if (closed) throw new Error('the server is stopping');
    thread.worker ??= start(thread);
    thread.worker.postMessage(message, transfer);
  }

  return {
    judge<T>(job: AnalysisJob, readings: readonly SeriesColumns[], options: AnalysisOptions): Promise<T> {
      const thread = threads.reduce((least, one) => (one.waiting.size < least.waiting.size ? one : least));
      const { waiting } = thread;
      const id = ++lastId;
      const buffers = readings.flatMap(({ columns }) =>
        [columns.tsMs.buffer, columns.values.buffer, columns.flags.buffer].map((buffer) => buffer as ArrayBuffer),
      );
      return new Promise<T>((resolve, reject) => {
        const callOff = () => {
          if (!waiting.delete(id)) return;
          send(thread, { type: 'cancel', id });
          if (waiting.size === 0) thread.unwatch();
          end(() => reject(new Error('called off')));
        };
        const end = (answer: () => void) => {
          options.signal?.removeEventListener('abort', callOff);
          answer();
        };
        waiting.set(id, {
          resolve: (result) => end(() => resolve(result as T)),
          reject: (error) => end(() => reject(error)),
          onProgress: options.onProgress,
        });
        options.signal?.addEventListener('abort', callOff);
        send(thread, { type: 'start', id, job }, buffers);
        if (waiting.size === 1) watch(thread);
      });
    },
    warm() {
      const [first] = threads;
      if (!closed && first !== undefined) first.worker ??= start(first);
    },
    async close() {
      closed = true;
      for (const { unwatch } of threads) unwatch();
      await Promise.all(threads.map(({ worker }) => worker?.terminate()));
    },
  };
}
