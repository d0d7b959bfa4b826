import type { Clock } from '../lib/clock.ts';
import { ProblemError } from './problems.ts';

/** What people do waits this long to be recorded: while the disk is failing nothing is, and they must be told. */
const RECORD_TIMEOUT_MS = 10_000;

/**
 * Waits for something that is recorded in the journal. When that fails or takes too long, `onFailure` hears why and the
 * problem `action-unconfirmed` is thrown.
 */
export async function recorded<T>(clock: Clock, outcome: Promise<T>, onFailure: (error: unknown) => void): Promise<T> {
  let cancel = () => {};
  const late = new Promise<never>((_, reject) => {
    cancel = clock.after(RECORD_TIMEOUT_MS, () => reject(new Error(`not recorded within ${RECORD_TIMEOUT_MS} ms`)));
  });
  try {
    return await Promise.race([outcome, late]);
  } catch (error) {
    onFailure(error);
    throw new ProblemError('action-unconfirmed', { retryAfterSeconds: 5 });
  } finally {
    cancel();
  }
}
