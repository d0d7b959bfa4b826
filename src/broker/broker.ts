import { once } from 'node:events';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import { crc32 } from 'node:zlib';
import { Aedes, type AuthenticateError, type Client, type PublishPacket } from 'aedes';
import { addressGroup } from '../lib/address.ts';
import { brief } from '../lib/brief.ts';
import type { Clock } from '../lib/clock.ts';
import type { Guesses } from '../lib/guesses.ts';
import type { Log } from '../lib/log.ts';
import { createRecent } from '../lib/recent.ts';
import type { RefusedNames } from '../lib/refused-names.ts';
import { type TokenBucket, takeToken } from '../lib/token-bucket.ts';
import { createTurns } from '../lib/turns.ts';
import { createWaitingRoom } from '../lib/waiting-room.ts';
import type { Route, RouteOf } from '../model/route.ts';
import type { Source, SourceOptions } from '../model/source.ts';
import { createAcknowledger } from './acknowledge.ts';
import { createConnections, type Session } from './connections.ts';
import { createDoor } from './door.ts';
import { publishRefused, speakVersion5, type Version5 } from './mqtt5/connection.ts';
import { readPropertiesStrictly } from './mqtt5/parser.ts';
import { errorWithReason, REASON } from './mqtt5/reasons.ts';
import {
  type Allowance,
  type ControlPacket,
  newAllowance,
  type Pace,
  paceReading,
  UNITS_OF_A_CONNECT,
  UNITS_OF_A_PACKET,
} from './pace.ts';
import { guardPackets, type PacketGuard, TICKET_BYTES } from './packet-guard.ts';
import { createSessions } from './persistence.ts';
import {
  anonymousOwner,
  COMMANDS_PREFIX,
  deviceOwner,
  mayFeed,
  mayFeedSome,
  mayPublish,
  maySubscribe,
  mayWaitInVain,
  ownerName,
  type Principal,
  principalName,
} from './principal.ts';
import {
  createQos2Ledger,
  ownerOf,
  sessionKey,
  UNRELEASED_PER_SESSION_MAX,
  type UnreleasedStore,
} from './qos2-ledger.ts';
import { createRefusals } from './refusals.ts';
import { keepAlive, takeShortcut } from './shortcut.ts';

export interface BrokerLimits {
  /** Bytes of one PUBLISH. Telemetry that is larger is read past and told of; any other packet ends its connection. */
  readonly packetBytesMax: number;
  /** Connections that have said who they are. Those who have not take no place from them. */
  readonly connectionsMax: number;
  /** Of these, from one address (or one /64 of IPv6). */
  readonly connectionsPerAddressMax: number;
  /** Publishes of one device above this rate are slowed down, never dropped. */
  readonly publishesPerSecondMax: number;
}

export const DEFAULT_LIMITS: BrokerLimits = {
  packetBytesMax: 8 << 20,
  connectionsMax: 20_000,
  connectionsPerAddressMax: 10_000,
  publishesPerSecondMax: 10_000,
};

export interface BrokerOptions extends SourceOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: BrokerLimits;
  /** Undefined refuses the connection. */
  readonly authenticate: (username: string | undefined, password: Uint8Array | undefined) => Principal | undefined;
  /** What a device has used of its rate: the same object for the same device, so that nobody looks it up twice. */
  readonly bucketOf: (device: string) => TokenBucket;
  /** Where the ledger of QoS 2 publishes is kept. */
  readonly unreleased: UnreleasedStore;
  /** Shared with the other sources, so that guessing at several of them gains nothing. */
  readonly guesses: Guesses;
  /** Where user names are noted that were refused. */
  readonly refusedNames: Pick<RefusedNames, 'note' | 'settle'>;
}

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
  readonly tls?: { readonly cert: Uint8Array; readonly key: Uint8Array } | undefined;
}

/**
 * The MQTT broker (3.1.1, and 5 for what 3.1.1 can do), a source of messages: PUBACK or PUBREC leaves when one is on disk. Telemetry goes to `ingest` and
 * nowhere else; what the server itself publishes (alerts, commands) goes to subscribers in Aedes' usual way.
 */
