import { once } from 'node:events';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import { crc32 } from 'node:zlib';
import { Aedes, type AedesPublishPacket, type AuthenticateError, type Client, type PublishPacket } from 'aedes';
import memoryPersistence from 'aedes-persistence';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { type TokenBucket, takeToken } from '../lib/token-bucket.ts';
import { createAcknowledger } from './acknowledge.ts';
import { guardPackets, type PacketGuard, TICKET_BYTES } from './packet-guard.ts';
import { deviceOf, mayPublish, maySubscribe, type Principal, principalName, telemetryDevice } from './principal.ts';
import { createRefusals } from './refusals.ts';
import { keepAlive, shortenWay } from './shortcut.ts';

export interface BrokerLimits {
  /** Bytes of one PUBLISH. Telemetry that is larger is read past and told of; any other packet ends its connection. */
  readonly packetBytesMax: number;
  readonly connectionsMax: number;
  /** Publishes of one device above this rate are slowed down, never dropped. */
  readonly publishesPerSecondMax: number;
}

export const DEFAULT_LIMITS: BrokerLimits = {
  packetBytesMax: 8 << 20,
  connectionsMax: 20_000,
  publishesPerSecondMax: 10_000,
};

export interface BrokerOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: BrokerLimits;
  /** Undefined refuses the connection. */
  readonly authenticate: (username: string | undefined, password: Uint8Array | undefined) => Principal | undefined;
  /** What a device has used of its rate: the same object for the same device, so that nobody looks it up twice. */
  readonly bucketOf: (device: string) => TokenBucket;
  /**
   * Takes a telemetry publish. `done` must be called in the order of the calls, once the publish is durable; only then
   * PUBACK or PUBREC leaves. An error closes the connection, so that the device sends again later.
   */
  readonly ingest: (publish: TelemetryPublish, done: (error: Error | null) => void) => void;
  readonly qos2: Qos2Ledger;
}

export interface TelemetryPublish {
  readonly device: string;
  readonly topic: string;
  readonly payload: Uint8Array;
  /** The connection it came over: the same object for all that does. */
  readonly connection: { readonly endedWell: boolean };
  /** MQTT's DUP. */
  readonly isDuplicate: boolean;
  /** The size of the payload, where it was larger than the limit and `payload` is only its beginning. */
  readonly oversizedBytes?: number | undefined;
  readonly qos2: { readonly clientId: string; readonly messageId: number; readonly digest: number } | undefined;
}

/** What was published with QoS 2 and not released yet, durable across restarts. */
export interface Qos2Ledger {
  unreleasedDigest(clientId: string, messageId: number): number | undefined;
  /** Calls back once everything taken so far is on disk. */
  whenDurable(done: (error: Error | null) => void): void;
  release(clientId: string, messageId: number, done: (error: Error | null) => void): void;
}

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
  readonly tls?: { readonly cert: Uint8Array; readonly key: Uint8Array } | undefined;
}

/**
 * The MQTT 3.1.1 broker. Telemetry goes to `ingest` and nowhere else; what the server itself publishes (alerts,
 * commands) goes to subscribers in Aedes' usual way.
 */
export interface Broker {
  /** Opens a TCP (or TLS) listener and gives its port. */
  listen(address: ListenAddress): Promise<number>;
  /** Serves MQTT on an open stream, such as a WebSocket. */
  accept(stream: Duplex): void;
  publish(topic: string, payload: string, options: { readonly retain: boolean }): void;
  /** Connections a device has open. */
  connections(device: string): number;
  /** Closes a device's connections, because it was removed or its secret changed. */
  disconnect(device: string): void;
  stats(): BrokerStats;
  close(): Promise<void>;
}

export interface BrokerStats {
  readonly connections: number;
  /** Refusals by reason since the start. */
  readonly refused: Readonly<Record<string, number>>;
  /** Publishes that had to wait because their device was above its rate. */
  readonly throttled: number;
}

/** A connection together with who it is. */
interface Session {
  readonly principal: Principal;
  /** Packet ids of QoS 2 publishes that came in on this very connection. */
  readonly ownMessageIds: Set<number>;
  /** Whether the client has taken its leave with DISCONNECT. */
  readonly endedWell: boolean;
  /** The connection is over. What remembers the session does not keep the connection's memory. */
  end(): void;
}

