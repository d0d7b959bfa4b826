import { Worker } from 'node:worker_threads';
import type { Clock } from '../lib/clock.ts';
import type { LogPlace } from '../model/log-place.ts';
import type { ChannelFigures } from '../model/notify/told.ts';
import type { FromThread, NotifySettings, QuestionName, Questions, ToThread } from './notify-protocol.ts';
import type { SystemCondition } from './outbox/desk.ts';
import type { LiveSetup } from './outbox/outbox.ts';
import type { Answer } from './outbox/store.ts';

/** The main thread's side of the thread that tells people. When that one ends by itself it is started again when it is asked. */
export interface NotifyClient {
  /** Starts the thread if it does not run; resolves with how far it has followed the log, null for nowhere in it. */
  ready(): Promise<LogPlace | null>;
  ask<Name extends QuestionName>(name: Name, asked: Questions[Name]['asked']): Promise<Questions[Name]['answer']>;
  /** The setup that a thread is given before anything else. */
  use(setup: LiveSetup): Promise<void>;
  seen(seen: { readonly user: string; readonly seq: number; readonly atMs: number }): void;
  answered(id: number): void;
  /** How channels fare, as last heard. */
  channels(): readonly ChannelFigures[];
  close(): Promise<void>;
}

export interface NotifyClientOptions {
  readonly clock: Clock;
  readonly path: string;
  readonly allow: readonly string[];
  /** See NotifySettings. */
  readonly timezone: string;
  readonly logName: string;
  /** See NotifySettings; of the first thread alone. */
  readonly isAnew: boolean;
  /** See NotifySettings. */
  readonly links: NotifySettings['links'];
  readonly broker: {
    publish(topic: string, payload: string, options: { readonly retain: boolean }): Promise<void>;
    subscribe(topic: string, heard: (payload: string) => void): () => void;
  };
  readonly onSystem: (condition: SystemCondition) => void;
  readonly onAnswer: (answer: Answer) => void;
  readonly onBug: (words: string, input: unknown) => void;
  /** The thread ended by itself, and why. */
  readonly onEnd: (error: Error) => void;
}

interface Thread {
  readonly worker: Worker;
  readonly ready: Promise<LogPlace | null>;
}

/** What a call comes to when its thread has ended. */
const ENDED = 'the thread that tells people has ended';

export function createNotifyClient(options: NotifyClientOptions): NotifyClient {
  const { path, allow, timezone, logName, broker, links } = options;
  let { isAnew } = options;
  let thread: Thread | undefined;
  let setup: LiveSetup | undefined;
  let channels: readonly ChannelFigures[] = [];
  let lastId = 0;
  const waiting = new Map<number, { resolve: (answer: unknown) => void; reject: (error: Error) => void }>();
  const subscriptions = new Map<number, () => void>();
  let isClosed = false;

  const say = (to: Thread, message: ToThread): void => to.worker.postMessage(message);

  function start(): Thread {
    const workerData: NotifySettings = { path, allow, timezone, log: logName, isAnew, links };
    isAnew = false;
    const worker = new Worker(new URL('./notify-thread.ts', import.meta.url), { workerData });
    const ready = new Promise<LogPlace | null>((resolve, reject) => {
      const end = (error: Error): void => {
        reject(error);
        if (thread?.worker !== worker) return;
        thread = undefined;
        for (const unsubscribe of subscriptions.values()) unsubscribe();
        subscriptions.clear();
        for (const { reject: fail } of waiting.values()) fail(error);
        waiting.clear();
        if (!isClosed) options.onEnd(error);
      };
      worker.once('error', (error: unknown) => end(error instanceof Error ? error : new Error(String(error))));
      worker.once('exit', () => end(new Error(ENDED)));
      worker.on('message', (message: FromThread) => {
        if (message.type === 'ready') resolve(message.place);
        else if (thread?.worker === worker) hear(thread, message);
      });
    });
    // Whoever asks it hears of it as well.
    ready.catch(() => undefined);
    const started: Thread = { worker, ready };
    thread = started;
    if (setup !== undefined) void askOf(started, 'setUp', setup).catch(() => undefined);
    return started;
  }

  function hear(from: Thread, message: FromThread): void {
    switch (message.type) {
      case 'ready':
        return;
      case 'answer-to':
        waiting.get(message.id)?.resolve(message.answer);
        waiting.delete(message.id);
        return;
      case 'failed':
        waiting.get(message.id)?.reject(new Error(message.words));
        waiting.delete(message.id);
        return;
      case 'system':
        return options.onSystem(message.condition);
      case 'answer':
        return options.onAnswer(message.answer);
      case 'channels':
        channels = message.channels;
        return;
      case 'bug':
        return options.onBug(message.words, message.input);
      case 'publish': {
        const { id, topic, payload, retain } = message;
        const done = (failure: string | null) => say(from, { type: 'published', id, failure });
        broker.publish(topic, payload, { retain }).then(
          () => done(null),
          (error: unknown) => done(String(error)),
        );
        return;
      }
      case 'subscribe': {
        const { id, topic } = message;
        subscriptions.set(
          id,
          broker.subscribe(topic, (payload) => say(from, { type: 'heard', id, payload })),
        );
        return;
      }
      case 'unsubscribe':
        subscriptions.get(message.id)?.();
        subscriptions.delete(message.id);
    }
  }

  function askOf<Name extends QuestionName>(
    to: Thread,
    name: Name,
    asked: Questions[Name]['asked'],
  ): Promise<Questions[Name]['answer']> {
    const id = ++lastId;
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve: resolve as (answer: unknown) => void, reject });
      say(to, { type: 'ask', id, name, asked } as ToThread);
    });
  }

  const running = (): Thread => {
    if (isClosed) throw new Error('the server is stopping');
    return thread ?? start();
  };

  return {
    ready: async () => running().ready,
    ask: async (name, asked) => askOf(running(), name, asked),
    async use(next) {
      setup = next;
      const isNew = thread === undefined;
      const to = running();
      // A thread that has just been started is given it first of all.
      if (isNew) await to.ready;
      else await askOf(to, 'setUp', next);
    },
    seen(seen) {
      if (thread !== undefined) say(thread, { type: 'seen', ...seen });
    },
    answered(id) {
      if (thread !== undefined) say(thread, { type: 'answered', id });
    },
    channels: () => channels,
    async close() {
      const present = thread;
      // From here on its end is what we asked for.
      isClosed = true;
      if (present !== undefined) await askOf(present, 'close', null).catch(() => undefined);
      await present?.worker.terminate();
    },
  };
}
