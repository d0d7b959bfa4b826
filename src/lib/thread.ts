import { Worker, type WorkerOptions } from 'node:worker_threads';

/** Threads for one piece of work: one that does a job and ends, and one that is asked and answers until it is ended. */

/** What a call comes to when its thread was ended by us. */
const ENDED = 'the server is stopping';

export interface Errand {
  /** Resolves when the job is done; rejects when it failed or was ended. */
  readonly done: Promise<void>;
  end(): Promise<void>;
}

/** Has `file` do a job, its `workerData`; it is done when the thread ends by itself. */
export function startErrand<Job>(file: URL, job: Job): Errand {
  const worker = new Worker(file, { workerData: job });
  const done = new Promise<void>((resolve, reject) => {
    worker.once('error', reject);
    worker.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(ENDED))));
  });
  // Whoever ends it need not listen as well.
  done.catch(() => undefined);
  return {
    done,
    async end() {
      await worker.terminate();
    },
  };
}

export interface AskedThread<Question, Answer> {
  /** One at a time. Rejects when the thread fails or is ended. An answer that comes before it is asked for is kept. */
  ask(question: Question, transfer?: ArrayBuffer[]): Promise<Answer>;
  end(): Promise<void>;
}

/** Starts a thread that gives one answer to each question. */
export function startAskedThread<Question, Answer>(
  file: URL,
  options: Pick<WorkerOptions, 'workerData' | 'resourceLimits'>,
): AskedThread<Question, Answer> {
  const worker = new Worker(file, options);
  const early: Answer[] = [];
  let waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | undefined;
  let failure: Error | undefined;
  worker.on('message', (answer: Answer) => {
    if (waiting === undefined) early.push(answer);
    else waiting.resolve(answer);
    waiting = undefined;
  });
  const fail = (error: unknown): void => {
    failure ??= error instanceof Error ? error : new Error(String(error));
    waiting?.reject(failure);
  };
  worker.on('error', fail);
  worker.on('exit', () => fail(new Error(ENDED)));
  return {
    ask(question, transfer = []) {
      const kept = early.shift();
      if (kept !== undefined) return Promise.resolve(kept);
      if (failure !== undefined) return Promise.reject(failure);
      return new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        worker.postMessage(question, transfer);
      });
    },
    async end() {
      await worker.terminate();
    },
  };
}
