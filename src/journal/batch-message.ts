import { crc32 } from 'node:zlib';
import { z } from 'zod';
import type { NamedBatch } from './batch-log.ts';

/**
 * A batch as one message of a shared log, little-endian: version u8, CRC-32 of all behind it u32, u32 length + JSON of the
 * name, the count and the changes of the ledger, then the entries. The CRC is checked by everybody who reads it: engines have
 * given back other bytes than they were given.
 */
const VERSION = 1;
const HEAD = 9;

const headSchema = z.object({
  node: z.string(),
  run: z.string(),
  n: z.int().positive(),
  count: z.int().nonnegative(),
  unreleased: z.array(
    z.object({
      session: z.string(),
      messageId: z.number(),
      // Left out of what is released.
      digest: z.number().optional(),
      atMs: z.number(),
    }),
  ),
});

export function batchToMessage({ node, run, n, count, data, unreleased }: NamedBatch): Buffer {
  const head = Buffer.from(JSON.stringify({ node, run, n, count, unreleased }));
  const message = Buffer.allocUnsafeSlow(HEAD + head.length + data.length);
  message[0] = VERSION;
  message.writeUInt32LE(head.length, 5);
  head.copy(message, HEAD);
  message.set(data, HEAD + head.length);
  message.writeUInt32LE(crc32(message.subarray(5)), 1);
  return message;
}

/** A message that is not what was appended, or of a later version. */
export class DamagedMessageError extends Error {}

/** The batch of a message and the CRC that it was written with. Throws DamagedMessageError. */
export function batchOfMessage(message: Uint8Array): NamedBatch & { readonly crc: number } {
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  if (bytes.length < HEAD) throw new DamagedMessageError('it is cut short');
  if (bytes[0] !== VERSION)
    throw new DamagedMessageError(`it is of version ${bytes[0]}, and this program reads ${VERSION}`);
  const crc = bytes.readUInt32LE(1);
  if (crc32(bytes.subarray(5)) !== crc) throw new DamagedMessageError('its CRC does not fit');
  const end = HEAD + bytes.readUInt32LE(5);
  const { unreleased, ...head } = headSchema.parse(JSON.parse(bytes.subarray(HEAD, end).toString()));
  // Memory of its own: it goes to another thread, and the engine's buffer holds other messages.
  const data = Buffer.allocUnsafeSlow(bytes.length - end);
  bytes.copy(data, 0, end);
  return { ...head, crc, data, unreleased: unreleased.map((change) => ({ ...change, digest: change.digest })) };
}
