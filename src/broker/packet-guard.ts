import type { Duplex } from 'node:stream';

/**
 * Watches the MQTT fixed headers that pass through `stream` and destroys it with `error` when a packet announces more
 * than `bytesMax` bytes. The parser behind would otherwise buffer up to 256 MB for one publish. Costs one look at each
 * packet's header; bodies are stepped over.
 */
export function guardPacketSize(stream: Duplex, bytesMax: number, onOversized: (bytes: number) => void): void {
  const read = stream.read.bind(stream);
  /** Bytes of the present packet's body still to come. */
  let bodyLeft = 0;
  let inLength = false;
  let length = 0;
  let factor = 1;

  function scan(chunk: Buffer): boolean {
    let at = 0;
    while (at < chunk.length) {
      if (bodyLeft > 0) {
        const step = Math.min(bodyLeft, chunk.length - at);
        bodyLeft -= step;
        at += step;
        continue;
      }
      const byte = chunk[at++] ?? 0;
      if (!inLength) {
        inLength = true;
        length = 0;
        factor = 1;
        continue;
      }
      length += (byte & 0x7f) * factor;
      factor *= 128;
      if (length > bytesMax) return false;
      // A fifth length byte is not MQTT; the parser behind says so and closes.
      if (byte < 0x80 || factor > 128 ** 4) {
        inLength = false;
        bodyLeft = length;
      }
    }
    return true;
  }

  stream.read = (size?: number) => {
    const chunk: unknown = read(size);
    if (!Buffer.isBuffer(chunk) || scan(chunk)) return chunk;
    onOversized(length);
    stream.destroy(new Error(`packet larger than ${bytesMax} bytes`));
    return null;
  };
}
