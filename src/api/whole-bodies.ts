import { Readable } from 'node:stream';
import type { Clock } from '../lib/clock.ts';
import { createGathering } from '../lib/gathering.ts';
import type { App } from './http.ts';
import { ProblemError } from './problems.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The body is read while it comes, and the route sees to it that it does. */
    streams?: boolean;
  }
}

/** Bodies above this count in what is held together. */
const LARGE_BYTES = 64 * 1024;
/** What bodies that have not come in whole yet may hold in memory, of all calls together. */
const UNDER_WAY_BYTES_MAX = 128 << 20;
const RETRY_AFTER_S = 5;

/**
 * Takes in the bodies of calls, but for those whose routes read them as they come: whole, within `arrivalMs`, and in no more
 * memory than they have bytes, into however small pieces they are cut.
 */
export function takeWholeBodies(app: App, clock: Clock, arrivalMs: number): void {
  let heldTogether = 0;

  /** Throws a problem for what is too large, alone or with all others, and what reading throws. */
  async function whole(payload: Readable, bytesMax: number): Promise<Uint8Array> {
    const gathered = createGathering();
    let held = 0;
    const cancel = clock.after(arrivalMs, () => payload.destroy(new ProblemError('called-off')));
    try {
      // What is not read must not close the connection before the answer has left.
      for await (const piece of payload.iterator({ destroyOnReturn: false })) {
        gathered.add(piece as Uint8Array);
        if (gathered.length > bytesMax) throw new ProblemError('body-too-large');
        const holds = gathered.length > LARGE_BYTES ? gathered.length : 0;
        heldTogether += holds - held;
        held = holds;
        if (heldTogether > UNDER_WAY_BYTES_MAX) throw new ProblemError('busy', { retryAfterSeconds: RETRY_AFTER_S });
      }
      return gathered.bytes();
    } finally {
      heldTogether -= held;
      cancel();
    }
  }

  app.addHook('preParsing', async (request, _reply, payload) => {
    const { 'content-length': length = '0', 'transfer-encoding': coding } = request.headers;
    const hasBody = coding !== undefined || Number(length) > 0;
    if (!hasBody || request.routeOptions.config.streams === true) return payload;
    // Nobody's body: whoever sends it need not have said who they are.
    if (request.is404) throw new ProblemError('not-found');
    const { bodyLimit } = request.routeOptions;
    if (Number(length) > bodyLimit) throw new ProblemError('body-too-large');
    return Readable.from([await whole(payload as Readable, bodyLimit)], { objectMode: false });
  });
}
