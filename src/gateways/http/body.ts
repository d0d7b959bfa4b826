/** What came in of a payload. */
export interface Body {
  readonly payload: Uint8Array;
  /** The size of the whole, where `payload` is only its beginning. */
  readonly oversizedBytes: number | undefined;
}

export interface Bodies {
  /** Reads a body to its end. Undefined when too much is under way to hold it. Throws what reading throws. */
  read(body: AsyncIterable<Uint8Array>): Promise<Body | undefined>;
}

/** Of a payload that is too large this much is kept, as of one over MQTT. */
const HEAD_BYTES = 4_096;
/** Payloads above this count in what is held together. */
const LARGE_BYTES = 64 * 1024;
/** What payloads that have not come in whole yet may hold in memory, of all calls together. */
const UNDER_WAY_BYTES_MAX = 64 << 20;

/** Reads bodies of any length, and holds no more of each than can be taken, nor of all than there is room for. */
export function createBodies(bytesMax: number): Bodies {
  let heldTogether = 0;

  return {
    async read(body) {
      let pieces: Uint8Array[] = [];
      let bytes = 0;
      let held = 0;
      try {
        for await (const piece of body) {
          bytes += piece.length;
          if (bytes <= bytesMax) pieces.push(piece);
          else pieces = beginningOf(pieces, piece);
          const holds = bytes > LARGE_BYTES && bytes <= bytesMax ? bytes : 0;
          heldTogether += holds - held;
          held = holds;
          if (heldTogether > UNDER_WAY_BYTES_MAX) return undefined;
        }
        return { payload: Buffer.concat(pieces), oversizedBytes: bytes > bytesMax ? bytes : undefined };
      } finally {
        heldTogether -= held;
      }
    },
  };
}

/** The beginning of what has come in; in one piece as soon as it is as long as it may be, so that the rest is let go. */
function beginningOf(pieces: Uint8Array[], piece: Uint8Array): Uint8Array[] {
  const [first] = pieces;
  if (pieces.length === 1 && first?.length === HEAD_BYTES) return pieces;
  return [new Uint8Array(Buffer.concat([...pieces, piece]).subarray(0, HEAD_BYTES))];
}
