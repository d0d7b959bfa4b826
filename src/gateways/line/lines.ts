import { createServer, type Socket } from 'node:net';
import { addressGroup } from '../../lib/address.ts';
import type { Clock } from '../../lib/clock.ts';
import { createDoor } from '../../lib/door.ts';
import { createLineLimit } from '../../lib/line-limit.ts';
import type { Log } from '../../lib/log.ts';
import { createWaitingRoom } from '../../lib/waiting-room.ts';
import type { Connection } from '../../model/source.ts';
import type { Trouble } from '../../model/source-state.ts';

/** A connection. */
export interface Line {
  /** The devices that speak over it, as `own` has noted. */
  readonly devices: Set<string>;
  end(): void;
}

export interface LinesOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** What the listener speaks, for the log. */
  readonly name: string;
  /** Of connections over which a device speaks. Those over which none does take no place from them. */
  readonly limits: { readonly connectionsMax: number; readonly connectionsPerAddressMax: number };
  /** Begins to listen to a connection, whose turn it is. */
  readonly open: (socket: Socket, address: string) => Line;
}

/** The connections of a listener within their bounds, and which devices speak over which of them. */
export interface Lines {
  /** Gives the port; rejects when it cannot be had. */
  listen(at: { readonly host: string; readonly port: number }): Promise<number>;
  /** Notes that a device speaks over a connection, which ends if there is no place for it. */
  own(line: Line, device: string): void;
  /** A device speaks over a connection no more. */
  disown(line: Line, device: string): void;
  /** Logs what has become of a connection, so often in a minute, and remembers the last. */
  tell(address: string, what: string): void;
  trouble(): Trouble | null;
  count(device: string): number;
  end(device: string): void;
  size(): number;
  close(): Promise<void>;
}

/** Of one device; who opens more loses its first ones, as over MQTT. */
const PER_DEVICE_MAX = 16;
/** Devices that speak over one connection, such as that of a concentrator. */
const DEVICES_PER_CONNECTION_MAX = 1_024;
/**
 * Connections over which no registered device has spoken yet: they make room for one another. Many stations are behind one
 * address of a mobile network, and some of their modems wait for seconds with the first frame.
 */
const STRANGERS_PER_NETWORK_MAX = 1_000;
const STRANGERS_MAX = 4_000;
const LOGGED_PER_MINUTE = 60;
const KEEP_ALIVE_MS = 60_000;

export function createLines(options: LinesOptions): Lines {
  const { clock, log, name, limits } = options;
  const open = new Map<Line, { readonly socket: Socket; readonly address: string; readonly network: string }>();
  /** Those over which a device has spoken, and how many they are of each network. */
  const known = new Set<Line>();
  const knownOf = new Map<string, number>();
  /** The connections over which each device speaks, the oldest first. */
  const devices = new Map<string, Set<Line>>();
  const mayLog = createLineLimit(clock, LOGGED_PER_MINUTE, (lines) =>
    log.warn({ protocol: name, lines }, 'events of connections that were too many to log'),
  );
  const door = createDoor({
    clock,
    onRefused: (network) => tell(network, 'connection refused: too many came at once'),
  });
  const strangers = createWaitingRoom({
    clock,
    perNetworkMax: Math.min(STRANGERS_PER_NETWORK_MAX, limits.connectionsPerAddressMax),
    max: Math.min(STRANGERS_MAX, limits.connectionsMax),
    onTurnedOut: (network) => tell(network, 'connection ended: it had named no device, and others came'),
  });
  // Nothing of a connection is read before its turn.
  const server = createServer({ allowHalfOpen: false, pauseOnConnect: true }, accept);
  let trouble: Trouble | null = null;

  function tell(address: string, what: string): void {
    trouble = { words: what, atMs: clock.nowMs() };
    if (mayLog()) log.warn({ protocol: name, address }, what);
  }

  function accept(socket: Socket): void {
    const address = socket.remoteAddress ?? '';
    const network = addressGroup(address);
    // Until its turn nobody else listens for what becomes of it.
    socket.on('error', () => {});
    door.arrive(socket, network, () => enter(socket, address, network));
  }

  function enter(socket: Socket, address: string, network: string): void {
    // A peer that is gone without a word is found within minutes, and is not shown as connected for hours.
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    const line = options.open(socket, address);
    open.set(line, { socket, address, network });
    strangers.add(socket, network);
    socket.once('close', () => {
      open.delete(line);
      if (known.delete(line)) countKnown(network, -1);
      for (const device of line.devices) disown(line, device);
    });
    socket.resume();
  }

  function countKnown(network: string, more: 1 | -1): void {
    const count = (knownOf.get(network) ?? 0) + more;
    if (count === 0) knownOf.delete(network);
    else knownOf.set(network, count);
  }

  /** A device has spoken over it: false when there is no place for it. */
  function settle(line: Line): boolean {
    const found = open.get(line);
    if (found === undefined) return false;
    const { socket, address, network } = found;
    if (known.size >= limits.connectionsMax || (knownOf.get(network) ?? 0) >= limits.connectionsPerAddressMax) {
      tell(address, 'connection ended: there are too many');
      line.end();
      return false;
    }
    strangers.leave(socket);
    known.add(line);
    countKnown(network, 1);
    return true;
  }

  function disown(line: Line, device: string): void {
    const own = devices.get(device);
    own?.delete(line);
    if (own?.size === 0) devices.delete(device);
  }

  return {
    tell,
    trouble: () => trouble,
    own(line, device) {
      if (line.devices.has(device)) return;
      if (!known.has(line) && !settle(line)) return;
      line.devices.add(device);
      const lines = devices.get(device) ?? new Set();
      devices.set(device, lines.add(line));
      const [oldest] = lines.size > PER_DEVICE_MAX ? lines : [];
      oldest?.end();
      const [first] = line.devices.size > DEVICES_PER_CONNECTION_MAX ? line.devices : [];
      if (first === undefined) return;
      line.devices.delete(first);
      disown(line, first);
    },
    disown(line, device) {
      if (line.devices.delete(device)) disown(line, device);
    },
    count: (device) => devices.get(device)?.size ?? 0,
    end(device) {
      for (const line of [...(devices.get(device) ?? [])]) line.end();
    },
    size: () => open.size,
    listen: ({ host, port }) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, () => {
          server.off('error', reject);
          server.on('error', (error) => log.error({ err: error, protocol: name }, 'listener'));
          const at = server.address();
          resolve(typeof at === 'object' && at !== null ? at.port : port);
        });
      }),
    async close() {
      door.close();
      strangers.close();
      for (const line of open.keys()) line.end();
      if (server.listening) await new Promise((resolve) => void server.close(resolve));
    },
  };
}

/** What is remembered of a connection when it has ended is no more than this. */
export function createLeave(): { readonly connection: Connection; taken(): void } {
  let isTaken = false;
  const connection = {
    get endedWell() {
      return isTaken;
    },
  };
  return {
    connection,
    taken() {
      isTaken = true;
    },
  };
}