export interface Broker extends Source {
  /** Opens a TCP (or TLS) listener and gives its port. */
  listen(address: ListenAddress): Promise<number>;
  /** Serves MQTT on an open stream, such as a WebSocket, that comes from an address. */
  accept(stream: Duplex, address: string): void;
  /** Resolves when it is retained and every subscriber that is connected has been given it. */
  publish(topic: string, payload: string, options: { readonly retain: boolean }): Promise<void>;
  stats(): BrokerStats;
}

export interface BrokerStats {
  readonly connections: number;
  /** Refusals by reason since the start. */
  readonly refused: Readonly<Record<string, number>>;
  /** Publishes that had to wait because their device was above its rate. */
  readonly throttled: number;
}

/** A CONNECT or SUBSCRIBE that is larger is nobody's honest one. */
const OTHER_PACKET_BYTES_MAX = 256 * 1024;
/** What large packets that have not come in whole yet may hold in memory, of all connections together. */
const UNDER_WAY_BYTES_MAX = 256 << 20;
/** A subscription more than this many on one connection is refused. Devices have one or two, a siren some dozens. */
const SUBSCRIPTIONS_MAX = 200;
/** Sessions that outlive their connections, of one device, and of a token or those who do not say who they are. */
const KEPT_SESSIONS_MAX = { device: 16, other: 1_000 };
/** Connections that have not said who they are: they make room for one another, and have so long for it. */
const STRANGERS_PER_NETWORK_MAX = 200;
const STRANGERS_MAX = 2_000;
const STRANGER_MS = 15_000;
/** A token may serve a whole gateway, which has more to say than a device. */
const TOKEN_UNITS_PER_SECOND = 10_000;
const ALLOWANCES_MAX = 50_000;
/** Publishes by the hundred, as of a buffer that is emptied, may take half of the time. */
const BULK_OTHERS_SHARE = 1;
/** Of a retained message that a subscription brings. */
const UNITS_OF_A_RETAINED = 5;
/** No device gives up a connection sooner than that. */
const COMES_IN_MAX_MS = 10_000;
/** MQTT lets a server take longer ids than 23 characters; nobody chooses one that is longer than this. */
const CLIENT_ID_LENGTH_MAX = 512;
/** Publishes of QoS 1 and 2 that a client of version 5 may have under way. */
const RECEIVE_MAX = UNRELEASED_PER_SESSION_MAX;
const BAD_USERNAME_OR_PASSWORD = 4;
const IDENTIFIER_REJECTED = 2;
const SERVER_UNAVAILABLE = 3;

/** Nobody's name or secret is longer; what is longer is not looked at, nor kept while an answer waits. */
const NAME_LENGTH_MAX = 512;
const PASSWORD_BYTES_MAX = 4_096;
/** Log-ins that may wait for their answer at the same time: only those for whose name and address somebody is guessing. */
const WAITING_MAX = 5_000;
/** Of these, of one owner, those that will be refused. */
const TURNED_AWAY_MAX = 100;

/** Telemetry has no subscribers, so it does not pass through the broker's routing: that saves a third of its cost. */
class TelemetrySink extends Aedes {
  routeOf: RouteOf = () => undefined;

  override publish(
    packet: PublishPacket,
    client?: Client | ((error?: Error) => void),
    done?: (error?: Error) => void,
  ): void {
    if (typeof client === 'object' && done !== undefined && this.routeOf(packet.topic) !== undefined) {
      done();
      return;
    }
    const route = super.publish as (...args: unknown[]) => void;
    route.call(this, packet, client, done);
  }
}

