import { Aedes, type Client, type PublishPacket } from 'aedes';
import type { RouteOf } from '../model/route.ts';

/** What is relied on of Aedes 1.2 beyond its types, and what of it is done otherwise here. */
interface AedesParts {
  readonly clients: Record<string, Client | undefined>;
  registerClient(client: Client): void;
  _finishRegisterClient(client: Client): void;
  unregisterClient(client: Client): void;
}

function partsOf(aedes: Aedes): AedesParts {
  return aedes as unknown as AedesParts;
}

/** The clients that are connected, by their session. */
export function clientsOf(aedes: Aedes): Readonly<Record<string, Client | undefined>> {
  return partsOf(aedes).clients;
}

/** Telemetry has no subscribers, so it does not pass through the broker's routing: that saves a third of its cost. */
export class TelemetrySink extends Aedes {
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

/**
 * Where several connections of one session come and go at once, Aedes registers one that is closed already, and takes
 * another out in the place of the one that goes: the one left over then stays connected beside its successor.
 */
export function replaceOnlyItself(aedes: Aedes, onReplaced: (client: Client) => void): void {
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
