import type { UserChange, UserView } from './accounts.ts';
import { TooBusyError } from './passwords.ts';
import { ProblemError } from './problems.ts';

/** What became of a change to a user, as an answer or a problem. */

export function changedUser(outcome: UserChange): UserView {
  if (!outcome.ok) throw new ProblemError(outcome.error);
  return outcome.user;
}

/** Passwords are looked at by a few threads; whoever finds them all busy is told to come again. */
export async function unlessBusy<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof TooBusyError) throw new ProblemError('busy', { retryAfterSeconds: 2 });
    throw error;
  }
}
