import type { AedesOptions, Client, PublishPacket } from 'aedes';
import { brief } from '../lib/brief.ts';
import type { RouteOf } from '../model/route.ts';
import { type Session, sessionName } from './connections.ts';
import { publishRefused } from './mqtt5/connection.ts';
import { fits } from './mqtt5/filters.ts';
import type { Properties } from './mqtt5/properties.ts';
import { errorWithReason, REASON } from './mqtt5/reasons.ts';
import type { SaidByMessages } from './mqtt5/said.ts';
import { UNITS_OF_A_PACKET } from './pace.ts';
import type { Peer } from './peers.ts';
import type { Sessions } from './persistence.ts';
import { commandedDevice, mayPublish, maySubscribe, mayWaitInVain, principalName, senderOf } from './principal.ts';
import type { Refusals } from './refusals.ts';
import { payloadBytes, type Telemetry } from './telemetry.ts';

export interface AuthorizationOptions {
  readonly command: ((device: string, payload: Uint8Array) => string | null | undefined) | undefined;
  readonly routeOf: RouteOf;
  readonly refusals: Refusals;
  readonly telemetry: Telemetry;
  readonly sessions: Pick<Sessions, 'delayWill'>;
  readonly said: SaidByMessages;
  readonly sessionOf: (client: Client) => Session | undefined;
  readonly peerOf: (client: Client) => Peer | undefined;
}

/** What Aedes asks for every publish, every filter of a SUBSCRIBE, and before it delivers anything. */
export interface Authorization {
  readonly publish: NonNullable<AedesOptions['authorizePublish']>;
  readonly subscribe: NonNullable<AedesOptions['authorizeSubscribe']>;
  readonly forward: NonNullable<AedesOptions['authorizeForward']>;
  /** Whether a publish may not be. Counts it. */
  isPublishRefused(session: Session, topic: string): boolean;
}

/** A subscription more than this many on one connection is refused. Devices have one or two, a siren some dozens. */
const SUBSCRIPTIONS_MAX = 200;
/** Of a retained message that a subscription brings. */
const UNITS_OF_A_RETAINED = 5;

export function createAuthorization(options: AuthorizationOptions): Authorization {
  const { routeOf, refusals, telemetry, said, sessionOf, peerOf } = options;

  function isPublishRefused({ principal }: Session, topic: string): boolean {
    const route = routeOf(topic);
    if (route !== undefined && senderOf(route, topic, principal) !== undefined) return false;
    if (mayPublish(principal, topic)) return false;
    refusals.count('publish-not-allowed', `${principalName(principal)} to ${brief(topic)}`);
    return true;
  }

  /** Hands a command on where its device does not listen for itself. An error: it could not be. */
  function commandRefused({ principal }: Session, { topic, payload }: PublishPacket): Error | null {
    const to = commandedDevice(topic);
    const why = to === undefined ? undefined : options.command?.(to, payloadBytes(payload));
    if (why === undefined || why === null) return null;
    refusals.count('command-not-sent', `${principalName(principal)} to ${brief(topic)}: ${why}`);
    return errorWithReason(why, REASON.unspecified);
  }

  /** A retained message goes out by no better quality than its subscription asks for; Aedes knows that of plain topics alone. */
  function qosFor({ filters }: Session, { topic, qos }: PublishPacket): PublishPacket['qos'] {
    const asked = [...filters].flatMap(([filter, most]) => (fits(filter, topic) ? [most] : []));
    const most = Math.max(...asked);
    return asked.length === 0 || most >= qos ? qos : (most as PublishPacket['qos']);
  }

  return {
    isPublishRefused,

    publish(client, packet, done) {
      const session = client === null ? undefined : sessionOf(client);
      if (client === null || session === undefined || session.isEnded) return done(new Error('not authorised'));
      if (isPublishRefused(session, packet.topic)) return done(publishRefused());
      const route = routeOf(packet.topic);
      const device = route === undefined ? undefined : senderOf(route, packet.topic, session.principal);
      const take = () => {
        if (route !== undefined && device !== undefined) {
          return telemetry.of(client, session)(packet, route, device, done);
        }
        peerOf(client)?.pace?.spend(UNITS_OF_A_PACKET);
        // Nobody but a client of version 5 has some; for whom, and how long from now, they say it.
        if (packet.properties !== undefined) said.note(packet.payload, packet.properties as Properties);
        done(commandRefused(session, packet));
      };
      // Aedes asks for the will of a client that is gone as for any other publish.
      const version5 = client.closed ? peerOf(client)?.version5 : undefined;
      // It ends with the session at the latest.
      const willDelayMs = version5 === undefined ? 0 : Math.min(version5.willDelayMs, version5.sessionExpiryMs);
      if (willDelayMs === 0) return take();
      options.sessions.delayWill(client.id, client, willDelayMs, (isDue) => {
        if (isDue) take();
        else done(new Error('its client is there again'));
      });
    },

    subscribe(client, subscription, done) {
      const session = sessionOf(client);
      const { topic } = subscription;
      const version5 = peerOf(client)?.version5;
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
      session.filters.set(topic, subscription.qos);
      version5?.grantFilter(topic, (subscription as { subscriptionIdentifier?: number }).subscriptionIdentifier);
      done(null, subscription);
    },

    forward(client, packet) {
      const session = sessionOf(client);
      // A subscription of a kept session may be older than what its owner may do today.
      if (session === undefined || session.isEnded || !maySubscribe(session.principal, packet.topic)) return null;
      if (said.isExpired(packet.payload)) return null;
      // The packet is this client's own copy. On the wire a publish of version 5 has its properties before its payload.
      const version5 = peerOf(client)?.version5;
      if (version5 !== undefined) {
        const properties = said.deliveredWith(packet.payload, version5.identifiersOf(packet.topic));
        packet.payload = Buffer.concat([properties, Buffer.from(packet.payload)]);
      }
      if (packet.retain && packet.qos > 0) packet.qos = qosFor(session, packet);
      // PUBREC and PUBCOMP for one of QoS 2.
      session.answersDue += packet.qos;
      if (packet.retain) peerOf(client)?.pace?.spend(UNITS_OF_A_RETAINED);
      return packet;
    },
  };
}
