import { createServer, type Socket } from 'node:net';
import { addressGroup } from '../../lib/address.ts';
import type { Clock } from '../../lib/clock.ts';
import { createLineLimit } from '../../lib/line-limit.ts';
import type { Log } from '../../lib/log.ts';
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
  readonly limits: { readonly connectionsMax: number; readonly connectionsPerAddressMax: number };
  /** Begins to listen to a connection that has a place. */
  readonly open: (socket: Socket, address: string) => Line;
}

/** The connections of a listener within their bounds, and which devices speak over which of them. */
export interface Lines {
  /** Gives the port; rejects when it cannot be had. */
  listen(at: { readonly host: string; readonly port: number }): Promise<number>;
  /** Notes that a device speaks over a connection. */
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
const LOGGED_PER_MINUTE = 60;
const KEEP_ALIVE_MS = 60_000;

export function createLines(options: LinesOptions): Lines {
  const { clock, log, name, limits } = options;
  const open = new Set<Line>();
  const perNetwork = new Map<string, number>();
  /** The connections over which each device speaks, the oldest first. */
  const devices = new Map<string, Set<Line>>();
  const mayLog = createLineLimit(clock, LOGGED_PER_MINUTE, (lines) =>
    log.warn({ protocol: name, lines }, 'events of connections that were too many to log'),
  );
  const server = createServer({ allowHalfOpen: false }, accept);
  let isClosed = false;
  let trouble: Trouble | null = null;

  function tell(address: string, what: string): void {
    trouble = { words: what, atMs: clock.nowMs() };
    if (mayLog()) log.warn({ protocol: name, address }, what);
  }

  function accept(socket: Socket): void {
    const address = socket.remoteAddress ?? '';
    const network = addressGroup(address);
    const inNetwork = perNetwork.get(network) ?? 0;
    if (isClosed || open.size >= limits.connectionsMax || inNetwork >= limits.connectionsPerAddressMax) {
      socket.destroy();
      if (!isClosed) tell(address, 'connection refused: there are too many');
      return;
    }
    // A peer that is gone without a word is found within minutes, and is not shown as connected for hours.
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    const line = options.open(socket, address);
    open.add(line);
    perNetwork.set(network, inNetwork + 1);
    socket.once('close', () => {
      open.delete(line);
      const left = (perNetwork.get(network) ?? 1) - 1;
      if (left === 0) perNetwork.delete(network);
      else perNetwork.set(network, left);
      for (const device of line.devices) disown(line, device);
    });
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
      isClosed = true;
      for (const line of open) line.end();
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
