import { Readable } from 'node:stream';
import type { AedesPublishPacket } from 'aedes';
import PacketOfAedes from 'aedes-packet';

/** What waits for sessions to take it, within bounds: the part of an Aedes persistence that is named `outgoing…`. */
export interface Outgoing {
  outgoingEnqueue(to: { readonly clientId: string }, packet: AedesPublishPacket): Promise<void>;
  outgoingEnqueueCombi(to: readonly { readonly clientId: string }[], packet: AedesPublishPacket): Promise<void>;
  outgoingUpdate(client: { readonly id: string }, packet: AedesPublishPacket): Promise<void>;
  outgoingClearMessageId(
    client: { readonly id: string },
    packet: {
      readonly messageId?: number | undefined;
      readonly brokerId?: string | null;
      readonly brokerCounter?: number;
    },
  ): Promise<AedesPublishPacket | undefined>;
  outgoingStream(client: { readonly id: string }): Readable;
}

export interface OutgoingBounds {
  /** Of one session. */
  readonly messagesMax: number;
  readonly bytesMax: number;
  /** Of all together. */
  readonly totalBytesMax: number;
}

export interface OutgoingOptions {
  /** What is kept of a message beside its payload and its topic, in bytes. */
  readonly beside: (payload: unknown) => number;
  /** A message had to make room. */
  readonly onDropped: (session: string, packet: AedesPublishPacket) => void;
}

/** Of its own, beside what is in it. */
const PACKET_BYTES = 300;

interface Queue {
  packets: AedesPublishPacket[];
  bytes: number;
}

// What Aedes makes of a packet that waits: without the id that it had on the way in.
const Packet = PacketOfAedes as unknown as new (original: AedesPublishPacket) => AedesPublishPacket;

/**
 * Aedes' own queues have no end, and a client that stays away, or takes nothing, fills the memory. Here the oldest make
 * room: of what was to be said to somebody who was away for long, the latest counts. Then those of the session that has had
 * something waiting for the longest. `onDropped` is told of each.
 */
export function createOutgoing(
  bounds: OutgoingBounds,
  { beside, onDropped }: OutgoingOptions,
): Outgoing & { forget(session: string): void } {
  const bytesOf = ({ payload, topic }: AedesPublishPacket): number =>
    PACKET_BYTES + (payload?.length ?? 0) + (topic?.length ?? 0) + beside(payload);
  /** Who has had something waiting for the longest stands first. */
  const queues = new Map<string, Queue>();
  let totalBytes = 0;

  function remove(session: string, queue: Queue, at: number): AedesPublishPacket | undefined {
    const [packet] = queue.packets.splice(at, 1);
    if (packet === undefined) return undefined;
    const bytes = bytesOf(packet);
    queue.bytes -= bytes;
    totalBytes -= bytes;
    if (queue.packets.length === 0) queues.delete(session);
    return packet;
  }

  function drop(session: string, queue: Queue): void {
    const packet = remove(session, queue, 0);
    if (packet !== undefined) onDropped(session, packet);
  }

  function enqueue(session: string, original: AedesPublishPacket): void {
    const packet = new Packet(original);
    const queue = queues.get(session) ?? { packets: [], bytes: 0 };
    if (queue.packets.length === 0) queues.set(session, queue);
    const bytes = bytesOf(packet);
    queue.packets.push(packet);
    queue.bytes += bytes;
    totalBytes += bytes;
    const isOver = () => queue.packets.length > bounds.messagesMax || queue.bytes > bounds.bytesMax;
    while (queue.packets.length > 1 && isOver()) drop(session, queue);
    while (totalBytes > bounds.totalBytesMax) {
      const [longest] = queues;
      if (longest === undefined) return;
      drop(...longest);
    }
  }

  return {
    async outgoingEnqueue({ clientId }, packet) {
      enqueue(clientId, packet);
    },
    async outgoingEnqueueCombi(to, packet) {
      // Who has subscribed by several filters that fit is named for each of them, and would get the others later, as if new.
      for (const session of new Set(to.map(({ clientId }) => clientId))) enqueue(session, packet);
    },
    async outgoingUpdate({ id }, packet) {
      const packets = queues.get(id)?.packets ?? [];
      for (const [at, waiting] of packets.entries()) {
        if (waiting.brokerId === packet.brokerId) {
          if (waiting.brokerCounter !== packet.brokerCounter) continue;
          waiting.messageId = packet.messageId;
          return;
        }
        // A PUBREL that stands in place of its publish.
        if (waiting.messageId === packet.messageId) {
          const queue = queues.get(id) as Queue;
          const change = bytesOf(packet) - bytesOf(waiting);
          queue.bytes += change;
          totalBytes += change;
          packets[at] = packet;
          return;
        }
      }
      // It has made room meanwhile, and is delivered all the same: a refusal would cost the client its connection.
    },
    async outgoingClearMessageId({ id }, { messageId, brokerId, brokerCounter }) {
      const queue = queues.get(id);
      // One that is not to be sent after all has no id yet, and others that wait have none either.
      const isMeant = (packet: AedesPublishPacket) =>
        messageId === undefined
          ? packet.brokerId === brokerId && packet.brokerCounter === brokerCounter
          : packet.messageId === messageId;
      const at = queue?.packets.findIndex(isMeant) ?? -1;
      return queue === undefined || at < 0 ? undefined : remove(id, queue, at);
    },
    outgoingStream: ({ id }) => Readable.from([...(queues.get(id)?.packets ?? [])]),
    forget(session) {
      totalBytes -= queues.get(session)?.bytes ?? 0;
      queues.delete(session);
    },
  };
}
