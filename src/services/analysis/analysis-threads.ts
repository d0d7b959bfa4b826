import { Worker } from 'node:worker_threads';
import type { AnalysisOptions } from '../../api/deps.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
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

/** A job that takes longer is given up, and its thread with it. */
const JOB_TIMEOUT_MS = 60_000;

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly onProgress: ((share: number) => void) | undefined;
}

interface Thread {
  worker: Worker | undefined;
  readonly waiting: Map<number, Waiting>;
}

export function createAnalysisThreads({ threads: count, clock, log }: AnalysisThreadsOptions): AnalysisThreads {
  const threads = Array.from({ length: count }, (): Thread => ({ worker: undefined, waiting: new Map() }));
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
  }

  function take({ waiting }: Thread, reply: AnalysisReply): void {
    if (reply.type === 'ready') return;
    const asked = waiting.get(reply.id);
    if (reply.type === 'progress') asked?.onProgress?.(reply.share);
    else {
      waiting.delete(reply.id);
      if (reply.type === 'done') asked?.resolve(reply.result);
      else asked?.reject(new Error(reply.message));
    }
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
        const cancelTimeout = clock.after(JOB_TIMEOUT_MS, () => {
          log.error({ kind: job.kind }, 'analysis took too long and was given up');
          void thread.worker?.terminate();
        });
        const callOff = () => {
          if (!waiting.delete(id)) return;
          send(thread, { type: 'cancel', id });
          end(() => reject(new Error('called off')));
        };
        const end = (settle: () => void) => {
          cancelTimeout();
          options.signal?.removeEventListener('abort', callOff);
          settle();
        };
        waiting.set(id, {
          resolve: (result) => end(() => resolve(result as T)),
          reject: (error) => end(() => reject(error)),
          onProgress: options.onProgress,
        });
        options.signal?.addEventListener('abort', callOff);
        send(thread, { type: 'start', id, job }, buffers);
      });
    },
    warm() {
      const [first] = threads;
      if (!closed && first !== undefined) first.worker ??= start(first);
    },
    async close() {
      closed = true;
      await Promise.all(threads.map(({ worker }) => worker?.terminate()));
    },
  };
}
