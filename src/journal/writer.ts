import { Worker } from 'node:worker_threads';
import type { FromWriter, ToWriter, WriterSettings, Written } from './writer-protocol.ts';

/** The thread that writes a journal's file, one transaction at a time, so that nobody else waits for the disk. */
export interface Writer {
  /** Writes batches; only while none are being written. `then` is told when they are on disk, or why they are not. */
  write(written: Written, then: (error: Error | null) => void): void;
  trim(position: number): void;
  /** Ends the thread, when it has done what it was told. */
  close(): Promise<void>;
}

export interface WriterOptions {
  readonly path: string;
  /** What is before this position is gone. */
  readonly onTrimmed: (first: number) => void;
}

export function startWriter({ path, onTrimmed }: WriterOptions): Writer {
  let told: ((error: Error | null) => void) | undefined;
  let thread = startThread();

  function startThread(): Worker {
    const settings: WriterSettings = { path };
    const worker = new Worker(new URL('./writer-thread.ts', import.meta.url), { workerData: settings });
    worker.on('message', (message: FromWriter) => {
      if (message.type === 'written') answer(message.error === null ? null : new Error(message.error));
      else if (message.type === 'trimmed') onTrimmed(message.first);
    });
    // A fault in the thread is a failed write like any other; the next try has a new thread.
    worker.on('error', (error) => {
      if (worker !== thread) return;
      thread = startThread();
      answer(error instanceof Error ? error : new Error(String(error)));
    });
    return worker;
  }

  function say(message: ToWriter): void {
    thread.postMessage(message);
  }

  function answer(error: Error | null): void {
    const waiting = told;
    told = undefined;
    waiting?.(error);
  }

  return {
    write({ first, batches, mark }, then) {
      told = then;
      // Only what is needed: what else a batch carries here would be copied for the thread as well.
      const bare = batches.map(({ node, count, data, unreleased }) => ({ node, count, data, unreleased }));
      say({ type: 'write', first, batches: bare, mark });
    },
    trim: (position) => say({ type: 'trim', position }),
    async close() {
      const ended = new Promise((resolve) => thread.once('exit', resolve));
      say({ type: 'close' });
      await ended;
    },
  };
}
