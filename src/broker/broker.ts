import type { Duplex } from 'node:stream';
import type { Client, PublishPacket } from 'aedes';
import { brief } from '../lib/brief.ts';
import type { Clock } from '../lib/clock.ts';
import type { Guesses } from '../lib/guesses.ts';
import type { Log } from '../lib/log.ts';
import type { RefusedNames } from '../lib/refused-names.ts';
import type { TokenBucket } from '../lib/token-bucket.ts';
import type { Source, SourceOptions } from '../model/source.ts';
import { createAcknowledger } from './acknowledge.ts';
import { createAdmission } from './admission.ts';
import { clientsOf, replaceOnlyItself, TelemetrySink } from './aedes-parts.ts';
import { createAuthorization } from './authorize.ts';
import { createConnections, type Session, sessionName } from './connections.ts';
import type { BrokerLimits } from './limits.ts';
import { createListeners, type ListenAddress } from './listeners.ts';
import { createLogin } from './login.ts';
import { speakVersion5 } from './mqtt5/connection.ts';
import { REASON } from './mqtt5/reasons.ts';
import { createSaidByMessages } from './mqtt5/said.ts';
import { type ControlPacket, newAllowance, UNITS_OF_A_PACKET } from './pace.ts';
import { createPeers } from './peers.ts';
import { createSessions } from './persistence.ts';
import {
  anonymousOwner,
  COMMANDS_PREFIX,
  deviceOwner,
  hasWildcard,
  type MqttPrincipal,
  senderOf,
} from './principal.ts';
import { createQos2Ledger, ownerOf, UNRELEASED_PER_SESSION_MAX, type UnreleasedStore } from './qos2-ledger.ts';
import { createRefusals } from './refusals.ts';
import { keepAlive, takeShortcut } from './shortcut.ts';
import { createTelemetry } from './telemetry.ts';

export interface BrokerOptions extends SourceOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: BrokerLimits;
  /** Undefined refuses the connection. */
  readonly authenticate: (username: string | undefined, password: Uint8Array | undefined) => MqttPrincipal | undefined;
  /** What a device has used of its rate: the same object for the same device, so that nobody looks it up twice. */
  readonly bucketOf: (device: string) => TokenBucket;
  /**
   * Sends a command to a device that does not listen to `commands/{device}`: gives why it was not sent, null when it was, undefined
   * where the device listens for itself, as most do.
   */
  readonly command?: ((device: string, payload: Uint8Array) => string | null | undefined) | undefined;
  /** Where the ledger of QoS 2 publishes is kept. */
  readonly unreleased: UnreleasedStore;
  /** Shared with the other sources, so that guessing at several of them gains nothing. */
  readonly guesses: Guesses;
  /** Where user names are noted that were refused. */
  readonly refusedNames: Pick<RefusedNames, 'note' | 'cameIn'>;
}

/**
 * The MQTT broker (3.1.1, and 5 for what 3.1.1 can do), a source of messages: PUBACK or PUBREC leaves when one is on disk.
 * Telemetry goes to `ingest` and nowhere else; what the server itself publishes (alerts, commands) goes to subscribers in
 * Aedes' usual way.
 */
export interface Broker extends Source {
  /** Opens a TCP (or TLS) listener and gives its port. */
  listen(address: ListenAddress): Promise<number>;
  /** Serves MQTT on an open stream, such as a WebSocket, that comes from an address. */
  accept(stream: Duplex, address: string): void;
  /** Resolves when it is retained and every subscriber that is connected has been given it. */
  publish(topic: string, payload: string | Uint8Array, options: ToPublish): Promise<void>;
  /** Hears what clients that may do so publish to a topic. The returned function ends it. */
  subscribe(topic: string, heard: (payload: string) => void): () => void;
  stats(): BrokerStats;
}

export interface ToPublish {
  readonly retain: boolean;
  /** 1 when it is left out. */
  readonly qos?: 0 | 1;
}

export interface BrokerStats {
  readonly connections: number;
  /** Refusals by reason since the start. */
  readonly refused: Readonly<Record<string, number>>;
  /** Publishes that had to wait because their device was above its rate. */
  readonly throttled: number;
}

/** Publishes of QoS 1 and 2 that a client of version 5 may have under way. */
const RECEIVE_MAX = UNRELEASED_PER_SESSION_MAX;