/** A CONNECT or SUBSCRIBE that is larger is nobody's honest one. */
const OTHER_PACKET_BYTES_MAX = 256 * 1024;
/** What large packets that have not come in whole yet may hold in memory, of all connections together. */
const UNDER_WAY_BYTES_MAX = 256 << 20;
const BAD_USERNAME_OR_PASSWORD = 4;
const IDENTIFIER_REJECTED = 2;

/** Telemetry has no subscribers, so it does not pass through the broker's routing: that saves a third of its cost. */
class TelemetrySink extends Aedes {
  override publish(packet: PublishPacket, client?: Client | (() => void), done?: (error?: Error) => void): void {
    if (typeof client === 'object' && done !== undefined && telemetryDevice(packet.topic) !== undefined) {
      done();
      return;
    }
    const route = super.publish as (...args: unknown[]) => void;
    route.call(this, packet, client, done);
  }
}

export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const { clock, log, limits, qos2 } = options;
  const sessions = new WeakMap<Client, Session>();
  const connectionsByDevice = new Map<string, Set<Client>>();
  const servers: net.Server[] = [];
  const guards = new WeakMap<Duplex, PacketGuard>();
  const budget = { bytesMax: UNDER_WAY_BYTES_MAX, bytes: 0 };
  const refusals = createRefusals(clock, log);
  const acknowledge = createAcknowledger((client) => {
    refusals.count('acknowledgements-not-read', sessionName(sessions.get(client)));
  });
  let openStreams = 0;
  let throttled = 0;

  const aedes = new TelemetrySink({
    persistence: persistenceWithLedger(qos2),
    // Aedes counts packets that arrive before CONNACK; a device that pipelines its first publishes is no attacker.
    queueLimit: 1_000,
    authenticate(client, username, password, done) {
      const principal = options.authenticate(username, password === undefined ? undefined : password);
      if (principal === undefined) {
        refusals.count('bad-credentials', username ?? 'no user name');
        return done(refusal('bad user name or password', BAD_USERNAME_OR_PASSWORD), false);
      }
      const present = aedesClients(aedes)[client.id];
      const holder = present === undefined ? undefined : sessions.get(present);
      if (holder !== undefined && !isSame(holder.principal, principal)) {
        // Client ids are free to choose, so without this any device could throw any other off the broker.
        refusals.count('client-id-taken', principalName(principal));
        return done(refusal('client id is in use by somebody else', IDENTIFIER_REJECTED), false);
      }
      sessions.set(client, openSession(client, principal));
      done(null, true);
    },
    authorizePublish(client, packet, done) {
      const session = client === null ? undefined : sessions.get(client);
      if (client === null || session === undefined) return done(new Error('not authorised'));
      if (!mayPublish(session.principal, packet.topic)) {
        refusals.count('publish-not-allowed', `${principalName(session.principal)} to ${packet.topic}`);
        return done(new Error('publish not allowed'));
      }
      const device = telemetryDevice(packet.topic);
      if (device === undefined) return done(null);
      admitTelemetry(client, session, packet, device, done);
    },
    authorizeSubscribe(client, subscription, done) {
      const session = sessions.get(client);
      if (session !== undefined && maySubscribe(session.principal, subscription.topic)) return done(null, subscription);
      refusals.count('subscribe-not-allowed', `${sessionName(session)} to ${subscription.topic}`);
      done(null, null);
    },
  });
  await aedes.listen();

  /** Takes a publish at the device's rate. Aedes reads no more from the socket until `done`, so nothing is lost. */
  function admitTelemetry(
    client: Client,
    session: Session,
    packet: PublishPacket,
    device: string,
    done: (error?: Error | null) => void,
  ): void {
    const waitMs = takeToken(options.bucketOf(device), limits.publishesPerSecondMax, clock.steadyMs());
    if (waitMs === 0) return takeTelemetry(client, session, packet, device, done);
    throttled++;
    clock.after(waitMs, () => takeTelemetry(client, session, packet, device, done));
  }

  function takeTelemetry(
    client: Client,
    session: Session,
    packet: PublishPacket,
    device: string,
    done: (error?: Error | null) => void,
  ): void {
    const whole = payloadBytes(packet.payload);
    const oversized = whole.length === TICKET_BYTES ? guards.get(client.conn)?.takeOversized(whole) : undefined;
    const payload = oversized?.head ?? whole;
    const oversizedBytes = oversized?.payloadBytes;
    const { messageId } = packet;
    const { topic, dup: isDuplicate } = packet;
    if (packet.qos === 0 || messageId === undefined) {
      return options.ingest(
        { device, topic, payload, connection: session, isDuplicate, oversizedBytes, qos2: undefined },
        done,
      );
    }
    if (packet.qos === 1) {
      return options.ingest(
        { device, topic, payload, connection: session, isDuplicate, oversizedBytes, qos2: undefined },
        (error) => {
          if (error !== null) return done(error);
          acknowledge(client, messageId);
          // To Aedes it is a QoS 0 publish from here on, so that it does not acknowledge once more.
          packet.qos = 0;
          done(null);
        },
      );
    }
    const digest = oversized?.digest ?? crc32(payload, crc32(topic));
    const known = qos2.unreleasedDigest(client.id, messageId);
    if (known !== undefined && isRedelivery(client, session, packet, known === digest)) {
      // The first copy may still wait for its fsync, and PUBREC may not overtake it.
      return qos2.whenDurable(done);
    }
    session.ownMessageIds.add(messageId);
    const release = { clientId: client.id, messageId, digest };
    options.ingest({ device, topic, payload, connection: session, isDuplicate, oversizedBytes, qos2: release }, done);
  }

  aedes.on('clientReady', (client) => {
    const session = sessions.get(client);
    if (session === undefined) return;
    shortenWay(client, (packet, done) => {
      const device = telemetryDevice(packet.topic);
      if (device === undefined || !isTelemetry(packet.topic) || !mayPublish(session.principal, packet.topic))
        return false;
      admitTelemetry(client, session, packet, device, done);
      return true;
    });
  });
  aedes.on('client', (client) => {
    const device = deviceOf(sessions.get(client)?.principal);
    if (device === null) return;
    const clients = connectionsByDevice.get(device) ?? new Set();
    connectionsByDevice.set(device, clients.add(client));
  });
  aedes.on('clientDisconnect', (client) => {
    sessions.get(client)?.end();
    const device = deviceOf(sessions.get(client)?.principal);
    if (device === null) return;
    const clients = connectionsByDevice.get(device);
    clients?.delete(client);
    if (clients?.size === 0) connectionsByDevice.delete(device);
  });
  aedes.on('clientError', (client, error) =>
    log.debug({ client: client.id, error: error.message }, 'mqtt client error'),
  );
  aedes.on('connectionError', (_client, error) => log.debug({ error: error.message }, 'mqtt connection error'));

  function accept(stream: Duplex): void {
    if (openStreams >= limits.connectionsMax) {
      refusals.count('too-many-connections', 'all');
      stream.destroy();
      return;
    }
    openStreams++;
    stream.once('close', () => openStreams--);
    const clientOf = () => (stream as Duplex & { client?: Client }).client;
    const sessionOf = () => {
      const client = clientOf();
      return client === undefined ? undefined : sessions.get(client);
    };
    const guard = guardPackets(stream, {
      publishBytesMax: limits.packetBytesMax,
      otherBytesMax: Math.min(limits.packetBytesMax, OTHER_PACKET_BYTES_MAX),
      budget,
      maySkip(topic) {
        const session = sessionOf();
        // Who has sent a CONNECT and was not answered yet is looked at when it comes to the publish.
        return isTelemetry(topic) && (session === undefined || mayPublish(session.principal, topic));
      },
      onRefused: (reason, bytes) => refusals.count(reason, sessionName(sessionOf()), { bytes }),
      // A packet that takes long to come in is a sign of life.
      onUnderWay: () => keepAlive(clientOf()),
    });
    guards.set(stream, guard);
    aedes.handle(stream);
  }

  return {
    accept,

    async listen(address) {
      const onSocket = (socket: net.Socket) => {
        // A PUBACK is 4 bytes; holding it back to fill a packet would make every device wait.
        socket.setNoDelay(true);
        accept(socket);
      };
      const server =
        address.tls === undefined
          ? net.createServer(onSocket)
          : tls.createServer({ cert: Buffer.from(address.tls.cert), key: Buffer.from(address.tls.key) }, onSocket);
      server.on('tlsClientError', (error) => refusals.count('tls-handshake', error.message));
      server.listen(address.port, address.host);
      await once(server, 'listening');
      servers.push(server);
      const bound = server.address();
      return typeof bound === 'object' && bound !== null ? bound.port : address.port;
    },

    publish(topic, payload, { retain }) {
      aedes.publish(
        { cmd: 'publish', topic, payload: Buffer.from(payload), qos: 1, retain, dup: false } as PublishPacket,
        () => {},
      );
    },

    connections: (device) => connectionsByDevice.get(device)?.size ?? 0,

    disconnect(device) {
      for (const client of [...(connectionsByDevice.get(device) ?? [])]) client.close();
    },

    stats: () => ({ connections: aedes.connectedClients, refused: refusals.counts(), throttled }),

    async close() {
      for (const server of servers) server.close();
      await new Promise<void>((resolve) => aedes.close(() => resolve()));
    },
  };
}

