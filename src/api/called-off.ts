import type { FastifyReply } from 'fastify';
import { ProblemError } from './problems.ts';

/**
 * Does work for as long as the caller waits for it: when the connection ends, as it does while somebody types on in a
 * form, `signal` is given and the work can stop.
 */
export async function whileWanted<T>(reply: FastifyReply, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const callOff = () => controller.abort();
  reply.raw.once('close', callOff);
  try {
    return await work(controller.signal);
  } catch (error) {
    if (controller.signal.aborted) throw new ProblemError('called-off');
    throw error;
  } finally {
    reply.raw.off('close', callOff);
  }
}
