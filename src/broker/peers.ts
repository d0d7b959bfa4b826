import type { Duplex } from 'node:stream';
import type { Client } from 'aedes';
import { addressGroup } from '../lib/address.ts';
import type { Clock } from '../lib/clock.ts';
import { createRecent } from '../lib/recent.ts';
import { createTurns } from '../lib/turns.ts';
import type { RouteOf } from '../model/route.ts';
import { type Session, sessionName } from './connections.ts';
import type { Version5 } from './mqtt5/connection.ts';
import { readPropertiesStrictly } from './mqtt5/parser.ts';
import { REASON } from './mqtt5/reasons.ts';
import { type Allowance, newAllowance, type Pace, paceReading } from './pace.ts';
import { guardPackets, type PacketGuard } from './packet-guard.ts';
import { hasWildcard, type MqttPrincipal, ownerName, senderOf } from './principal.ts';
import type { Refusals } from './refusals.ts';

/** A connection as far as it is known before anybody says whose it is. */
export interface Peer {
  readonly address: string;
  /** Where it comes from, as a network counts as one. */
  readonly network: string;
  /** What reads its packets before Aedes does. */
  readonly guard: PacketGuard;
  /** Undefined until Aedes has it. */
  pace: Pace | undefined;
  /** Undefined of a connection that speaks 3.1.1. */
  version5: Version5 | undefined;
  /** It gave no client id. Aedes makes one up for it, which nobody there would know. */
  isUnnamed: boolean;
}

export interface PeersOptions {
  readonly clock: Clock;
  readonly packetBytesMax: number;
  readonly routeOf: RouteOf;
  readonly refusals: Refusals;
  /** Gives a stream to Aedes. */
  readonly handle: (stream: Duplex) => Client;
  readonly sessionOf: (client: Client) => Session | undefined;
  /** Its packet takes long to come in, which is a sign of life. */
  readonly keepAlive: (client: Client | undefined) => void;
}

/** The connections there are, each read within bounds and at a pace. */
export interface Peers {
  /** Serves MQTT on a stream that comes from an address. */
  serve(stream: Duplex, address: string): void;
  of(client: Client): Peer | undefined;
  /** What somebody may spend; undefined of those who do not say who they are, who have one for each connection. */
  allowanceOf(principal: MqttPrincipal): Allowance | undefined;
}

/** A CONNECT or SUBSCRIBE that is larger is nobody's honest one. */
const OTHER_PACKET_BYTES_MAX = 256 * 1024;
/** What large packets that have not come in whole yet may hold in memory, of all connections together. */
const UNDER_WAY_BYTES_MAX = 256 << 20;
/** A token may serve a whole gateway, which has more to say than a device. */
const TOKEN_UNITS_PER_SECOND = 10_000;
const ALLOWANCES_MAX = 50_000;
/** Publishes by the hundred, as of a buffer that is emptied, may take half of the time. */
const BULK_OTHERS_SHARE = 1;

export function createPeers({ clock, packetBytesMax, routeOf, refusals, ...options }: PeersOptions): Peers {
  const peers = new WeakMap<Duplex, Peer>();
  const budget = { bytesMax: UNDER_WAY_BYTES_MAX, bytes: 0 };
  const turns = { control: createTurns(clock), bulk: createTurns(clock, BULK_OTHERS_SHARE) };
  /** Of devices and tokens, and of each network for those who have not said yet who they are. */
  const allowances = createRecent<Allowance>(ALLOWANCES_MAX);

  return {
    serve(stream, address) {
      const clientOf = () => (stream as Duplex & { client?: Client }).client;
      const sessionOf = () => {
        const client = clientOf();
        return client === undefined ? undefined : options.sessionOf(client);
      };
      const guard = guardPackets(stream, {
        publishBytesMax: packetBytesMax,
        otherBytesMax: Math.min(packetBytesMax, OTHER_PACKET_BYTES_MAX),
        budget,
        maySkip(topic) {
          const session = sessionOf();
          // Who has sent a CONNECT and was not answered yet is looked at when it comes to the publish.
          const route = hasWildcard(topic) ? undefined : routeOf(topic);
          if (route === undefined) return false;
          if (session === undefined) return route.kind === 'envelope' || route.device(topic) !== undefined;
          return senderOf(route, topic, session.principal) !== undefined;
        },
        onRefused(reason, bytes) {
          refusals.count(reason, sessionName(sessionOf()), { bytes });
          peer.version5?.sayGoodbye(reason === 'packet-too-large' ? REASON.packetTooLarge : REASON.quotaExceeded);
        },
        onUnderWay: () => options.keepAlive(clientOf()),
      });
      const network = addressGroup(address);
      const peer: Peer = { address, network, guard, pace: undefined, version5: undefined, isUnnamed: false };
      peers.set(stream, peer);
      const client = options.handle(stream);
      readPropertiesStrictly(client);
      const stranger = allowances.take(`network/${network}`, newAllowance);
      peer.pace = paceReading(client, { clock, turns, readWork: guard.readWork, stranger });
    },

    of: ({ conn }) => peers.get(conn),

    allowanceOf(principal) {
      if (principal.kind === 'anonymous') return undefined;
      const make = () => newAllowance(principal.kind === 'user' ? TOKEN_UNITS_PER_SECOND : undefined);
      return allowances.take(ownerName(principal), make);
    },
  };
}
