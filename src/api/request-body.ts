import type { FastifyRequest } from 'fastify';
import type { Clock } from '../lib/clock.ts';
import { ProblemError } from './problems.ts';

/** The body of a route that `streams`, piece by piece: an upload may take as long as it moves. */
export async function* bodyOf(
  request: FastifyRequest,
  clock: Clock,
  stalledAfterMs: number,
): AsyncGenerator<Uint8Array, void, void> {
  const { raw } = request;
  const giveUp = () => raw.destroy(new Error('the upload stalled'));
  let cancel = clock.after(stalledAfterMs, giveUp);
  try {
    // What is not read, because it makes no sense, must not close the connection before the answer has left.
    for await (const chunk of raw.iterator({ destroyOnReturn: false })) {
      cancel();
      yield chunk as Uint8Array;
      cancel = clock.after(stalledAfterMs, giveUp);
    }
  } catch (error) {
    if (raw.complete) throw error;
    throw new ProblemError('called-off');
  } finally {
    cancel();
  }
}
