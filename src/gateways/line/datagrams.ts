import { createSocket, type RemoteInfo } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import type { Heard } from './hearing.ts';
import type { LineProtocol } from './protocol.ts';
import type { Speaker } from './speaker.ts';

export interface Datagrams {
  /** Rejects when the port cannot be had. */
  listen(at: { readonly host: string; readonly port: number }): Promise<void>;
  close(): Promise<void>;
}

/**
 * Datagrams whose frames wait for the disk. What comes above it, or above the rate of its device, is not taken: nobody can be
 * slowed down over UDP, and a station that is not answered sends again.
 */
const UNDER_WAY_MAX = 1_000;
/** Frames in one datagram. */
const FRAMES_MAX = 32;

/** Ways through a network are open for so long behind what came over them, at the most. */
const WAY_OPEN_MS = 10 * 60_000;

interface DatagramsOptions {
  readonly clock: Pick<Clock, 'steadyMs'>;
  readonly protocol: LineProtocol;
  readonly log: Log;
  readonly hear: (frame: Uint8Array, speaker: Speaker) => Heard;
}

/** Frames of a protocol over UDP: each datagram holds whole ones, and is answered where it came from. */
export function createDatagrams({ clock, protocol, log, hear }: DatagramsOptions): Datagrams {
  let underWay = 0;
  let isClosed = false;
  let socket: ReturnType<typeof createSocket> | undefined;

  function take(datagram: Buffer, from: RemoteInfo): void {
    let rest = datagram;
    const cameMs = clock.steadyMs();
    for (let frames = 0; frames < FRAMES_MAX && underWay < UNDER_WAY_MAX; frames++) {
      const next = protocol.next(rest);
      if (next.kind === 'more') return;
      const { waitMs } = hear(rest.subarray(next.start, next.end), {
        address: from.address,
        answer(answers) {
          if (isClosed) return;
          for (const bytes of answers) socket?.send(bytes, from.port, from.address, () => {});
        },
        isOpen: () => !isClosed && clock.steadyMs() - cameMs < WAY_OPEN_MS,
        begin: () => void underWay++,
        end: () => void underWay--,
      });
      if (waitMs > 0) return;
      rest = rest.subarray(next.end);
    }
  }

  return {
    listen: ({ host, port }) =>
      new Promise((resolve, reject) => {
        const opened = createSocket(isIPv6(host) ? 'udp6' : 'udp4', take);
        socket = opened;
        opened.once('error', reject);
        opened.bind(port, host, () => {
          opened.off('error', reject);
          opened.on('error', (error) => log.error({ err: error, protocol: protocol.name }, 'listener'));
          resolve();
        });
      }),
    close() {
      isClosed = true;
      const opened = socket;
      socket = undefined;
      return new Promise((resolve) => void (opened === undefined ? resolve() : opened.close(() => resolve())));
    },
  };
}
