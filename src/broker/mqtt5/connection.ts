import { randomUUID } from 'node:crypto';
import type { Client } from 'aedes';
import mqttPacket, { type IConnackPacket, type IConnectPacket, type Packet } from 'mqtt-packet';
import { createFilters } from './filters.ts';
import { createInFlight, type Publish } from './in-flight.ts';
import { type IncomingPacket, parserOf } from './parser.ts';
import type { Properties } from './properties.ts';
import { errorWithReason, FAILURE, REASON, reasonOf, reasonOfReturnCode } from './reasons.ts';

export interface Version5Options {
  /** Bytes of one packet, as the client is told. */
  readonly packetBytesMax: number;
  /** Publishes of QoS 1 and 2 that may be under way, as the client is told. */
  readonly receiveMax: number;
  /** Whether a publish must be refused; who sends it may go on. */
  readonly isRefused: (packet: IncomingPacket) => boolean;
  readonly isSubscribed: (filter: string) => boolean;
  /** Retained messages of these filters are not to be sent, which Aedes looks up in this very turn. */
  readonly withoutRetained: (filters: readonly string[]) => void;
  /** A message is larger than the client takes, and so is over for it. */
  readonly onDiscarded: (messageId: number) => void;
}

/** A connection that speaks version 5, as far as the rest of the broker has to know. */
export interface Version5 {
  /** Whether it wants none of what it left behind. */
  readonly startsClean: boolean;
  /** How long what it leaves behind is kept; infinite for good. A DISCONNECT may say otherwise. */
  readonly sessionExpiryMs: number;
  readonly willDelayMs: number;
  /** Whether there is a session that it takes up again; said in the CONNACK. */
  isSessionPresent: boolean;
  /** Why its CONNECT is refused, where 3.1.1 has no word for it. */
  refuse(reason: number): void;
  /** Why a filter is not granted; to be said in the SUBACK. */
  refuseFilter(filter: string, reason: number): void;
  /** A filter is granted, with or without an identifier, which messages by it are to come with. */
  grantFilter(filter: string, identifier: number | undefined): void;
  identifiersOf(topic: string): readonly number[];
  /** Says why the connection ends; the caller ends it. Once, and not to one who has gone. */
  sayGoodbye(reason: number): void;
  /** Writes bytes that mean the same in both versions. */
  writeAsIs(bytes: Uint8Array): void;
}

/** What is relied on of a connection in Aedes 1.2, beyond its types. */
interface ClientParts {
  _parsingBatch: number;
  readonly _nextBatch: () => void;
  readonly _keepaliveInterval: number;
  readonly _keepaliveTimer: { refresh(): unknown } | null;
  prependListener(event: 'error', listener: (error: unknown) => void): unknown;
}

const VERSION_5 = { protocolVersion: 5 } as const;
const NEVER = 0xffff_ffff;
/** Without the property a client takes this many publishes at once. */
const RECEIVE_MAX_DEFAULT = 65_535;

/**
 * Lets a client speak version 5 with a broker that speaks 3.1.1: called with its CONNECT, which afterwards is one of 3.1.1.
 * What comes in is parsed as version 5 by the connection's own parser, so a publish takes the way it always takes; what goes
 * out is translated as it is written. Undefined when the CONNECT asks for what is not there: then its reason was said and
 * the stream ends.
 */
