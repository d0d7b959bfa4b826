import { deflateRawSync, inflateRawSync } from 'node:zlib';

/**
 * A growing byte buffer and its reader, with the integer coding all stored columns use: zigzag varints, seven bits a
 * byte, for integers up to 2^52 in size (beyond 2^31 by floating arithmetic, for bit operations end there).
 */
export class ByteWriter {
  bytes: Uint8Array<ArrayBuffer>;
  length = 0;
  #view: DataView;

  constructor(initialBytes = 1 << 16) {
    this.bytes = new Uint8Array(initialBytes);
    this.#view = new DataView(this.bytes.buffer);
  }

  /** Makes room, so that the caller may write `bytes` more into `this.bytes` directly. */
  reserve(bytes: number): void {
    const needed = this.length + bytes;
    if (needed <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
    this.#view = new DataView(larger.buffer);
  }

  u8(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  f64(value: number): void {
    this.reserve(8);
    this.#view.setFloat64(this.length, value, true);
    this.length += 8;
  }

  /** An integer from 0 to 2^53 - 1. */
  unsigned(value: number): void {
    this.reserve(8);
    const bytes = this.bytes;
    let at = this.length;
    let rest = value;
    while (rest >= 0x8000_0000) {
      bytes[at++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    while (rest > 127) {
      bytes[at++] = (rest & 127) | 0x80;
      rest >>>= 7;
    }
    bytes[at++] = rest;
    this.length = at;
  }

  /** An integer of at most 2^52 in size. */
  signed(value: number): void {
    this.unsigned(value < 0 ? -2 * value - 1 : 2 * value);
  }

  blob(data: Uint8Array): void {
    this.unsigned(data.length);
    this.reserve(data.length);
    this.bytes.set(data, this.length);
    this.length += data.length;
  }

  take(): Uint8Array<ArrayBuffer> {
    const taken = this.bytes.slice(0, this.length);
    this.length = 0;
    return taken;
  }
}

export class ByteReader {
  readonly bytes: Uint8Array;
  at = 0;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  u8(): number {
    return this.#view.getUint8(this.at++);
  }

  f64(): number {
    const value = this.#view.getFloat64(this.at, true);
    this.at += 8;
    return value;
  }

  unsigned(): number {
    const bytes = this.bytes;
    let byte = bytes[this.at++] ?? 0;
    if (byte < 128) return byte;
    let value = byte & 127;
    let scale = 128;
    do {
      if (this.at >= bytes.length) throw new RangeError('a stored column runs past its end');
      byte = bytes[this.at++] ?? 0;
      value += (byte & 127) * scale;
      scale *= 128;
    } while (byte >= 128);
    return value;
  }

  signed(): number {
    const value = this.unsigned();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /**
   * As many signed integers as `into` has room for: the same as calling `signed` for each, at a quarter of the cost,
   * for nearly all of them take one or two bytes.
   */
  signedAll(into: Float64Array): void {
    const { bytes } = this;
    let at = this.at;
    for (let i = 0; i < into.length; i++) {
      const low = bytes[at] ?? 0;
      if (low < 128) {
        into[i] = (low >>> 1) ^ -(low & 1);
        at++;
        continue;
      }
      const high = bytes[at + 1] ?? 0;
      if (high < 128) {
        const value = (low & 127) | (high << 7);
        into[i] = (value >>> 1) ^ -(value & 1);
        at += 2;
        continue;
      }
      this.at = at;
      into[i] = this.signed();
      at = this.at;
    }
    if (at > bytes.length) throw new RangeError('a stored column runs past its end');
    this.at = at;
  }

  blob(): Uint8Array {
    const length = this.unsigned();
    const start = this.at;
    this.at += length;
    if (this.at > this.bytes.length) throw new RangeError('a stored column runs past its end');
    return this.bytes.subarray(start, this.at);
  }
}

/** A day of readings every 10 s in one piece; pieces are put together with a copy. */
const INFLATED_BYTES = 65_536;

const PLAIN = 0;
const DEFLATED = 1;

/** Below this deflate gains little, and its start-up of ten microseconds is most of what storing a block costs. */
const DEFLATE_BYTES_MIN = 1024;

/**
 * One byte that tells the form, then the bytes, deflated when that is smaller. Level 1 of raw deflate: measured on
 * columns of noisy readings it is as small as zstd and brotli within 5 %, and the cheapest to read for small blocks.
 */
export function pack(plain: Uint8Array): Uint8Array {
  if (plain.length >= DEFLATE_BYTES_MIN) {
    const deflated = deflateRawSync(plain, { level: 1 });
    if (deflated.length < plain.length) return withForm(DEFLATED, deflated);
  }
  return withForm(PLAIN, plain);
}

/** Throws when the bytes are not what `pack` made. */
export function unpack(packed: Uint8Array): Uint8Array {
  const body = packed.subarray(1);
  if (packed[0] === PLAIN) return body;
  if (packed[0] === DEFLATED) return inflateRawSync(body, { chunkSize: INFLATED_BYTES });
  throw new RangeError(`a stored block has the unknown form ${packed[0]}`);
}

function withForm(form: number, body: Uint8Array): Uint8Array {
  const packed = new Uint8Array(body.length + 1);
  packed[0] = form;
  packed.set(body, 1);
  return packed;
}
