import type { Client } from 'aedes';
import { ownerName, type Principal } from './principal.ts';

/** A connection together with who it is. */
export interface Session {
  readonly principal: Principal;
  readonly owner: string;
  /** Packet ids of QoS 2 publishes that came in on this very connection and are not released. */
  readonly ownMessageIds: Set<number>;
  /** What it has subscribed to. */
  readonly filters: Set<string>;
  /** Whether the client has taken its leave with DISCONNECT. */
  readonly endedWell: boolean;
  /** Its right has ended: nothing it has sent or left behind is done any more. */
  isEnded: boolean;
}

/** The connections whose credentials were found right, by whose they are. */
export interface Connections {
  add(client: Client, principal: Principal): Session;
  session(client: Client): Session | undefined;
  /** Closes a connection whose right has ended, without its will. */
  end(client: Client): void;
  /** Those of an owner, oldest first. */
  ofOwner(owner: string): readonly Client[];
  count(owner: string): number;
  size(): number;
}

export function createConnections(): Connections {
  const sessions = new WeakMap<Client, Session>();
  const owners = new Map<string, Set<Client>>();
  let size = 0;

  function remove(client: Client, owner: string): void {
    const clients = owners.get(owner);
    if (clients?.delete(client) !== true) return;
    size--;
    if (clients.size === 0) owners.delete(owner);
  }

  return {
    add(client, principal) {
      const owner = ownerName(principal);
      const session = openSession(client, principal, owner);
      sessions.set(client, session);
      if (client.conn.destroyed) return session;
      const clients = owners.get(owner) ?? new Set();
      owners.set(owner, clients.add(client));
      size++;
      // Aedes says nothing of clients that go before they are registered; the stream always closes.
      client.conn.once('close', () => remove(client, owner));
      return session;
    },

    session: (client) => sessions.get(client),

    end(client) {
      const session = sessions.get(client);
      if (session === undefined || session.isEnded) return;
      session.isEnded = true;
      remove(client, session.owner);
      client.close();
    },

    ofOwner: (owner) => [...(owners.get(owner) ?? [])],
    count: (owner) => owners.get(owner)?.size ?? 0,
    size: () => size,
  };
}

function openSession(client: Client, principal: Principal, owner: string): Session {
  // What remembers the session does not keep the connection's memory.
  let open: Client | undefined = client;
  let hasEndedWell = false;
  client.conn.once('close', () => {
    hasEndedWell = open !== undefined && hasTakenLeave(open);
    open = undefined;
  });
  return {
    principal,
    owner,
    ownMessageIds: new Set(),
    filters: new Set(),
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
