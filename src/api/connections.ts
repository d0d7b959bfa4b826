import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { createServer, Socket } from 'node:net';
import { addressGroup } from '../lib/address.ts';
import type { Clock } from '../lib/clock.ts';
import { createDoor } from '../lib/door.ts';
import { createWaitingRoom, type WaitingRoom } from '../lib/waiting-room.ts';
import type { App } from './http.ts';

/** Connections over which nobody has said who they are. A proxy in front is one address, and has some dozens open. */
const STRANGERS_PER_NETWORK_MAX = 500;
const STRANGERS_MAX = 2_000;

/** A browser opens six for a page. */
const AT_ONCE_MAX = 8;
/** Before their turn they hold nothing but a socket that is not read. */
const AT_THE_DOOR_PER_NETWORK_MAX = 1_000;
const AT_THE_DOOR_MAX = 4_000;

const CONNECTIONS_MAX = { inAll: 20_000, perNetwork: 10_000 };

/**
 * So that connections nobody uses leave some for those who say who they are, whoever opens them, and one address some for
 * others; and so that those who come do not keep those waiting who are there: nothing of a connection is read or set up
 * before its turn at the door. To be called when nobody else will listen for new connections any more. Gives the room of
 * those who have not said who they are.
 */
export function boundConnections(
  app: App,
  clock: Clock,
  { inAll, perNetwork }: { readonly inAll: number; readonly perNetwork: number } = CONNECTIONS_MAX,
  doorClock: Clock = clock,
): WaitingRoom {
  const onTurnedOut = (network: string) => app.log.debug({ network }, 'a connection without a call made room');
  const strangers = createWaitingRoom({
    clock,
    perNetworkMax: STRANGERS_PER_NETWORK_MAX,
    max: STRANGERS_MAX,
    onTurnedOut,
  });
  const all = createWaitingRoom({ clock, perNetworkMax: perNetwork, max: inAll, onTurnedOut });
  const door = createDoor({
    clock: doorClock,
    atOnceMax: AT_ONCE_MAX,
    perNetworkMax: AT_THE_DOOR_PER_NETWORK_MAX,
    max: AT_THE_DOOR_MAX,
    onRefused: (network) => app.log.debug({ network }, 'a connection was refused: too many came at once'),
  });
  const networkOf = (socket: Socket) => addressGroup(socket.remoteAddress ?? '');

  const { server } = app;
  const begin = server.listeners('connection') as ((socket: Socket) => void)[];
  server.removeAllListeners('connection');
  // As `net.createServer` takes it; that of HTTP does not hand it on. Without it, what waits is read already.
  Object.assign(server, { pauseOnConnect: true });
  server.on('connection', (socket: Socket) => {
    const network = networkOf(socket);
    // Until its turn nobody else listens for what becomes of it.
    socket.on('error', ignore);
    door.arrive(socket, network, () => {
      for (const listener of begin) listener.call(server, socket);
      socket.off('error', ignore);
      strangers.add(socket, network);
      all.add(socket, network);
      socket.resume();
    });
  });
  // MQTT over WebSocket has a room of its own, and so have live channels.
  server.on('upgrade', ({ socket }) => {
    strangers.leave(socket);
    all.leave(socket);
  });
  app.addHook('onRequest', async (request) => {
    const { socket } = request.raw;
    if (request.headers.upgrade === undefined && socket instanceof Socket && !socket.destroyed) {
      all.add(socket, networkOf(socket));
    }
    if (request.principal !== null) strangers.leave(socket);
  });
  // The server ends when its connections have.
  app.addHook('preClose', async () => door.close());
  app.addHook('onClose', async () => {
    strangers.close();
    all.close();
  });
  return strangers;
}

const ignore = () => {};

/**
 * Opens the listener and gives its address. `localhost` is an address of IPv4 and often one of IPv6: what comes to the other
 * ones goes through the same server and within the same bounds, which a second one of Fastify's would not have.
 */
export async function listenHttp(
  app: App,
  { host, port }: { readonly host: string; readonly port: number },
  addressesOf = addressesKnown,
): Promise<string> {
  if (host !== 'localhost') return app.listen({ host, port });
  const [first, ...others] = new Set(await addressesOf(host));
  const url = await app.listen({ host: first ?? host, port });
  const bound = app.server.address();
  for (const other of others) {
    const listener = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (socket) =>
      app.server.emit('connection', socket),
    );
    app.server.once('close', () => listener.close());
    listener.listen(typeof bound === 'object' && bound !== null ? bound.port : port, other);
    try {
      await once(listener, 'listening');
    } catch (err) {
      // A machine may know an address of IPv6 for the name and have none.
      app.log.warn({ err, address: other }, 'no listener for HTTP there');
    }
  }
  return url;
}

async function addressesKnown(host: string): Promise<string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address);
}
