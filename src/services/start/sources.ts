import { type MqttPrincipal, mayFeed, ownerName } from '../../broker/principal.ts';
import type { Feeder } from '../../gateways/http/http-ingest.ts';
import type { Source } from '../../model/source.ts';

/** What people do to a device reaches it over whatever source it speaks. */
export function together(sources: () => readonly Source[]): Omit<Source, 'close'> {
  return {
    connections: (device) => sources().reduce((sum, source) => sum + source.connections(device), 0),
    disconnect(device) {
      for (const source of sources()) source.disconnect(device);
    },
    forget(device) {
      for (const source of sources()) source.forget(device);
    },
  };
}

/** What one who logs in as over MQTT may send over HTTP. */
export function feederOf(principal: MqttPrincipal | undefined): Feeder | undefined {
  if (principal === undefined) return undefined;
  return {
    owner: ownerName(principal),
    device: principal.kind === 'device' ? principal.id : null,
    mayFeed: (device) => mayFeed(principal, device),
    whileHeld: principal.kind === 'user' ? principal.whileHeld : undefined,
  };
}
