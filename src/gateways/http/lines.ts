import type { CallerSocket } from '../../model/http-ingest.ts';
import type { Connection } from '../../model/source.ts';

/** A call under way. */
export interface Line {
  /** What it came over; the same object for all calls of one TCP connection. */
  readonly connection: Connection;
  /** The caller is told whether its message is on disk. */
  answered(isStored: boolean): void;
  close(): void;
}

export interface Lines {
  /** `owner`: the device whose own secret was given. */
  open(socket: CallerSocket, device: string, owner: string | null): Line;
  /** Connections over which a device speaks for itself, and nobody else does. */
  count(device: string): number;
  /** Ends the connections of a device, and those over which a message of it is coming in. */
  end(device: string): void;
  endAll(): void;
}

interface SocketState {
  /** The device that speaks over it with its own secret; null: a token does, or several, as through a proxy. */
  owner: string | null;
  readonly underWay: string[];
  /** An answer was not what the caller hoped for, or never reached it. */
  isBroken: boolean;
  readonly connection: Connection;
}

/** Of one device; who opens more loses its first ones, as over MQTT. */
const PER_DEVICE_MAX = 16;

/**
 * Who speaks over which connection. HTTP has no session and no leave-taking; what tells that a caller knows what became of
 * its messages is that it closed the connection after all its answers. Otherwise it may send one of them again.
 */
export function createLines(perOwnerMax = PER_DEVICE_MAX): Lines {
  const sockets = new Map<CallerSocket, SocketState>();
  /** Of each device; the oldest first. */
  const devices = new Map<string, Set<CallerSocket>>();

  function disown(socket: CallerSocket, owner: string | null): void {
    if (owner === null) return;
    const own = devices.get(owner);
    own?.delete(socket);
    if (own?.size === 0) devices.delete(owner);
  }

  function own(socket: CallerSocket, owner: string | null): void {
    if (owner === null) return;
    const own = devices.get(owner) ?? new Set();
    devices.set(owner, own.add(socket));
    const [oldest] = own.size > perOwnerMax ? own : [];
    oldest?.destroy();
  }

  function stateOf(socket: CallerSocket, owner: string | null): SocketState {
    const known = sockets.get(socket);
    if (known !== undefined) return known;
    let hasEndedWell = false;
    const connection = {
      get endedWell() {
        return hasEndedWell;
      },
    };
    const state: SocketState = { owner, underWay: [], isBroken: false, connection };
    sockets.set(socket, state);
    own(socket, owner);
    socket.once('end', () => {
      hasEndedWell = !state.isBroken && state.underWay.length === 0;
    });
    socket.once('close', () => {
      sockets.delete(socket);
      disown(socket, state.owner);
    });
    return state;
  }

  return {
    open(socket, device, owner) {
      const state = stateOf(socket, owner);
      if (state.owner !== owner) {
        disown(socket, state.owner);
        state.owner = null;
      }
      state.underWay.push(device);
      return {
        connection: state.connection,
        answered(isStored) {
          if (!isStored) state.isBroken = true;
        },
        close: () => void state.underWay.splice(state.underWay.indexOf(device), 1),
      };
    },

    count: (device) => devices.get(device)?.size ?? 0,

    end(device) {
      for (const [socket, { owner, underWay }] of sockets) {
        if (owner === device || underWay.includes(device)) socket.destroy();
      }
    },

    endAll() {
      for (const socket of sockets.keys()) socket.destroy();
    },
  };
}
