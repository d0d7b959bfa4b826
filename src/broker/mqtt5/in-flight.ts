import mqttPacket, { type Packet } from 'mqtt-packet';

/** What a client of version 5 takes: so many publishes that it has not answered, none above a size. */
export interface InFlightOptions {
  readonly receiveMaximum: number;
  readonly maximumPacketSize: number;
  readonly write: (bytes: Uint8Array) => void;
  /** A message is larger than the client takes, and so is over for it. */
  readonly onDiscarded: (messageId: number) => void;
  /** More wait than are held for it: it listens no longer. */
  readonly onOverflow: () => void;
}

export type Publish = Packet & { readonly cmd: 'publish' };

export interface InFlight {
  /**
   * Sends a publish, or holds it until the client has answered others. Its properties stand before its payload already, as
   * version 5 has it, which is all that makes it one of version 5.
   */
  publish(packet: Publish): void;
  /** A publish was answered for good. */
  answered(messageId: number): void;
}

/** Publishes that wait for a client to answer earlier ones. One that lets more come together listens no longer. */
const HELD_MAX = 1_000;

export function createInFlight(options: InFlightOptions): InFlight {
  /** What was published to it and not answered. */
  const inFlight = new Set<number>();
  const held: Publish[] = [];

  function publish(packet: Publish): void {
    const { qos, messageId = 0 } = packet;
    if (qos > 0 && inFlight.size >= options.receiveMaximum && !inFlight.has(messageId)) {
      if (held.length >= HELD_MAX) return options.onOverflow();
      held.push(packet);
      return;
    }
    const bytes = mqttPacket.generate(packet);
    if (bytes.length > options.maximumPacketSize) {
      if (qos > 0) options.onDiscarded(messageId);
      return;
    }
    if (qos > 0) inFlight.add(messageId);
    options.write(bytes);
  }

  return {
    publish,
    answered(messageId) {
      if (!inFlight.delete(messageId)) return;
      const next = held.shift();
      if (next !== undefined) publish(next);
    },
  };
}