export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const { clock, log, limits, guesses, refusedNames } = options;
  /** The connections that speak version 5. */
  const versions = new WeakMap<Duplex, Version5>();
  const connections = createConnections({
    max: limits.connectionsMax,
    perNetworkMax: limits.connectionsPerAddressMax,
    onMakesRoom(client, session) {
      refusals.count('made-room', sessionName(session));
      versions.get(client.conn)?.sayGoodbye(REASON.quotaExceeded);
    },
    onEnds: (client) => versions.get(client.conn)?.sayGoodbye(REASON.notAuthorized),
  });
  const servers: net.Server[] = [];
  const guards = new WeakMap<Duplex, PacketGuard>();
  const budget = { bytesMax: UNDER_WAY_BYTES_MAX, bytes: 0 };
  const refusals = createRefusals(clock, log);
  const acknowledge = createAcknowledger({
    write({ conn }, bytes) {
      const version5 = versions.get(conn);
      if (version5 === undefined) conn.write(bytes);
      else version5.writeAsIs(bytes);
    },
    onSlowReader: (client) => {
      refusals.count('acknowledgements-not-read', sessionName(connections.session(client)));
    },
  });
  const addresses = new WeakMap<object, string>();
  /** What network a connection comes from, and how fast it is read. */
  const networks = new WeakMap<Duplex, string>();
  const paces = new WeakMap<Client, Pace>();
  const turns = { control: createTurns(clock), bulk: createTurns(clock, BULK_OTHERS_SHARE) };
  /** Of devices and tokens; those who do not say who they are have one for each connection, and before that for each network. */
  const allowances = createRecent<Allowance>(ALLOWANCES_MAX);
  const door = createDoor({ clock, onRefused: (network) => refusals.count('too-many-at-once', network) });
  const strangers = createWaitingRoom({
    clock,
    perNetworkMax: STRANGERS_PER_NETWORK_MAX,
    max: STRANGERS_MAX,
    waitMs: STRANGER_MS,
    onTurnedOut: (network, why) => refusals.count(why === 'late' ? 'no-connect-in-time' : 'made-room', network),
  });
  let throttled = 0;
  /** Log-ins whose answer is held back. */
  let waiting = 0;
  /** Of these, log-ins of those who come too often, by owner. */
  const turnedAway = new Map<string, number>();

  const isConnected = (session: string) => partsOf(aedes).clients[session] !== undefined;
  const ledger = createQos2Ledger({ clock, store: options.unreleased, isConnected });
  const sessions = createSessions({
    clock,
    ledger,
    isConnected,
    isGranted: (client, filter) => connections.session(client)?.filters.has(filter) === true,
    onReleased: (client, messageId) => void connections.session(client)?.ownMessageIds.delete(messageId),
    onDropped: (session, topic) => refusals.count('queue-full', ownerOf(session), { topic }),
    onNotRetained: (topic) => refusals.count('retained-full', brief(topic)),
  });
  const aedes = new TelemetrySink({
    persistence: sessions.persistence,
    // Aedes counts packets that arrive before CONNACK; a device that pipelines its first publishes is no attacker.
    queueLimit: 1_000,
    preConnect(client, packet, done) {
      if (packet.protocolVersion === 5 && !speak5(client, packet)) return done(new Error('refused'), false);
      // A session that nobody can name cannot be taken up again, so it would be kept for nothing.
      if (packet.clientId === '') packet.clean = true;
      done(null, true);
    },
    authenticate(client, username, password, done) {
      if (client.id.length > CLIENT_ID_LENGTH_MAX) {
        refusals.count('client-id-too-long', brief(username ?? 'no user name'));
        return done(refusal('client id is too long', IDENTIFIER_REJECTED), false);
      }
      if (isOversized(username, password)) {
        refusals.count('oversized-login', brief(username ?? 'no user name'));
        return done(refusal('bad user name or password', BAD_USERNAME_OR_PASSWORD), false);
      }
      const principal = options.authenticate(username, password);
      const comesInMs = principal === undefined ? 0 : comesInMsOf(principal);
      if (principal !== undefined && comesInMs > COMES_IN_MAX_MS) {
        refusals.count('comes-too-often', brief(username ?? ''));
        versions.get(client.conn)?.refuse(REASON.rateExceeded);
        return turnAway(client, ownerName(principal), done);
      }
      const guessedMs = guesses.waitMs(addresses.get(client.conn) ?? '', username ?? '', principal !== undefined);
      const waitMs = Math.max(guessedMs, comesInMs);
      // Whose it is stands fast, so strangers do not take its place while it waits.
      if (principal !== undefined) strangers.leave(client.conn);
      if (waitMs === 0) return logIn(client, username, principal, done);
      if (waiting >= WAITING_MAX) {
        refusals.count('too-many-waiting', addresses.get(client.conn) ?? '');
        versions.get(client.conn)?.refuse(REASON.busy);
        return done(refusal('too many are waiting', SERVER_UNAVAILABLE), false);
      }
      waiting++;
      clock.after(waitMs, () => {
        waiting--;
        // What held then may not hold any more.
        if (!client.closed) logIn(client, username, options.authenticate(username, password), done);
      });
    },
    authorizePublish(client, packet, done) {
      const session = client === null ? undefined : connections.session(client);
      if (client === null || session === undefined || session.isEnded) return done(new Error('not authorised'));
      if (isPublishRefused(session, packet.topic)) return done(publishRefused());
      const route = options.routeOf(packet.topic);
      const device = route === undefined ? undefined : senderOf(route, packet.topic, session.principal);
      const take = () => {
        if (route !== undefined && device !== undefined)
          return admitTelemetry(client, session, packet, route, device, done);
        paces.get(client)?.spend(UNITS_OF_A_PACKET);
        done(null);
      };
      // Aedes asks for the will of a client that is gone as for any other publish.
      const version5 = client.closed ? versions.get(client.conn) : undefined;
      // It ends with the session at the latest.
      const willDelayMs = version5 === undefined ? 0 : Math.min(version5.willDelayMs, version5.sessionExpiryMs);
      if (willDelayMs === 0) return take();
      sessions.delayWill(client.id, client, willDelayMs, (isDue) => {
        if (isDue) take();
        else done(new Error('its client is there again'));
      });
    },
    authorizeSubscribe(client, subscription, done) {
      const session = connections.session(client);
      const { topic } = subscription;
      const version5 = versions.get(client.conn);
      const mayAsk =
        session !== undefined && (maySubscribe(session.principal, topic) || mayWaitInVain(session.principal, topic));
      if (!mayAsk) {
        refusals.count('subscribe-not-allowed', `${sessionName(session)} to ${brief(topic)}`);
        version5?.refuseFilter(topic, REASON.notAuthorized);
        return done(null, null);
      }
      if (session.filters.size >= SUBSCRIPTIONS_MAX && !session.filters.has(topic)) {
        refusals.count('too-many-subscriptions', sessionName(session));
        version5?.refuseFilter(topic, REASON.quotaExceeded);
        return done(null, null);
      }
      session.filters.add(topic);
      done(null, subscription);
    },
  });
  aedes.authorizeForward = (client, packet) => {
    const session = connections.session(client);
    // A subscription of a kept session may be older than what its owner may do today.
    if (session === undefined || session.isEnded || !maySubscribe(session.principal, packet.topic)) return null;
    // PUBREC and PUBCOMP for one of QoS 2.
    session.answersDue += packet.qos;
    if (packet.retain) paces.get(client)?.spend(UNITS_OF_A_RETAINED);
    return packet;
  };
  aedes.routeOf = options.routeOf;
  await aedes.listen();
  replaceOnlyItself(aedes, (client) => versions.get(client.conn)?.sayGoodbye(REASON.takenOver));

  /** Lets a connection speak version 5 from its CONNECT on. False when it may not. */
  function speak5(client: Client, packet: Parameters<typeof speakVersion5>[1]): boolean {
    const version5 = speakVersion5(client, packet, {
      packetBytesMax: limits.packetBytesMax,
      receiveMax: RECEIVE_MAX,
      isRefused({ topic }) {
        const session = connections.session(client);
        if (session === undefined || !isPublishRefused(session, topic)) return false;
        // It has no device whose rate it would be bound by.
        paces.get(client)?.spend(UNITS_OF_A_PACKET);
        return true;
      },
      isSubscribed: (filter) => connections.session(client)?.filters.has(filter) === true,
      withoutRetained: sessions.withoutRetained,
      onDiscarded(messageId) {
        refusals.count('too-large-for-client', sessionName(connections.session(client)));
        sessions.discardMessage(client.id, messageId);
      },
    });
    if (version5 === undefined) return false;
    versions.set(client.conn, version5);
    return true;
  }

  /** Whether a publish may not be. Counts it. */
  function isPublishRefused({ principal }: Session, topic: string): boolean {
    const route = options.routeOf(topic);
    if (route !== undefined && senderOf(route, topic, principal) !== undefined) return false;
    if (mayPublish(principal, topic)) return false;
    refusals.count('publish-not-allowed', `${principalName(principal)} to ${brief(topic)}`);
    return true;
  }

  /**
   * Gives a connection its session, which belongs to its principal and is known to Aedes by nothing else. False when there
   * is no place for it.
   */
  function admit(client: Client, principal: Principal): boolean {
    const session = sessionKey(ownerName(principal), client.id);
    const network = networks.get(client.conn) ?? 'unknown';
    const version5 = versions.get(client.conn);
    const startsClean = version5?.startsClean ?? client.clean;
    const replaces = partsOf(aedes).clients[session];
    if (connections.add(client, { principal, network, replaces, startsClean }) === undefined) return false;
    strangers.leave(client.conn);
    (client as { id: string }).id = session;
    if (version5 !== undefined) {
      version5.isSessionPresent = !startsClean && sessions.isKept(session);
      client.conn.once('close', () => sessions.leave(session, client, version5.sessionExpiryMs));
    }
    const keptMax = principal.kind === 'device' ? KEPT_SESSIONS_MAX.device : KEPT_SESSIONS_MAX.other;
    sessions.come(session, client, { startsClean, isKept: !client.clean, keptMax });
    if (principal.kind === 'user') {
      client.conn.once(
        'close',
        principal.whileHeld(() => {
          connections.end(client);
          refusals.count('right-ended', principalName(principal));
        }),
      );
    }
    return true;
  }

  function allowanceOf(principal: Principal): Allowance | undefined {
    if (principal.kind === 'anonymous') return undefined;
    const make = () => newAllowance(principal.kind === 'user' ? TOKEN_UNITS_PER_SECOND : undefined);
    return allowances.take(ownerName(principal), make);
  }

  /** How long whoever comes all the time has to wait this time. Counts it, unless that is too long. */
  function comesInMsOf(principal: Principal): number {
    const allowance = allowanceOf(principal);
    if (allowance === undefined) return 0;
    const { bucket, unitsPerSecond } = allowance;
    const dueMs = takeToken(bucket, unitsPerSecond, clock.steadyMs(), 0);
    if (dueMs > COMES_IN_MAX_MS) return dueMs;
    return takeToken(bucket, unitsPerSecond, clock.steadyMs(), UNITS_OF_A_CONNECT);
  }

  function logIn(
    client: Client,
    username: string | undefined,
    principal: Principal | undefined,
    done: (error: AuthenticateError | null, success: boolean | null) => void,
  ): void {
    if (principal === undefined) {
      refusals.count('bad-credentials', username === undefined ? 'no user name' : brief(username));
      refusedNames.note(username, client.id, addresses.get(client.conn) ?? '');
      return done(refusal('bad user name or password', BAD_USERNAME_OR_PASSWORD), false);
    }
    refusedNames.settle(username ?? '', addresses.get(client.conn) ?? '');
    if (admit(client, principal)) return done(null, true);
    refusals.count('too-many-connections', principalName(principal));
    versions.get(client.conn)?.refuse(REASON.quotaExceeded);
    done(refusal('no place is left', SERVER_UNAVAILABLE), false);
  }

  /** Takes a publish at the device's rate. Aedes reads no more from the socket until `done`, so nothing is lost. */
  function admitTelemetry(
    client: Client,
    session: Session,
    packet: PublishPacket,
    route: Route,
    device: string,
    done: (error?: Error | null) => void,
  ): void {
    const waitMs = takeToken(options.bucketOf(device), limits.publishesPerSecondMax, clock.steadyMs());
    if (waitMs === 0) return takeTelemetry(client, session, packet, route, device, done);
    throttled++;
    clock.after(waitMs, () => {
      if (session.isEnded) done(new Error('not authorised'));
      else takeTelemetry(client, session, packet, route, device, done);
    });
  }

  function takeTelemetry(
    client: Client,
    session: Session,
    packet: PublishPacket,
    route: Route,
    device: string,
    done: (error?: Error | null) => void,
  ): void {
    const whole = payloadBytes(packet.payload);
    const oversized = whole.length === TICKET_BYTES ? guards.get(client.conn)?.takeOversized(whole) : undefined;
    const payload = oversized?.head ?? whole;
    const oversizedBytes = oversized?.payloadBytes;
    const { messageId } = packet;
    const { topic, dup: isDuplicate } = packet;
    const { principal } = session;
    const may = route.kind === 'device' ? undefined : (id: string) => mayFeed(principal, id);
    if (packet.qos === 0 || messageId === undefined) {
      return options.ingest(
        {
          route,
          device,
          topic,
          payload,
          connection: session,
          isDuplicate,
          oversizedBytes,
          mayFeed: may,
          unreleased: undefined,
        },
        done,
      );
    }
    if (packet.qos === 1) {
      return options.ingest(
        {
          route,
          device,
          topic,
          payload,
          connection: session,
          isDuplicate,
          oversizedBytes,
          mayFeed: may,
          unreleased: undefined,
        },
        (error) => {
          if (error !== null) return done(notStored(error));
          acknowledge(client, messageId);
          // To Aedes it is a QoS 0 publish from here on, so that it does not acknowledge once more.
          packet.qos = 0;
          done(null);
        },
      );
    }
    const digest = oversized?.digest ?? crc32(payload, crc32(topic));
    const { ownMessageIds } = session;
    // After a clean start its packet id may serve a new message; else it is a redelivery, if it is the same.
    const mayBeNew = session.startsClean && !isDuplicate && !ownMessageIds.has(messageId);
    if (ledger.isTaken(client.id, messageId, digest, mayBeNew)) {
      // The first copy may still wait for its fsync, and PUBREC may not overtake it.
      ownMessageIds.add(messageId);
      return ledger.whenDurable(done);
    }
    if (ownMessageIds.size >= UNRELEASED_PER_SESSION_MAX && !ownMessageIds.has(messageId)) {
      refusals.count('too-many-unreleased', sessionName(session));
      return done(errorWithReason('too many publishes of QoS 2 that are not released', REASON.receiveMaximumExceeded));
    }
    const unreleased = ledger.note(client.id, messageId, digest, (id) => ownMessageIds.has(id));
    ownMessageIds.add(messageId);
    const publish = {
      route,
      device,
      topic,
      payload,
      connection: session,
      isDuplicate,
      oversizedBytes,
      mayFeed: may,
      unreleased,
    };
    options.ingest(publish, (error) => {
      if (error !== null) ledger.takeBack(client.id, messageId);
      done(error === null ? null : notStored(error));
    });
  }

  /** Whether a packet answers one of ours, or ends a publish that was taken. Others are like pings: they cost. */
  function isExpected(client: Client, session: Session, { cmd, messageId = 0 }: ControlPacket): boolean {
    if (cmd === 'pubrel') return session.ownMessageIds.has(messageId) || ledger.holds(client.id, messageId);
    if ((cmd !== 'puback' && cmd !== 'pubrec' && cmd !== 'pubcomp') || session.answersDue === 0) return false;
    session.answersDue--;
    return true;
  }

  /** Refuses a log-in of whoever comes too often, and not at once, or it would come again at once. */
  function turnAway(
    client: Client,
    owner: string,
    done: (error: AuthenticateError | null, success: boolean | null) => void,
  ): void {
    const refuse = () => done(refusal('comes too often', SERVER_UNAVAILABLE), false);
    const held = turnedAway.get(owner) ?? 0;
    if (held >= TURNED_AWAY_MAX || waiting >= WAITING_MAX) return refuse();
    turnedAway.set(owner, held + 1);
    waiting++;
    strangers.leave(client.conn);
    clock.after(COMES_IN_MAX_MS, () => {
      waiting--;
      const left = (turnedAway.get(owner) ?? 1) - 1;
      if (left === 0) turnedAway.delete(owner);
      else turnedAway.set(owner, left);
      if (!client.closed) refuse();
    });
  }

  // Not when it is ready: until then all that waits for its session is sent, which may take minutes.
  aedes.on('connackSent', (_connack, client) => {
    const session = connections.session(client);
    if (session === undefined) return;
    const take = (packet: PublishPacket, done: (error?: Error | null) => void) => {
      const { topic } = packet;
      const route = options.routeOf(topic);
      const device = route === undefined ? undefined : senderOf(route, topic, session.principal);
      if (route === undefined || device === undefined || hasWildcard(topic)) return false;
      admitTelemetry(client, session, packet, route, device, done);
      return true;
    };
    const pace = paces.get(client);
    pace?.begin(allowanceOf(session.principal) ?? newAllowance());
    takeShortcut(client, take, (packet) => pace?.count(packet, isExpected(client, session, packet)));
  });
  aedes.on('unsubscribe', (filters, client) => {
    const session = connections.session(client);
    for (const filter of filters) session?.filters.delete(filter);
  });
  aedes.on('clientError', (client, error) =>
    log.debug({ client: brief(client.id), error: brief(error.message) }, 'mqtt client error'),
  );
  aedes.on('connectionError', (_client, error) => log.debug({ error: brief(error.message) }, 'mqtt connection error'));

  function accept(stream: Duplex, address: string): void {
    const network = addressGroup(address);
    addresses.set(stream, address);
    door.arrive(stream, network, () => {
      strangers.add(stream, network);
      serve(stream, network);
    });
  }

  function serve(stream: Duplex, network: string): void {
    networks.set(stream, network);
    const clientOf = () => (stream as Duplex & { client?: Client }).client;
    const sessionOf = () => {
      const client = clientOf();
      return client === undefined ? undefined : connections.session(client);
    };
    const guard = guardPackets(stream, {
      publishBytesMax: limits.packetBytesMax,
      otherBytesMax: Math.min(limits.packetBytesMax, OTHER_PACKET_BYTES_MAX),
      budget,
      maySkip(topic) {
        const session = sessionOf();
        // Who has sent a CONNECT and was not answered yet is looked at when it comes to the publish.
        const route = hasWildcard(topic) ? undefined : options.routeOf(topic);
        if (route === undefined) return false;
        if (session === undefined) return route.kind === 'envelope' || route.device(topic) !== undefined;
        return senderOf(route, topic, session.principal) !== undefined;
      },
      onRefused(reason, bytes) {
        refusals.count(reason, sessionName(sessionOf()), { bytes });
        const why = reason === 'packet-too-large' ? REASON.packetTooLarge : REASON.quotaExceeded;
        versions.get(stream)?.sayGoodbye(why);
      },
      // A packet that takes long to come in is a sign of life.
      onUnderWay: () => keepAlive(clientOf()),
    });
    guards.set(stream, guard);
    const client = aedes.handle(stream);
    readPropertiesStrictly(client);
    const stranger = allowances.take(`network/${network}`, newAllowance);
    paces.set(client, paceReading(client, { clock, turns, readWork: guard.readWork, stranger }));
  }

  /**
   * A TLS handshake costs more than all the rest of a connection's beginning, so who comes over TLS waits for its turn and
   * counts as a stranger before it.
   */
  function tlsListener(options: { readonly cert: Uint8Array; readonly key: Uint8Array }): net.Server {
    const raw = new Map<string, net.Socket>();
    const peer = (socket: net.Socket) => `${socket.remoteAddress} ${socket.remotePort}`;
    const secured = tls.createServer({ cert: Buffer.from(options.cert), key: Buffer.from(options.key) });
    secured.on('secureConnection', (socket) => {
      const under = raw.get(peer(socket));
      const network = addressGroup(socket.remoteAddress ?? '');
      if (under !== undefined) strangers.leave(under);
      strangers.add(socket, network);
      serve(socket, network);
    });
    secured.on('tlsClientError', (error) => refusals.count('tls-handshake', brief(error.message)));
    return net.createServer({ noDelay: true }, (socket) => {
      const network = addressGroup(socket.remoteAddress ?? '');
      // Until its turn nobody else listens for what becomes of it.
      socket.on('error', () => {});
      door.arrive(socket, network, () => {
        const key = peer(socket);
        raw.set(key, socket);
        socket.once('close', () => raw.delete(key));
        strangers.add(socket, network);
        secured.emit('connection', socket);
      });
    });
  }

  function disconnect(device: string): void {
    for (const owner of [deviceOwner(device), anonymousOwner(device)]) {
      for (const client of connections.ofOwner(owner)) connections.end(client);
    }
  }

  return {
    accept,

    async listen(address) {
      const server =
        address.tls === undefined
          ? // A PUBACK is 4 bytes; holding it back to fill a packet would make every device wait.
            net.createServer({ noDelay: true }, (socket) => {
              // Until its turn nobody else listens for what becomes of it.
              socket.on('error', () => {});
              accept(socket, socket.remoteAddress ?? '');
            })
          : tlsListener(address.tls);
      server.listen(address.port, address.host);
      await once(server, 'listening');
      servers.push(server);
      const bound = server.address();
      return typeof bound === 'object' && bound !== null ? bound.port : address.port;
    },

    publish(topic, payload, { retain }) {
      const packet = {
        cmd: 'publish',
        topic,
        payload: Buffer.from(payload),
        qos: 1,
        retain,
        dup: false,
      } as PublishPacket;
      return new Promise((resolve, reject) => {
        aedes.publish(packet, (error) => (error === undefined || error === null ? resolve() : reject(error)));
      });
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

    stats: () => ({ connections: connections.size(), refused: refusals.counts(), throttled }),

    async close() {
      ledger.close();
      sessions.close();
      door.close();
      strangers.close();
      for (const server of servers) server.close();
      for (const client of Object.values(partsOf(aedes).clients)) {
        if (client !== undefined) versions.get(client.conn)?.sayGoodbye(REASON.shuttingDown);
      }
      await new Promise<void>((resolve) => aedes.close(() => resolve()));
    },
  };
}

