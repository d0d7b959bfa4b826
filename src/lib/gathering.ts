/** Bytes that come in pieces, gathered into one. */
export interface Gathering {
  add(piece: Uint8Array): void;
  /** Bytes so far. */
  readonly length: number;
  /** All of them. Nothing may be added any more. */
  bytes(): Uint8Array;
}

/**
 * What a sender cuts into pieces of a byte each must not take hundreds of bytes of memory each: pieces are copied behind one
 * another, and nothing of them is kept, nor of the larger buffer they may be a part of. One that comes alone is not copied.
 */
export function createGathering(): Gathering {
  let room: Uint8Array | undefined;
  let length = 0;

  return {
    add(piece) {
      if (piece.length === 0) return;
      if (room === undefined) room = piece;
      else {
        if (length + piece.length > room.length || length === room.length) {
          const larger = new Uint8Array(2 * (length + piece.length));
          larger.set(room.subarray(0, length));
          room = larger;
        }
        room.set(piece, length);
      }
      length += piece.length;
    },
    get length() {
      return length;
    },
    bytes: () => room?.subarray(0, length) ?? new Uint8Array(0),
  };
}
