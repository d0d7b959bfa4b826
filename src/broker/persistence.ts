import type { AedesPublishPacket, Client, Subscription } from 'aedes';
import memoryPersistence from 'aedes-persistence';
import { createOutgoing, type Outgoing } from './outgoing.ts';
import { COMMANDS_PREFIX } from './principal.ts';
import { ownerOf, type Qos2Ledger } from './qos2-ledger.ts';

export interface SessionsOptions {
  readonly ledger: Qos2Ledger;
  /** Whether somebody is connected as that session. */
  readonly isConnected: (session: string) => boolean;
  /** Whether the connection was given that subscription. */
  readonly isGranted: (client: Client, filter: string) => boolean;
  /** The packet id of a QoS 2 publish is free again. */
  readonly onReleased: (client: Client, messageId: number) => void;
  /** What waited for a session had to make room. */
  readonly onDropped: (session: string, topic: string) => void;
  /** A command that was to be retained is not, since there is no room for it. */
  readonly onNotRetained: (topic: string) => void;
}

/** The sessions that outlive their connections, in memory. Aedes knows each by its `sessionKey`. */
export interface Sessions {
  /** What Aedes is given as its persistence. */
  readonly persistence: unknown;
  /** A client comes with `clean: false`. Beyond `keptMax` the owner's session that has been away longest is forgotten. */
  keep(session: string, keptMax: number): void;
  /** A client comes with `clean: true`, so Aedes forgets its session. */
  discard(session: string): void;
  /** Forgets all of an owner, who is no more. */
  drop(owner: string): void;
  /** Forgets what is retained under a topic. */
  dropRetained(topic: string): void;
}

/** Messages that wait for sessions, most of them for clients that are away. */
const WAITING = { messagesMax: 1_000, bytesMax: 4 << 20, totalBytesMax: 64 << 20 };

/** Of commands that are retained, topics and all. Alerts have no such bound: there is one for each that is open. */
const RETAINED_COMMANDS_BYTES_MAX = 32 << 20;
/** What a retained message takes beside its bytes. */
const RETAINED_OVERHEAD_BYTES = 500;

/** The part of an Aedes persistence that is used or extended. */
interface Persistence extends Outgoing {
  incomingGetPacket(client: Client, packet: AedesPublishPacket): Promise<unknown>;
  addSubscriptions(client: Client, subscriptions: readonly Subscription[]): Promise<unknown>;
  cleanSubscriptions(client: { id: string }): Promise<unknown>;
  cleanIncoming(client: { id: string }): Promise<unknown>;
  storeRetained(packet: Pick<AedesPublishPacket, 'topic' | 'payload'>): Promise<void>;
}

/**
 * Aedes' in-memory sessions, except that what waits for them has bounds (outgoing.ts), that a released packet id is forgotten durably before PUBCOMP leaves, that only what
 * was granted of a SUBSCRIBE is kept, and that an owner has so many of them and no more.
 */
export function createSessions(options: SessionsOptions): Sessions {
  const { ledger, isConnected, isGranted, onReleased } = options;
  // The package's types describe a class that its CommonJS entry does not export; calling it is its documented use.
  const createPersistence = memoryPersistence as unknown as () => Persistence;
  const outgoing = createOutgoing(WAITING, (session, { topic }) => options.onDropped(session, topic));
  const persistence = Object.assign(createPersistence(), outgoing);
  /** Sessions that are kept, by owner; who came last stands last. */
  const kept = new Map<string, Set<string>>();

  const getPacket = persistence.incomingGetPacket.bind(persistence);
  persistence.incomingGetPacket = async (client, packet) => {
    // Aedes asks for the packet first thing on PUBREL, also for one from before a restart.
    const { messageId } = packet;
    if ((packet.cmd as string) === 'pubrel' && messageId !== undefined) {
      await released(ledger, client.id, messageId);
      onReleased(client, messageId);
    }
    return getPacket(client, packet);
  };

  const addSubscriptions = persistence.addSubscriptions.bind(persistence);
  /** The packet that was stored last: Aedes hands over all filters of a packet for each one of them. */
  const stored = new WeakMap<Client, readonly Subscription[]>();
  persistence.addSubscriptions = async (client, subscriptions) => {
    if (stored.get(client) === subscriptions) return;
    stored.set(client, subscriptions);
    // Its other filters are looked at in this turn.
    await null;
    // Aedes would keep the refused ones too, and queue for them what comes while the client is away.
    await addSubscriptions(
      client,
      subscriptions.filter(({ topic }) => isGranted(client, topic)),
    );
  };

  const storeRetained = persistence.storeRetained.bind(persistence);
  const retained = new Map<string, number>();
  let retainedBytes = 0;
  persistence.storeRetained = async (packet) => {
    const { topic, payload } = packet;
    if (!topic.startsWith(COMMANDS_PREFIX)) return storeRetained(packet);
    const before = retained.get(topic) ?? 0;
    const bytes = payload.length === 0 ? 0 : topic.length + payload.length + RETAINED_OVERHEAD_BYTES;
    if (bytes > before && retainedBytes - before + bytes > RETAINED_COMMANDS_BYTES_MAX) {
      options.onNotRetained(topic);
      return;
    }
    retainedBytes += bytes - before;
    if (bytes === 0) retained.delete(topic);
    else retained.set(topic, bytes);
    // What was read with it in one piece would be kept with it.
    await storeRetained({ ...packet, payload: Buffer.from(payload) });
  };

  function discard(session: string): void {
    const owner = ownerOf(session);
    const sessions = kept.get(owner);
    sessions?.delete(session);
    if (sessions?.size === 0) kept.delete(owner);
  }

  async function forget(session: string): Promise<void> {
    discard(session);
    const client = { id: session };
    await persistence.cleanSubscriptions(client);
    await persistence.cleanIncoming(client);
    outgoing.forget(session);
  }

  return {
    persistence,
    discard,

    keep(session, keptMax) {
      const owner = ownerOf(session);
      const sessions = kept.get(owner) ?? new Set();
      kept.set(owner, sessions);
      sessions.delete(session);
      sessions.add(session);
      if (sessions.size <= keptMax) return;
      for (const other of sessions) {
        if (other === session || isConnected(other)) continue;
        void forget(other);
        return;
      }
    },

    drop(owner) {
      for (const session of [...(kept.get(owner) ?? [])]) void forget(session);
    },

    dropRetained: (topic) => void persistence.storeRetained({ topic, payload: Buffer.alloc(0) }),
  };
}

function released(ledger: Qos2Ledger, session: string, messageId: number): Promise<void> {
  return new Promise((resolve, reject) => {
    ledger.release(session, messageId, (error) => (error === null ? resolve() : reject(error)));
  });
}
