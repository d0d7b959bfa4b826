import type { AedesPublishPacket, Client, Subscription } from 'aedes';
import memoryPersistence from 'aedes-persistence';
import type { Clock } from '../lib/clock.ts';
import type { SaidByMessages } from './mqtt5/said.ts';
import { createOutgoing, type Outgoing } from './outgoing.ts';
import { COMMANDS_PREFIX } from './principal.ts';
import { ownerOf, type Qos2Ledger } from './qos2-ledger.ts';

export interface SessionsOptions {
  readonly clock: Clock;
  readonly ledger: Qos2Ledger;
  readonly said: Pick<SaidByMessages, 'bytes' | 'move'>;
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
  /** Whether there is something that a client could take up again. */
  isKept(session: string): boolean;
  /** A client comes, before Aedes looks for what there is of its session. */
  come(session: string, client: Client, how: Coming): void;
  /** A client of version 5 goes; unless somebody comes for its session, it is forgotten after that time. */
  leave(session: string, client: Client, expiryMs: number): void;
  /**
   * Calls back after that time, with false when the session's client has come for it before; when it has come without
   * wanting it, the session has ended and with it the delay.
   */
  delayWill(session: string, client: Client, delayMs: number, done: (isDue: boolean) => void): void;
  /** What was sent to a session is over without its answer. */
  discardMessage(session: string, messageId: number): void;
  /** What Aedes looks up of retained messages in this turn is not to have those of these filters. */
  withoutRetained(filters: readonly string[]): void;
  /** Forgets all of an owner, who is no more. */
  drop(owner: string): void;
  /** Forgets what is retained under a topic. */
  dropRetained(topic: string): void;
  close(): void;
}

/** How a client comes. */
export interface Coming {
  /** It wants nothing of what is there. */
  readonly startsClean: boolean;
  /** What it leaves is kept. Beyond `keptMax` the owner's session that has been away longest is forgotten. */
  readonly isKept: boolean;
  readonly keptMax: number;
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
  createRetainedStreamCombi(filters: readonly string[]): unknown;
}

/**
 * Aedes' in-memory sessions, except that what waits for them has bounds (outgoing.ts), that a released packet id is forgotten durably before PUBCOMP leaves, that only what
 * was granted of a SUBSCRIBE is kept, and that an owner has so many of them and no more.
 */
export function createSessions(options: SessionsOptions): Sessions {
  const { clock, ledger, said, isConnected, isGranted, onReleased } = options;
  // The package's types describe a class that its CommonJS entry does not export; calling it is its documented use.
  const createPersistence = memoryPersistence as unknown as () => Persistence;
  const outgoing = createOutgoing(WAITING, {
    beside: said.bytes,
    onDropped: (session, { topic }) => options.onDropped(session, topic),
  });
  const persistence = Object.assign(createPersistence(), outgoing);
  /** Sessions that are kept, by owner; who came last stands last. */
  const kept = new Map<string, Set<string>>();
  /** Of sessions that are to end, whose client has gone: what calls that off. */
  const expiring = new Map<string, () => void>();
  const wills = new Map<string, (isDue: boolean) => void>();
  /** Who came for a session last; what an earlier client of it leaves is not its own any more. */
  const holders = new Map<string, { readonly client: Client; readonly startsClean: boolean }>();

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
    const ownBytes = topic.length + payload.length + said.bytes(payload);
    const bytes = payload.length === 0 ? 0 : ownBytes + RETAINED_OVERHEAD_BYTES;
    if (bytes > before && retainedBytes - before + bytes > RETAINED_COMMANDS_BYTES_MAX) {
      options.onNotRetained(topic);
      return;
    }
    retainedBytes += bytes - before;
    if (bytes === 0) retained.delete(topic);
    else retained.set(topic, bytes);
    // What was read with it in one piece would be kept with it.
    const copy = Buffer.from(payload);
    said.move(payload, copy);
    await storeRetained({ ...packet, payload: copy });
  };

  const streamRetained = persistence.createRetainedStreamCombi.bind(persistence);
  let quiet: readonly string[] = [];
  persistence.createRetainedStreamCombi = (filters) =>
    streamRetained(quiet.length === 0 ? filters : filters.filter((filter) => !quiet.includes(filter)));

  function discard(session: string): void {
    const owner = ownerOf(session);
    const sessions = kept.get(owner);
    sessions?.delete(session);
    if (sessions?.size === 0) kept.delete(owner);
  }

  function forget(session: string): void {
    discard(session);
    stopExpiry(session);
    // In memory they are done when they return.
    const client = { id: session };
    void persistence.cleanSubscriptions(client);
    void persistence.cleanIncoming(client);
    outgoing.forget(session);
  }

  function stopExpiry(session: string): void {
    expiring.get(session)?.();
    expiring.delete(session);
  }

  /** Who came for the session after that client. */
  function successorOf(session: string, client: Client) {
    const holder = holders.get(session);
    return holder?.client === client ? undefined : holder;
  }

  function makeRoom(owner: string, session: string, keptMax: number): void {
    const sessions = kept.get(owner) ?? new Set();
    kept.set(owner, sessions);
    sessions.delete(session);
    sessions.add(session);
    if (sessions.size <= keptMax) return;
    for (const other of sessions) {
      if (other === session || isConnected(other)) continue;
      forget(other);
      return;
    }
  }

  return {
    persistence,

    isKept: (session) => kept.get(ownerOf(session))?.has(session) === true,

    come(session, client, { startsClean, isKept, keptMax }) {
      stopExpiry(session);
      holders.set(session, { client, startsClean });
      client.conn.once('close', () => {
        if (holders.get(session)?.client === client) holders.delete(session);
      });
      wills.get(session)?.(startsClean);
      if (startsClean && isKept) forget(session);
      if (isKept) makeRoom(ownerOf(session), session, keptMax);
      // Aedes forgets the rest of it.
      else discard(session);
    },

    leave(session, client, expiryMs) {
      if (successorOf(session, client) !== undefined || expiryMs === Number.POSITIVE_INFINITY) return;
      stopExpiry(session);
      if (expiryMs === 0) forget(session);
      else
        expiring.set(
          session,
          clock.after(expiryMs, () => forget(session)),
        );
    },

    delayWill(session, client, delayMs, done) {
      wills.get(session)?.(true);
      const successor = successorOf(session, client);
      if (successor !== undefined) return done(successor.startsClean);
      const end = (isDue: boolean) => {
        wills.delete(session);
        cancel();
        done(isDue);
      };
      const cancel = clock.after(delayMs, () => end(true));
      wills.set(session, end);
    },

    discardMessage(session, messageId) {
      void outgoing.outgoingClearMessageId({ id: session }, { messageId });
    },

    withoutRetained(filters) {
      quiet = filters;
      queueMicrotask(() => {
        quiet = [];
      });
    },

    drop(owner) {
      for (const session of [...(kept.get(owner) ?? [])]) forget(session);
    },

    close() {
      for (const cancel of expiring.values()) cancel();
      expiring.clear();
    },

    dropRetained: (topic) => void persistence.storeRetained({ topic, payload: Buffer.alloc(0) }),
  };
}

function released(ledger: Qos2Ledger, session: string, messageId: number): Promise<void> {
  return new Promise((resolve, reject) => {
    ledger.release(session, messageId, (error) => (error === null ? resolve() : reject(error)));
  });
}
