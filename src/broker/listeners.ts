import { once } from 'node:events';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import { addressGroup } from '../lib/address.ts';
import { brief } from '../lib/brief.ts';
import type { Clock } from '../lib/clock.ts';
import { createDoor } from '../lib/door.ts';
import { createWaitingRoom, type WaitingRoom } from '../lib/waiting-room.ts';
import type { Refusals } from './refusals.ts';

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
  readonly tls?: { readonly cert: Uint8Array; readonly key: Uint8Array } | undefined;
}

export interface ListenersOptions {
  readonly clock: Clock;
  readonly refusals: Refusals;
  /** It is the connection's turn. */
  readonly serve: (stream: Duplex, address: string) => void;
}

/** Where connections come in: each waits for its turn, and is a stranger until it has said whose it is. */
export interface Listeners {
  readonly strangers: WaitingRoom;
  /** Opens a TCP (or TLS) listener and gives its port. */
  listen(address: ListenAddress): Promise<number>;
  /** Takes in an open stream, such as a WebSocket, that comes from an address. */
  accept(stream: Duplex, address: string): void;
  close(): void;
}

/** Connections that have not said who they are: they make room for one another, and have so long for it. */
const STRANGERS_PER_NETWORK_MAX = 200;
const STRANGERS_MAX = 2_000;
const STRANGER_MS = 15_000;

/**
 * A PUBACK is 4 bytes; holding it back to fill a packet would make every device wait. And nothing of a connection is read
 * before its turn, or those at the door could hold 64 KB each.
 */
const UNREAD = { noDelay: true, pauseOnConnect: true } as const;

export function createListeners({ clock, refusals, serve }: ListenersOptions): Listeners {
  const servers: net.Server[] = [];
  const door = createDoor({ clock, onRefused: (network) => refusals.count('too-many-at-once', network) });
  const strangers = createWaitingRoom({
    clock,
    perNetworkMax: STRANGERS_PER_NETWORK_MAX,
    max: STRANGERS_MAX,
    waitMs: STRANGER_MS,
    onTurnedOut: (network, why) => refusals.count(why === 'late' ? 'no-connect-in-time' : 'made-room', network),
  });

  function accept(stream: Duplex, address: string): void {
    const network = addressGroup(address);
    door.arrive(stream, network, () => {
      strangers.add(stream, network);
      serve(stream, address);
    });
  }

  /**
   * A TLS handshake costs more than all the rest of a connection's beginning, so who comes over TLS waits for its turn and
   * counts as a stranger before it.
   */
  function tlsListener(options: { readonly cert: Uint8Array; readonly key: Uint8Array }): net.Server {
    const raw = new Map<string, net.Socket>();
    const peer = (socket: net.Socket) => `${socket.remoteAddress} ${socket.remotePort}`;
    const secured = tls.createServer({ cert: Buffer.from(options.cert), key: Buffer.from(options.key) });
    secured.on('secureConnection', (socket) => {
      const under = raw.get(peer(socket));
      const address = socket.remoteAddress ?? '';
      if (under !== undefined) strangers.leave(under);
      strangers.add(socket, addressGroup(address));
      serve(socket, address);
    });
    secured.on('tlsClientError', (error) => refusals.count('tls-handshake', brief(error.message)));
    return net.createServer(UNREAD, (socket) => {
      const network = addressGroup(socket.remoteAddress ?? '');
      // Until its turn nobody else listens for what becomes of it.
      socket.on('error', () => {});
      door.arrive(socket, network, () => {
        const key = peer(socket);
        raw.set(key, socket);
        socket.once('close', () => raw.delete(key));
        strangers.add(socket, network);
        secured.emit('connection', socket);
      });
    });
  }

  return {
    strangers,
    accept,

    async listen(address) {
      const server =
        address.tls === undefined
          ? net.createServer(UNREAD, (socket) => {
              // Until its turn nobody else listens for what becomes of it.
              socket.on('error', () => {});
              accept(socket, socket.remoteAddress ?? '');
            })
          : tlsListener(address.tls);
      server.listen(address.port, address.host);
      await once(server, 'listening');
      servers.push(server);
      const bound = server.address();
      return typeof bound === 'object' && bound !== null ? bound.port : address.port;
    },

    close() {
      door.close();
      strangers.close();
      for (const server of servers) server.close();
    },
  };
}
