import type { Client } from 'aedes';
import type { WaitingRoom } from '../lib/waiting-room.ts';
import type { Connections } from './connections.ts';
import type { Peer } from './peers.ts';
import type { Sessions } from './persistence.ts';
import { type MqttPrincipal, ownerName, principalName } from './principal.ts';
import { sessionKey } from './qos2-ledger.ts';
import type { Refusals } from './refusals.ts';

export interface AdmissionOptions {
  readonly connections: Connections;
  readonly sessions: Sessions;
  readonly strangers: WaitingRoom;
  readonly refusals: Refusals;
  readonly peerOf: (client: Client) => Peer | undefined;
  /** The clients that are connected, by their session. */
  readonly clients: () => Readonly<Record<string, Client | undefined>>;
}

/** Sessions that outlive their connections, of one device, and of a token or those who do not say who they are. */
const KEPT_SESSIONS_MAX = { device: 16, other: 1_000 };

/**
 * Gives a connection its session, which belongs to its principal and is known to Aedes by nothing else. False when there
 * is no place for it.
 */
export function createAdmission(options: AdmissionOptions): (client: Client, principal: MqttPrincipal) => boolean {
  const { connections, sessions, refusals } = options;
  return (client, principal) => {
    const session = sessionKey(ownerName(principal), client.id);
    const { network = 'unknown', version5 } = options.peerOf(client) ?? {};
    const startsClean = version5?.startsClean ?? client.clean;
    const replaces = options.clients()[session];
    if (connections.add(client, { principal, network, replaces, startsClean }) === undefined) return false;
    options.strangers.leave(client.conn);
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
  };
}
