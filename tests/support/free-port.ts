import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below the ports that a system gives by itself (RFC 6335 6 from 49152 on, Linux from 32768 on), above the usual services. */
const FIRST = 20_000;
const END = 32_000;

/**
 * A port of loopback that nobody listens on, for what must be told its port beforehand. Whoever takes any free port, to
 * listen or to connect from, is given one of another range, so that it is still free when it is used.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST, END);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