/**
 * Whether a QoS 2 publish whose packet id is not released yet is the same message again. In a kept session it always is.
 * After a clean start the id may be used for something new; some clients then resend what they had not finished, and not
 * all of them set DUP, so the digest decides.
 */
function isRedelivery(client: Client, session: Session, packet: PublishPacket, hasSameDigest: boolean): boolean {
  const isInSession = !client.clean || session.ownMessageIds.has(packet.messageId ?? 0);
  return isInSession || hasSameDigest;
}

function openSession(client: Client, principal: Principal): Session {
  let open: Client | undefined = client;
  let hasEndedWell = false;
  return {
    principal,
    ownMessageIds: new Set(),
    get endedWell() {
      return open === undefined ? hasEndedWell : hasTakenLeave(open);
    },
    end() {
      hasEndedWell = this.endedWell;
      open = undefined;
    },
  };
}

/** Aedes keeps this of a client for its will, and does not say so in its types. */
function hasTakenLeave(client: Client): boolean {
  return (client as unknown as { readonly _disconnected?: boolean })._disconnected === true;
}

/** The part of an Aedes persistence that is extended. */
interface IncomingStore {
  incomingGetPacket(client: Client, packet: AedesPublishPacket): Promise<unknown>;
}

/** Aedes' in-memory sessions, except that a released packet id is forgotten durably before PUBCOMP leaves. */
function persistenceWithLedger(qos2: Qos2Ledger): unknown {
  // The package's types describe a class that its CommonJS entry does not export; calling it is its documented use.
  const createPersistence = memoryPersistence as unknown as () => IncomingStore;
  const persistence = createPersistence();
  const getPacket = persistence.incomingGetPacket.bind(persistence);
  persistence.incomingGetPacket = async (client, packet) => {
    // Aedes asks for the packet first thing on PUBREL, also for one from before a restart.
    if ((packet.cmd as string) === 'pubrel') await released(qos2, client.id, packet.messageId ?? 0);
    return getPacket(client, packet);
  };
  return persistence;
}

function released(qos2: Qos2Ledger, clientId: string, messageId: number): Promise<void> {
  return new Promise((resolve, reject) => {
    qos2.release(clientId, messageId, (error) => (error === null ? resolve() : reject(error)));
  });
}

/** Wildcards are no topic names; Aedes closes the connection for them. */
function isTelemetry(topic: string): boolean {
  const device = telemetryDevice(topic);
  return device !== undefined && !/[+#]/.test(device);
}

function sessionName(session: Session | undefined): string {
  return session === undefined ? 'not connected' : principalName(session.principal);
}

function payloadBytes(payload: string | Buffer): Uint8Array {
  return typeof payload === 'string' ? Buffer.from(payload) : payload;
}

function refusal(message: string, returnCode: number): AuthenticateError {
  return Object.assign(new Error(message), { returnCode });
}

function isSame(a: Principal, b: Principal): boolean {
  return a.kind === b.kind && principalName(a) === principalName(b);
}

function aedesClients(aedes: Aedes): Record<string, Client | undefined> {
  return (aedes as unknown as { clients: Record<string, Client | undefined> }).clients;
}
