import { createGathering, type Gathering } from '../../lib/gathering.ts';

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
      let gathered = createGathering();
      let bytes = 0;
      let held = 0;
      try {
        for await (const piece of body) {
          const wasWhole = bytes <= bytesMax;
          bytes += piece.length;
          if (bytes <= bytesMax) gathered.add(piece);
          else if (wasWhole) gathered = beginningOf(gathered, piece);
          const holds = bytes > LARGE_BYTES && bytes <= bytesMax ? bytes : 0;
          heldTogether += holds - held;
          held = holds;
          if (heldTogether > UNDER_WAY_BYTES_MAX) return undefined;
        }
        return { payload: gathered.bytes(), oversizedBytes: bytes > bytesMax ? bytes : undefined };
      } finally {
        heldTogether -= held;
      }
    },
  };
}

/** The beginning of what has come in, of which the rest is let go. */
function beginningOf(gathered: Gathering, piece: Uint8Array): Gathering {
  const head = createGathering();
  head.add(gathered.bytes().slice(0, HEAD_BYTES));
  head.add(piece.slice(0, HEAD_BYTES - head.length));
  return head;
}