export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const { clock, log, limits, routeOf } = options;
  const refusals = createRefusals(clock, log);
  const connections = createConnections({
    max: limits.connectionsMax,
    perNetworkMax: limits.connectionsPerAddressMax,
    onMakesRoom(client, session) {
      refusals.count('made-room', sessionName(session));
      peers.of(client)?.version5?.sayGoodbye(REASON.quotaExceeded);
    },
    onEnds: (client) => peers.of(client)?.version5?.sayGoodbye(REASON.notAuthorized),
  });
  const sessionOf = (client: Client) => connections.session(client);
  const peers = createPeers({
    clock,
    packetBytesMax: limits.packetBytesMax,
    routeOf,
    refusals,
    handle: (stream) => aedes.handle(stream),
    sessionOf,
    keepAlive,
  });
  const peerOf = peers.of;
  const listeners = createListeners({ clock, refusals, serve: peers.serve });
  const { strangers } = listeners;
  const acknowledge = createAcknowledger({
    write(client, bytes) {
      const version5 = peerOf(client)?.version5;
      if (version5 === undefined) client.conn.write(bytes);
      else version5.writeAsIs(bytes);
    },
    onSlowReader: (client) => refusals.count('acknowledgements-not-read', sessionName(sessionOf(client))),
  });
  const isConnected = (session: string) => clientsOf(aedes)[session] !== undefined;
  const ledger = createQos2Ledger({ clock, store: options.unreleased, isConnected });
  const said = createSaidByMessages(clock);
  const sessions = createSessions({
    clock,
    ledger,
    said,
    isConnected,
    isGranted: (client, filter) => sessionOf(client)?.filters.has(filter) === true,
    onReleased: (client, messageId) => void sessionOf(client)?.ownMessageIds.delete(messageId),
    onDropped: (session, topic) => refusals.count('queue-full', ownerOf(session), { topic }),
    onNotRetained: (topic) => refusals.count('retained-full', brief(topic)),
  });
  const telemetry = createTelemetry({
    clock,
    publishesPerSecondMax: limits.publishesPerSecondMax,
    bucketOf: options.bucketOf,
    ingest: options.ingest,
    ledger,
    refusals,
    takeOversized: (client, ticket) => peerOf(client)?.guard.takeOversized(ticket),
    acknowledge,
  });
  const clients = () => clientsOf(aedes);
  const admit = createAdmission({ connections, sessions, strangers, refusals, peerOf, clients });
  const may = createAuthorization({
    command: options.command,
    routeOf,
    refusals,
    telemetry,
    sessions,
    said,
    sessionOf,
    peerOf,
  });
  const aedes = new TelemetrySink({
    persistence: sessions.persistence,
    // Aedes counts packets that arrive before CONNACK; a device that pipelines its first publishes is no attacker.
    queueLimit: 1_000,
    preConnect(client, packet, done) {
      if (packet.protocolVersion === 5 && !speak5(client, packet)) return done(new Error('refused'), false);
      // A session that nobody can name cannot be taken up again, so it would be kept for nothing.
      if (packet.clientId === '') {
        packet.clean = true;
        const peer = peerOf(client);
        if (peer !== undefined) peer.isUnnamed = true;
      }
      done(null, true);
    },
    authenticate: createLogin({ ...options, refusals, strangers, peerOf, allowanceOf: peers.allowanceOf, admit }),
    authorizePublish: may.publish,
    authorizeSubscribe: may.subscribe,
  });
  aedes.authorizeForward = may.forward;
  aedes.routeOf = routeOf;
  await aedes.listen();
  replaceOnlyItself(aedes, (client) => peerOf(client)?.version5?.sayGoodbye(REASON.takenOver));

  /** Lets a connection speak version 5 from its CONNECT on. False when it may not. */
  function speak5(client: Client, packet: Parameters<typeof speakVersion5>[1]): boolean {
    const version5 = speakVersion5(client, packet, {
      packetBytesMax: limits.packetBytesMax,
      receiveMax: RECEIVE_MAX,
      isRefused({ topic }) {
        const session = sessionOf(client);
        if (session === undefined || !may.isPublishRefused(session, topic)) return false;
        // It has no device whose rate it would be bound by.
        peerOf(client)?.pace?.spend(UNITS_OF_A_PACKET);
        return true;
      },
      isSubscribed: (filter) => sessionOf(client)?.filters.has(filter) === true,
      withoutRetained: sessions.withoutRetained,
      onDiscarded(messageId) {
        refusals.count('too-large-for-client', sessionName(sessionOf(client)));
        sessions.discardMessage(client.id, messageId);
      },
    });
    const peer = peerOf(client);
    if (version5 === undefined || peer === undefined) return false;
    peer.version5 = version5;
    return true;
  }

  /** Whether a packet answers one of ours, or ends a publish that was taken. Others are like pings: they cost. */
  function isExpected(client: Client, session: Session, { cmd, messageId = 0 }: ControlPacket): boolean {
    if (cmd === 'pubrel') return session.ownMessageIds.has(messageId) || ledger.holds(client.id, messageId);
    if ((cmd !== 'puback' && cmd !== 'pubrec' && cmd !== 'pubcomp') || session.answersDue === 0) return false;
    session.answersDue--;
    return true;
  }

  // Not when it is ready: until then all that waits for its session is sent, which may take minutes.
  aedes.on('connackSent', (_connack, client) => {
    const session = sessionOf(client);
    if (session === undefined) return;
    const takePublish = telemetry.of(client, session);
    const take = (packet: PublishPacket, done: (error?: Error | null) => void) => {
      const { topic } = packet;
      const route = routeOf(topic);
      const device = route === undefined ? undefined : senderOf(route, topic, session.principal);
      if (route === undefined || device === undefined || hasWildcard(topic)) return false;
      takePublish(packet, route, device, done);
      return true;
    };
    const pace = peerOf(client)?.pace;
    pace?.begin(peers.allowanceOf(session.principal) ?? newAllowance());
    takeShortcut(client, take, (packet) => pace?.count(packet, isExpected(client, session, packet)));
  });
  aedes.on('unsubscribe', (filters, client) => {
    const session = sessionOf(client);
    for (const filter of filters) session?.filters.delete(filter);
  });
  aedes.on('clientError', (client, error) =>
    log.debug({ client: brief(client.id), error: brief(error.message) }, 'mqtt client error'),
  );
  aedes.on('connectionError', (_client, error) => log.debug({ error: brief(error.message) }, 'mqtt connection error'));

  function disconnect(device: string): void {
    for (const owner of [deviceOwner(device), anonymousOwner(device)]) {
      for (const client of connections.ofOwner(owner)) connections.end(client);
    }
  }

  return {
    accept: listeners.accept,
    listen: listeners.listen,

    publish(topic, payload, { retain, qos = 1 }) {
      const packet = {
        cmd: 'publish',
        topic,
        payload: Buffer.from(typeof payload === 'string' ? new TextEncoder().encode(payload) : payload),
        qos,
        retain,
        dup: false,
      } as PublishPacket;
      return new Promise((resolve, reject) => {
        aedes.publish(packet, (error) => (error === undefined || error === null ? resolve() : reject(error)));
      });
    },

    subscribe(topic, heard) {
      const deliver = (packet: Parameters<Parameters<typeof aedes.subscribe>[1]>[0], done: () => void): void => {
        heard(packet.payload.toString());
        done();
      };
      aedes.subscribe(topic, deliver, () => undefined);
      return () => aedes.unsubscribe(topic, deliver, () => undefined);
    },

    connections: (device) => connections.count(deviceOwner(device)) + connections.count(anonymousOwner(device)),

    disconnect,

    forget(device) {
      disconnect(device);
      for (const owner of [deviceOwner(device), anonymousOwner(device)]) {
        sessions.drop(owner);
        ledger.drop(owner);
      }
      sessions.dropRetained(COMMANDS_PREFIX + device);
    },

    stats: () => ({ connections: connections.size(), refused: refusals.counts(), throttled: telemetry.throttled() }),

    async close() {
      ledger.close();
      sessions.close();
      listeners.close();
      for (const client of Object.values(clientsOf(aedes))) {
        if (client !== undefined) peerOf(client)?.version5?.sayGoodbye(REASON.shuttingDown);
      }
      await new Promise<void>((resolve) => aedes.close(() => resolve()));
    },
  };
}
