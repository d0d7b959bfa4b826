import type { Client } from 'aedes';
import { type MqttPrincipal, ownerName, principalName } from './principal.ts';

/** A connection together with who it is. */
export interface Session {
  readonly principal: MqttPrincipal;
  /** Where it comes from, as a network counts as one. */
  readonly network: string;
  readonly owner: string;
  /** Packet ids of QoS 2 publishes that came in on this very connection and are not released. */
  readonly ownMessageIds: Set<number>;
  /** What it has subscribed to, and with which quality of service. */
  readonly filters: Map<string, 0 | 1 | 2>;
  /** How many answers to what was delivered to it are to come. */
  answersDue: number;
  /** Whether it wanted nothing of what an earlier connection left behind. */
  readonly startsClean: boolean;
  /** Whether the client has taken its leave with DISCONNECT. */
  readonly endedWell: boolean;
  /** Its right has ended: nothing it has sent or left behind is done any more. */
  isEnded: boolean;
}

/** What to call a connection in logs and counts. */
export function sessionName(session: Session | undefined): string {
  return session === undefined ? 'not connected' : principalName(session.principal);
}

/** A connection whose credentials were found right. */
export interface Arrival {
  readonly principal: MqttPrincipal;
  readonly network: string;
  /** The connection of the same session that is there. */
  readonly replaces: Client | undefined;
  readonly startsClean: boolean;
}

/** The connections whose credentials were found right, by whose they are. */
export interface Connections {
  /** Undefined when there is no place left for it. It may have that of the one it `replaces`. */
  add(client: Client, arrival: Arrival): Session | undefined;
  session(client: Client): Session | undefined;
  /** Closes a connection whose right has ended, without its will. */
  end(client: Client): void;
  /** Those of an owner, oldest first. */
  ofOwner(owner: string): readonly Client[];
  count(owner: string): number;
  size(): number;
}

export interface ConnectionsOptions {
  readonly max: number;
  readonly perNetworkMax: number;
  /** Told of a connection that makes room for another, before it is closed. */
  readonly onMakesRoom: (client: Client, session: Session) => void;
  /** Told of a connection whose right has ended, before it is closed. */
  readonly onEnds: (client: Client) => void;
}

/**
 * Connections of one device; who opens more loses its first ones, as when its network has left some half open. A token may
 * serve a whole gateway, and those who do not say who they are may be many.
 */
const PER_DEVICE_MAX = 16;

/**
 * Places are shared out evenly: when there are none left, or none for a network, whoever holds the most of them gives one to
 * somebody who holds fewer. So a device has a place as long as others have two.
 */
export function createConnections({ max, perNetworkMax, onMakesRoom, onEnds }: ConnectionsOptions): Connections {
  const sessions = new WeakMap<Client, Session>();
  const owners = new Map<string, Set<Client>>();
  /** The owners that have more than one. */
  const crowded = new Map<string, Set<Client>>();
  const perNetwork = new Map<string, number>();
  let size = 0;

  function remove(client: Client, { owner, network }: Session): void {
    const clients = owners.get(owner);
    if (clients?.delete(client) !== true) return;
    size--;
    if (clients.size <= 1) crowded.delete(owner);
    if (clients.size === 0) owners.delete(owner);
    const left = (perNetwork.get(network) ?? 1) - 1;
    if (left === 0) perNetwork.delete(network);
    else perNetwork.set(network, left);
  }

  function makeRoom(client: Client): void {
    const session = sessions.get(client);
    if (session === undefined) return;
    remove(client, session);
    onMakesRoom(client, session);
    client.close();
  }

  /** The first connection of whoever holds the most, if that is at least two more than `held`. */
  function mostOf(held: number, isConcerned: (client: Client) => boolean): Client | undefined {
    let most = held + 1;
    let found: Client | undefined;
    for (const clients of crowded.values()) {
      if (clients.size <= most) continue;
      const concerned = [...clients].filter(isConcerned);
      if (concerned.length <= most) continue;
      most = concerned.length;
      found = concerned[0];
    }
    return found;
  }

  function hasRoom(owner: string, network: string): boolean {
    const own = [...(owners.get(owner) ?? [])];
    const isThere = (client: Client) => sessions.get(client)?.network === network;
    if ((perNetwork.get(network) ?? 0) >= perNetworkMax) {
      const one = mostOf(own.filter(isThere).length, isThere);
      if (one === undefined) return false;
      makeRoom(one);
    }
    if (size >= max) {
      const one = mostOf(own.length, () => true);
      if (one === undefined) return false;
      makeRoom(one);
    }
    return true;
  }

  return {
    add(client, { principal, network, replaces, startsClean }) {
      const owner = ownerName(principal);
      const [first] = owners.get(owner) ?? [];
      const isFull = principal.kind === 'device' && (owners.get(owner)?.size ?? 0) >= PER_DEVICE_MAX;
      if (isFull && first !== undefined) makeRoom(first);
      if (!hasRoom(owner, network)) {
        // A device whose last connection is dead and not known to be has that one's place.
        const before = replaces ?? (principal.kind === 'device' ? first : undefined);
        if (before === undefined) return undefined;
        makeRoom(before);
      }
      const session = openSession(client, { principal, network, startsClean }, owner);
      sessions.set(client, session);
      if (client.conn.destroyed) return session;
      const clients = owners.get(owner) ?? new Set();
      owners.set(owner, clients.add(client));
      if (clients.size > 1) crowded.set(owner, clients);
      perNetwork.set(network, (perNetwork.get(network) ?? 0) + 1);
      size++;
      // Aedes says nothing of clients that go before they are registered; the stream always closes.
      client.conn.once('close', () => remove(client, session));
      return session;
    },

    session: (client) => sessions.get(client),

    end(client) {
      const session = sessions.get(client);
      if (session === undefined || session.isEnded) return;
      session.isEnded = true;
      remove(client, session);
      onEnds(client);
      client.close();
    },

    ofOwner: (owner) => [...(owners.get(owner) ?? [])],
    count: (owner) => owners.get(owner)?.size ?? 0,
    size: () => size,
  };
}

function openSession(
  client: Client,
  { principal, network, startsClean }: Omit<Arrival, 'replaces'>,
  owner: string,
): Session {
  // What remembers the session does not keep the connection's memory.
  let open: Client | undefined = client;
  let hasEndedWell = false;
  client.conn.once('close', () => {
    hasEndedWell = open !== undefined && hasTakenLeave(open);
    open = undefined;
  });
  return {
    principal,
    network,
    owner,
    ownMessageIds: new Set(),
    filters: new Map(),
    answersDue: 0,
    startsClean,
    isEnded: false,
    get endedWell() {
      return open === undefined ? hasEndedWell : hasTakenLeave(open);
    },
  };
}

/** Aedes keeps this of a client for its will, and does not say so in its types. */
function hasTakenLeave(client: Client): boolean {
  return (client as unknown as { readonly _disconnected?: boolean })._disconnected === true;
}
