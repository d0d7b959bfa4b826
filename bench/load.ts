import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** What the load generator sends, and to whom. Devices are dealt out to the connections one by one, like cards. */
export interface LoadOptions {
  readonly host: string;
  readonly port: number;
  readonly connections: number;
  readonly devices: readonly string[];
  /** The one metric of each payload. */
  readonly metric: string;
  /** Client ids are this and a number. */
  readonly clientPrefix: string;
}

export type LoadCommand =
  | { readonly type: 'open'; readonly options: LoadOptions }
  | { readonly type: 'window'; readonly size: number }
  | { readonly type: 'pace'; readonly ratePerS: number }
  | { readonly type: 'mark' }
  | { readonly type: 'drain' }
  | { readonly type: 'close' };

export type LoadReport =
  | ({ readonly type: 'done' } & LoadMark)
  | { readonly type: 'failed'; readonly reason: string }
  | { readonly type: 'lost'; readonly clientId: string };

/** Totals since the start, and when they were read (ms since 1970). */
export interface LoadMark {
  readonly sent: number;
  readonly acknowledged: number;
  readonly atMs: number;
}

export interface Load {
  /** As fast as the server acknowledges: every connection keeps `size` publishes in flight, until `drain`. */
  window(size: number): Promise<LoadMark>;
  /** A fixed number of messages a second over all connections, until `drain`. */
  pace(ratePerS: number): Promise<LoadMark>;
  mark(): Promise<LoadMark>;
  /** Sends no more, and waits until everything is acknowledged. */
  drain(): Promise<LoadMark>;
  /** Ends the process, without waiting for acknowledgements. */
  close(): Promise<void>;
}

/**
 * Starts a load generator in a process of its own and connects it. A connection that the server closes makes every
 * later call fail, because what is measured then is not what was asked for.
 */
export async function startLoad(options: LoadOptions): Promise<Load> {
  const child = fork(fileURLToPath(new URL('load-worker.ts', import.meta.url)), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  let failure: Error | undefined;
  let waiting: { resolve: (mark: LoadMark) => void; reject: (error: Error) => void } | undefined;
  const fail = (reason: string) => {
    failure ??= new Error(reason);
    waiting?.reject(failure);
  };
  child.on('message', (message: LoadReport) => {
    if (message.type === 'done') waiting?.resolve(message);
    else fail(message.type === 'lost' ? `the server closed the connection of ${message.clientId}` : message.reason);
  });
  const exited = new Promise<void>((resolve) => {
    child.on('exit', () => {
      fail('the load generator ended');
      resolve();
    });
  });
  const call = (command: LoadCommand) =>
    new Promise<LoadMark>((resolve, reject) => {
      if (failure !== undefined) {
        reject(failure);
        return;
      }
      waiting = { resolve, reject };
      child.send(command);
    });

  await call({ type: 'open', options });
  return {
    window: (size) => call({ type: 'window', size }),
    pace: (ratePerS) => call({ type: 'pace', ratePerS }),
    mark: () => call({ type: 'mark' }),
    drain: () => call({ type: 'drain' }),
    async close() {
      if (child.connected) child.send({ type: 'close' } satisfies LoadCommand);
      await exited;
    },
  };
}
