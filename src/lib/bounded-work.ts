/** Too much of it is being done already; try again in a moment. */
export class NoTurnError extends Error {
  constructor() {
    super('too much is being done at once');
    this.name = 'NoTurnError';
  }
}

/**
 * Lets so many things be done at a time and so many more wait, in order. Rejects with NoTurnError beyond that, and with
 * the signal's reason for one that nobody waits for any more.
 */
export function createBoundedWork(runningMax: number, waitingMax: number) {
  let running = 0;
  const waiting = new Set<() => void>();

  async function turn(signal: AbortSignal | undefined): Promise<void> {
    if (running < runningMax) {
      running += 1;
      return;
    }
    if (waiting.size >= waitingMax) throw new NoTurnError();
    await new Promise<void>((resolve, reject) => {
      const leave = () => {
        waiting.delete(enter);
        reject(signal?.reason);
      };
      const enter = () => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      waiting.add(enter);
      signal?.addEventListener('abort', leave, { once: true });
    });
  }

  return async <T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> => {
    signal?.throwIfAborted();
    await turn(signal);
    try {
      signal?.throwIfAborted();
      return await work();
    } finally {
      // The turn is handed on rather than given back, so that nobody slips in between.
      const [next] = waiting;
      if (next === undefined) running -= 1;
      else {
        waiting.delete(next);
        next();
      }
    }
  };
}
