import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';

/** The wall clock may be set at any time, so it is looked at, not waited for. */
const LOOK_EVERY_MS = 500;
/** After something went wrong, which a later change of the site may mend. */
const RETRY_AFTER_MS = 60_000;

export interface LookOptions<T> {
  readonly clock: Clock;
  readonly log: Log;
  /** What has fallen due. */
  readonly due: () => readonly T[];
  /** Does what is due. False: it cannot be done now, nor soon. */
  readonly take: (one: T) => Promise<boolean>;
  /** What the log says when it fails. */
  readonly failure: string;
}

/** Looks at once and again and again for what has fallen due, one look at a time; after a failure not so soon. */
export function lookEvery<T>({ clock, log, due, take, failure }: LookOptions<T>): { stop(): void } {
  let lookAgainMs = Number.NEGATIVE_INFINITY;
  let isBusy = false;

  function retryLater(): void {
    lookAgainMs = clock.steadyMs() + RETRY_AFTER_MS;
  }

  async function lookOnce(): Promise<void> {
    if (isBusy || clock.steadyMs() < lookAgainMs) return;
    isBusy = true;
    try {
      for (const one of due()) if (!(await take(one))) retryLater();
    } catch (error) {
      log.error({ err: error }, failure);
      retryLater();
    } finally {
      isBusy = false;
    }
  }

  const stop = clock.every(LOOK_EVERY_MS, () => void lookOnce());
  void lookOnce();
  return { stop };
}