/** Whose a message is on a route, or who sends it where it is opened to see that; undefined where that may not be. */
function senderOf(route: Route, topic: string, principal: Principal): string | undefined {
  if (route.kind === 'envelope') return mayFeedSome(principal) ? principalName(principal) : undefined;
  const device = route.device(topic);
  return device !== undefined && mayFeed(principal, device) ? device : undefined;
}

function sessionName(session: Session | undefined): string {
  return session === undefined ? 'not connected' : principalName(session.principal);
}

/** Then it is no name of a topic, and Aedes closes the connection for it. */
function hasWildcard(topic: string): boolean {
  return topic.includes('+') || topic.includes('#');
}

function payloadBytes(payload: string | Buffer): Uint8Array {
  return typeof payload === 'string' ? Buffer.from(payload) : payload;
}

function isOversized(username: string | undefined, password: Uint8Array | undefined): boolean {
  return (username?.length ?? 0) > NAME_LENGTH_MAX || (password?.length ?? 0) > PASSWORD_BYTES_MAX;
}

/** The device must send it again, and a PUBACK that tells of a failure would keep it from that. */
function notStored({ message }: Error): Error {
  return errorWithReason(message, REASON.busy);
}

function refusal(message: string, returnCode: number): AuthenticateError {
  return Object.assign(new Error(message), { returnCode });
}

