import type { FastifyReply } from 'fastify';
import { NoTurnError } from '../lib/bounded-work.ts';
import { whileWanted } from './called-off.ts';
import { ProblemError } from './problems.ts';

/** Works on a file for as long as the caller waits for it, unless too many others do. */
export async function inTurn<T>(reply: FastifyReply, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  try {
    return await whileWanted(reply, work);
  } catch (error) {
    if (error instanceof NoTurnError) throw new ProblemError('busy', { retryAfterSeconds: 5 });
    throw error;
  }
}