export function speakVersion5(client: Client, packet: IConnectPacket, options: Version5Options): Version5 | undefined {
  const { conn } = client;
  const parser = parserOf(client);
  const parts = client as unknown as ClientParts;
  const wanted = (packet.properties ?? {}) as Properties;
  const assignedClientId = packet.clientId === '' ? `auto-${randomUUID()}` : undefined;
  const startsClean = packet.clean === true;
  let sessionExpiryMs = msOf(wanted.sessionExpiryInterval ?? 0);
  let isSessionPresent = false;
  let refusedFor: number | undefined;
  let isAccepted = false;
  let isOver = false;
  const filters = createFilters(options.isSubscribed);

  const writeAsIs = conn.write.bind(conn) as (bytes: Uint8Array) => boolean;

  function send(packet: Packet): void {
    writeAsIs(mqttPacket.generate(packet, VERSION_5));
  }

  function sayGoodbye(reason: number): void {
    if (isOver || conn.destroyed || conn.writableEnded) return;
    isOver = true;
    if (isAccepted) send({ cmd: 'disconnect', reasonCode: reason });
    else send({ cmd: 'connack', reasonCode: reason, sessionPresent: false });
    // The stream is destroyed in this very turn, and would take along what it still holds back.
    while (conn.writableCorked > 0) conn.uncork();
  }

  function fail(reason: number): void {
    sayGoodbye(reason);
    conn.destroy();
  }

  // What goes out.

  const { publish, answered } = createInFlight({
    receiveMaximum: wanted.receiveMaximum ?? RECEIVE_MAX_DEFAULT,
    maximumPacketSize: wanted.maximumPacketSize ?? Number.POSITIVE_INFINITY,
    write: writeAsIs,
    onDiscarded: options.onDiscarded,
    onOverflow: () => fail(REASON.quotaExceeded),
  });

  function connack({ returnCode = 0 }: IConnackPacket): void {
    if (returnCode !== 0) return sayGoodbye(refusedFor ?? reasonOfReturnCode(returnCode));
    isAccepted = true;
    send({
      cmd: 'connack',
      reasonCode: REASON.success,
      sessionPresent: isSessionPresent,
      properties: {
        receiveMaximum: options.receiveMax,
        maximumPacketSize: options.packetBytesMax,
        topicAliasMaximum: 0,
        sharedSubscriptionAvailable: false,
        ...(assignedClientId === undefined ? {} : { assignedClientIdentifier: assignedClientId }),
      },
    });
  }

  function suback(messageId: number, granted: readonly number[]): void {
    const { codes, quiet } = filters.subscribed(messageId, granted);
    send({ cmd: 'suback', messageId, granted: codes });
    if (quiet.length > 0) options.withoutRetained(quiet);
  }

  function translate(packet: Packet): void {
    switch (packet.cmd) {
      case 'connack':
        return connack(packet);
      case 'publish':
        return publish(packet as Publish);
      case 'suback':
        return suback(packet.messageId ?? 0, packet.granted as number[]);
      case 'unsuback': {
        const messageId = packet.messageId ?? 0;
        return send({ cmd: 'unsuback', messageId, granted: filters.unsubscribed(messageId) });
      }
      case 'puback':
      case 'pubrec':
      case 'pubrel':
      case 'pubcomp':
        return send({ cmd: packet.cmd, messageId: packet.messageId ?? 0, reasonCode: REASON.success });
      default:
        return send(packet);
    }
  }

  const written = mqttPacket.parser();
  written.on('packet', translate);
  written.on('error', (error) => conn.destroy(error));
  conn.write = (chunk: Uint8Array | string, ...rest: unknown[]): boolean => {
    const [encoding] = rest;
    written.parse(typeof chunk === 'string' ? Buffer.from(chunk, encoding as BufferEncoding) : (chunk as Buffer));
    const done = rest.at(-1);
    if (typeof done === 'function') process.nextTick(done);
    return !conn.writableNeedDrain;
  };

  // What comes in.

  /** Whether a packet was dealt with here, and Aedes has no need of it. */
  function takes(packet: IncomingPacket): boolean {
    // Whatever came along with the packet that ended it.
    if (conn.destroyed) return true;
    const { messageId = 0, reasonCode = 0 } = packet;
    switch (packet.cmd) {
      case 'publish':
        if (packet.topic === '') break;
        if (packet.qos === 0 || !options.isRefused(packet)) return false;
        // It is told, and may go on; what it sent is over for it.
        send({ cmd: packet.qos === 1 ? 'puback' : 'pubrec', messageId, reasonCode: REASON.notAuthorized });
        return true;
      case 'pubrec':
        if (reasonCode < FAILURE) return false;
        // It wants no PUBREL: the message is over.
        packet.cmd = 'puback';
        answered(messageId);
        return false;
      case 'puback':
      case 'pubcomp':
        answered(messageId);
        return false;
      case 'subscribe': {
        if (!filters.subscribe(packet)) break;
        return false;
      }
      case 'unsubscribe': {
        if (!filters.unsubscribe(packet)) break;
        return false;
      }
      case 'pubrel':
      case 'pingreq':
        return false;
      case 'disconnect': {
        const expiry = packet.properties?.sessionExpiryInterval;
        // What was to end with the connection has ended with the connection.
        if (expiry !== undefined && expiry !== 0 && sessionExpiryMs === 0) break;
        if (expiry !== undefined) sessionExpiryMs = msOf(expiry);
        isOver = true;
        if (reasonCode === REASON.success) return false;
        // Only a plain goodbye takes the will back.
        conn.destroy();
        return true;
      }
    }
    fail(REASON.protocolError);
    return true;
  }

  const [usual] = parser.listeners('packet');
  parser.removeAllListeners('packet');
  parser.on('packet', (packet: IncomingPacket) => {
    if (!takes(packet)) return usual?.call(parser, packet);
    // As for every packet: reading goes on when it is done.
    parts._parsingBatch++;
    if (parts._keepaliveInterval > 0) parts._keepaliveTimer?.refresh();
    process.nextTick(parts._nextBatch);
  });
  parts.prependListener('error', (error) => sayGoodbye(reasonOf(error)));

  parser.settings = VERSION_5;
  const { will } = packet;
  const willDelayMs = msOf(((will?.properties ?? {}) as Properties).willDelayInterval ?? 0);
  delete packet.properties;
  packet.protocolVersion = 4;
  packet.clean = startsClean && sessionExpiryMs === 0;
  if (assignedClientId !== undefined) packet.clientId = assignedClientId;
  if (wanted.authenticationMethod === true) {
    fail(REASON.badAuthenticationMethod);
    return undefined;
  }
  return {
    startsClean,
    get sessionExpiryMs() {
      return sessionExpiryMs;
    },
    willDelayMs,
    get isSessionPresent() {
      return isSessionPresent;
    },
    set isSessionPresent(isPresent) {
      isSessionPresent = isPresent;
    },
    refuse(reason) {
      refusedFor = reason;
    },
    refuseFilter: filters.refuse,
    grantFilter: filters.granted,
    identifiersOf: filters.identifiersOf,
    sayGoodbye,
    writeAsIs,
  };
}

function msOf(seconds: number): number {
  return seconds === NEVER ? Number.POSITIVE_INFINITY : seconds * 1_000;
}

/** A refusal of a publish that ends the connection, which is how a publish of QoS 0 is refused. */
export function publishRefused(): Error {
  return errorWithReason('publish not allowed', REASON.notAuthorized);
}