/** What is relied on of Aedes 1.2 beyond its types. */
interface AedesParts {
  readonly clients: Record<string, Client | undefined>;
  registerClient(client: Client): void;
  _finishRegisterClient(client: Client): void;
  unregisterClient(client: Client): void;
}

function partsOf(aedes: Aedes): AedesParts {
  return aedes as unknown as AedesParts;
}

/**
 * Where several connections of one session come and go at once, Aedes registers one that is closed already, and takes
 * another out in the place of the one that goes: the one left over then stays connected beside its successor.
 */
function replaceOnlyItself(aedes: Aedes, onReplaced: (client: Client) => void): void {
  const parts = partsOf(aedes);
  const begin = parts.registerClient.bind(aedes);
  parts.registerClient = (client) => {
    const present = parts.clients[client.id];
    if (present !== undefined && present !== client) onReplaced(present);
    begin(client);
  };
  const register = parts._finishRegisterClient.bind(aedes);
  const unregister = parts.unregisterClient.bind(aedes);
  parts._finishRegisterClient = (client) => {
    if (client.closed) return;
    const present = parts.clients[client.id];
    if (present !== undefined && present !== client) present.close();
    register(client);
  };
  parts.unregisterClient = (client) => {
    if (parts.clients[client.id] === client) unregister(client);
  };
}
