import { isDigit, isHex } from '../line/bytes.ts';
import { crc16 } from '../line/crc16.ts';

/**
 * Frames of HJ 212-2017 and of its 2005 edition: `##`, the length of the segment in four digits, the segment, its CRC in four
 * hex digits, CR LF. The CRC is that of annex A of the standard.
 */

/** The length has four digits. */
export const FRAME_BYTES_MAX = 2 + 4 + 9_999 + 4 + 2;
const HEAD = 6;
const HASH = 0x23;
const AMPERSAND = 0x26;
const CR = 0x0d;
const LF = 0x0a;

export type Checksum = 'hj' | 'modbus' | 'bad';

export interface Frame {
  readonly segment: Uint8Array;
  /** Whose sum stands there: some devices take MODBUS's. */
  readonly checksum: Checksum;
  /** Whether the segment is as long as the frame says. */
  readonly isLengthRight: boolean;
}

/** CRC of annex A of HJ 212: the high byte is shifted down before each byte is put in. */
export function crcOf(segment: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of segment) {
    crc = (crc >> 8) ^ byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  }
  return crc;
}

/** The frame of a segment, as a platform sends it. */
export function frameOf(segment: string): Uint8Array {
  const bytes = Buffer.from(segment, 'latin1');
  const crc = crcOf(bytes).toString(16).toUpperCase().padStart(4, '0');
  return Buffer.concat([Buffer.from(`##${String(bytes.length).padStart(4, '0')}`), bytes, Buffer.from(`${crc}\r\n`)]);
}

/**
 * Where the next frame stands: as long as it says, if a CRC stands there; else up to where one ends in the words of the
 * standard, `&&`, four hex digits and CR LF or the next frame. Whoever says a wrong length is read no further than that.
 */
export function nextFrame(
  bytes: Uint8Array,
): { kind: 'frame'; start: number; end: number } | { kind: 'more'; keepFrom: number } {
  for (let start = 0; ; start++) {
    start = bytes.indexOf(HASH, start);
    if (start < 0) return { kind: 'more', keepFrom: bytes.length };
    if (bytes.length < start + HEAD) {
      if (couldBegin(bytes, start)) return { kind: 'more', keepFrom: start };
      continue;
    }
    if (!begins(bytes, start)) continue;
    const end = start + HEAD + lengthAt(bytes, start);
    const hasWhole = bytes.length >= end + 4;
    if (hasWhole && isHexAt(bytes, end) && !isWithinNumber(bytes, start, end)) return found(bytes, start, end + 4);
    const closing = closingOf(bytes, start + HEAD, hasWhole);
    const another = nextBeginning(bytes, start + 2);
    // Another frame has begun before this one ended: the rest of this one is lost, and the other is not to be lost with it.
    if (another >= 0 && (closing === undefined ? hasWhole : another < closing)) continue;
    if (closing !== undefined) return found(bytes, start, closing);
    if (!hasWhole || bytes.length < start + FRAME_BYTES_MAX) return { kind: 'more', keepFrom: start };
  }
}

/** The parts of a frame that `nextFrame` has found, or of what was kept as one; undefined when it is none. */
export function readFrame(bytes: Uint8Array): Frame | undefined {
  if (bytes.length < HEAD + 4 || !begins(bytes, 0)) return undefined;
  let end = bytes.length;
  while (end > 0 && (bytes[end - 1] === CR || bytes[end - 1] === LF)) end--;
  const segment = bytes.subarray(HEAD, Math.max(HEAD, end - 4));
  if (!isHexAt(bytes, end - 4)) return undefined;
  const given = Number.parseInt(Buffer.from(bytes.subarray(end - 4, end)).toString('latin1'), 16);
  const checksum = given === crcOf(segment) ? 'hj' : given === crc16(segment) ? 'modbus' : 'bad';
  return { segment, checksum, isLengthRight: lengthAt(bytes, 0) === segment.length };
}

function found(bytes: Uint8Array, start: number, crcEnd: number): { kind: 'frame'; start: number; end: number } {
  const hasEnd = bytes[crcEnd] === CR && bytes[crcEnd + 1] === LF;
  return { kind: 'frame', start, end: hasEnd ? crcEnd + 2 : crcEnd };
}

function begins(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === HASH && bytes[at + 1] === HASH && [2, 3, 4, 5].every((i) => isDigit(bytes[at + i]));
}

/** Whether the end of what has come in may be the head of a frame. */
function couldBegin(bytes: Uint8Array, at: number): boolean {
  return bytes.subarray(at).every((byte, i) => (i < 2 ? byte === HASH : isDigit(byte)));
}

function nextBeginning(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(HASH, from); at >= 0; at = bytes.indexOf(HASH, at + 1)) {
    if (begins(bytes, at)) return at;
  }
  return -1;
}

function lengthAt(bytes: Uint8Array, start: number): number {
  return [2, 3, 4, 5].reduce((length, i) => length * 10 + (bytes[start + i] ?? 0x30) - 0x30, 0);
}

function isHexAt(bytes: Uint8Array, at: number): boolean {
  return at >= 0 && [0, 1, 2, 3].every((i) => isHex(bytes[at + i]));
}

/**
 * Whether four digits that stand where the CRC should are of a value, because the length is wrong: the segment before
 * them does not end as a segment does, and their sum is not right either.
 */
function isWithinNumber(bytes: Uint8Array, start: number, end: number): boolean {
  if (bytes[end - 1] === AMPERSAND && bytes[end - 2] === AMPERSAND) return false;
  return readFrame(bytes.subarray(start, end + 4))?.checksum === 'bad';
}

/** The end of the first `&&`, four hex digits, and CR LF or (if `orNext`) the next frame; undefined when there is none. */
function closingOf(bytes: Uint8Array, from: number, orNext: boolean): number | undefined {
  for (let at = bytes.indexOf(AMPERSAND, from); at >= 0; at = bytes.indexOf(AMPERSAND, at + 1)) {
    if (bytes[at + 1] !== AMPERSAND || !isHexAt(bytes, at + 2)) continue;
    const end = at + 6;
    if (bytes[end] === CR && bytes[end + 1] === LF) return end;
    if (orNext && begins(bytes, end)) return end;
  }
  return undefined;
}
