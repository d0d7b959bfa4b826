/** A tile or directory has some hundred KB. A few KB can stand for many GB, on which a control room's screen would die. */
const UNPACKED_BYTES_MAX = 32 << 20;
/** The methods of the format that a browser knows. */
const GZIP = 2;

/** What a PMTiles archive holds packed, within bounds. */
export async function unpacked(packed: ArrayBuffer, method: number): Promise<ArrayBuffer> {
  if (method < GZIP) return packed;
  if (method !== GZIP) throw new Error('not packed with gzip');
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
  for (const reader = stream.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) return new Blob(pieces).arrayBuffer();
    bytes += value.length;
    if (bytes > UNPACKED_BYTES_MAX) {
      await reader.cancel();
      throw new Error(`more than ${UNPACKED_BYTES_MAX} bytes unpacked`);
    }
    pieces.push(value);
  }
}
