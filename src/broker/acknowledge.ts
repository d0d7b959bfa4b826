import type { Duplex } from 'node:stream';
import type { Client } from 'aedes';

/** Fixed header of a PUBACK: packet type 4, then a remaining length of 2, the packet id. */
const PUBACK = 0x40;
const PUBACK_BYTES = 4;
/** A client that has this much of acknowledgements unread is not listening at all. */
const UNREAD_BYTES_MAX = 1 << 20;

export interface AcknowledgerOptions {
  /** A PUBACK without a reason looks the same in 3.1.1 and 5. */
  readonly write: (client: Client, bytes: Uint8Array) => void;
  readonly onSlowReader: (client: Client) => void;
}

/**
 * Writes PUBACKs, all those of one turn and one connection in one write: acknowledgements come in batches, one batch for
 * each fsync, and a write for each of them would cost more than everything else that is done for a reading.
 */
export function createAcknowledger({
  write,
  onSlowReader,
}: AcknowledgerOptions): (client: Client, messageId: number) => void {
  const waiting = new Map<Client, number[]>();

  function flush(): void {
    for (const [client, ids] of waiting) {
      const stream: Duplex = client.conn;
      if (client.closed || stream.destroyed) continue;
      write(client, encode(ids));
      if (stream.writableLength <= UNREAD_BYTES_MAX) continue;
      onSlowReader(client);
      stream.destroy();
    }
    waiting.clear();
  }

  return (client, messageId) => {
    const ids = waiting.get(client);
    if (ids !== undefined) {
      ids.push(messageId);
      return;
    }
    if (waiting.size === 0) process.nextTick(flush);
    waiting.set(client, [messageId]);
  };
}

function encode(ids: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(ids.length * PUBACK_BYTES);
  let at = 0;
  for (const id of ids) {
    bytes[at] = PUBACK;
    bytes[at + 1] = 2;
    bytes[at + 2] = id >> 8;
    bytes[at + 3] = id & 0xff;
    at += PUBACK_BYTES;
  }
  return bytes;
}
