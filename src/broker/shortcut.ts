import type { EventEmitter } from 'node:events';
import type { Client, PublishPacket } from 'aedes';
import type { ControlPacket } from './pace.ts';
import { readStraight } from './straight.ts';

/** What the short cut relies on of a connection in Aedes 1.2, beyond its types. */
interface ClientParts {
  readonly _parser: EventEmitter;
  /** Packets of the present socket read that are not done yet; the next read waits for them. */
  _parsingBatch: number;
  /** Reports one packet as done; with an error the connection is closed. */
  readonly _nextBatch: (error?: Error | null) => void;
  readonly _keepaliveInterval: number;
  readonly _keepaliveTimer: { refresh(): unknown } | null;
}

/** Puts off the end of a connection that is not heard from; only a packet that is whole does so by itself. */
export function keepAlive(client: Client | undefined): void {
  const parts = client as unknown as ClientParts | undefined;
  if (parts !== undefined && parts._keepaliveInterval > 0) parts._keepaliveTimer?.refresh();
}

type PacketListener = (this: EventEmitter, packet: PublishPacket) => void;

/**
 * Hands the QoS 1 publishes of a connection to `take` straight from the parser. On its usual way each of them passes
 * through a series of asynchronous steps that serve subscribers, and telemetry has none: those steps cost as much as all
 * that Brink does for a reading. Everything else, and what `take` declines, goes the usual way; reading on is held back
 * until `done`, as there. `onControl` is told of packets that are no PUBLISH.
 *
 * Nothing happens when the connection is built otherwise than in the Aedes this was written for: then all goes the usual
 * way, slower but right.
 */
export function takeShortcut(
  client: Client,
  take: (packet: PublishPacket, done: (error?: Error | null) => void) => boolean,
  onControl: (packet: ControlPacket) => void,
): void {
  const parts = client as unknown as ClientParts;
  const parser = parts._parser;
  const [usual, ...others] = parser?.listeners('packet') ?? [];
  if (usual === undefined || others.length > 0 || typeof parts._nextBatch !== 'function') return;
  const usualWay = usual as PacketListener;
  const done = parts._nextBatch;
  parser.removeListener('packet', usualWay);
  parser.on('packet', (packet: PublishPacket) => {
    if (packet.cmd !== 'publish' || packet.qos !== 1) {
      if (packet.cmd !== 'publish') onControl(packet);
      return usualWay.call(parser, packet);
    }
    parts._parsingBatch++;
    if (take(packet, done)) return keepAlive(client);
    parts._parsingBatch--;
    usualWay.call(parser, packet);
  });
  readStraight(parser, {
    // What is done at once does not have more read before the rest of this read is taken.
    begin: () => parts._parsingBatch++,
    take(packet) {
      parts._parsingBatch++;
      if (take(packet, done)) return true;
      parts._parsingBatch--;
      return false;
    },
    end(hasTaken) {
      if (hasTaken) keepAlive(client);
      done(null);
    },
  });
}
