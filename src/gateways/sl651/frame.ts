import { crc16 } from '../line/crc16.ts';
import type { NextFrame } from '../line/protocol.ts';
import { ASCII_FRAME_BYTES_MAX, beginningAscii, hasRightSumAscii, readAscii, SOH, sizesAscii } from './ascii-frame.ts';
import { type Frame, START, STX, SYN } from './marks.ts';

/**
 * Frames of SL 651-2014 in its binary form: `7E7E`, where it goes and whence it comes, function, a length of 12 bits, the
 * start of the text (02, or 16 of one of several packets with their number), the text, its end, CRC-16/MODBUS over all
 * before it, high byte first.
 */

/** Up to and with the start of the text. */
const HEAD = 14;
/** The end of the text, and the CRC. */
const TAIL = 3;
/** Total and index of a packet of several, 12 bits each. */
const PACKET_NUMBER = 3;
/** The longest: one of the form in characters, which writes most of its numbers with twice the bytes. */
export const FRAME_BYTES_MAX = ASCII_FRAME_BYTES_MAX;

/**
 * Where the next frame stands: as long as it says. One whose CRC is wrong may say a wrong length, and goes no further than to
 * where another begins.
 */
export function nextFrame(bytes: Uint8Array): NextFrame {
  for (let start = nextMark(bytes, 0); start >= 0; start = nextMark(bytes, start + 1)) {
    const isAscii = bytes[start] === SOH;
    const begun = isAscii ? beginningAscii(bytes, start) : beginning(bytes, start);
    if (begun === 'no') continue;
    if (begun === 'perhaps') return { kind: 'more', keepFrom: start };
    const lengths = isAscii ? sizesAscii(bytes, start) : sizes(bytes, start);
    for (const size of lengths) {
      const isRight = isAscii ? hasRightSumAscii : hasRightSum;
      if (bytes.length >= start + size && isRight(bytes, start, size)) {
        return { kind: 'frame', start, end: start + size };
      }
    }
    const longest = Math.max(...lengths);
    if (bytes.length < start + longest) return { kind: 'more', keepFrom: start };
    const another = nextBeginning(bytes, start + 2, start + longest);
    return { kind: 'frame', start, end: another ?? start + (lengths[0] ?? longest) };
  }
  return { kind: 'more', keepFrom: bytes.length };
}

/** The parts of a frame; undefined where there are too few bytes, or they do not begin as one. */
export function readFrame(bytes: Uint8Array): Frame | undefined {
  if (bytes[0] === SOH) return readAscii(bytes);
  if (bytes.length < HEAD + TAIL || beginning(bytes, 0) !== 'yes') return undefined;
  const at = (i: number) => bytes[i] ?? 0;
  const isUplink = isUp(bytes, 0);
  // Downwards the station comes before the centre.
  const [center, station] = isUplink ? [at(2), bytes.subarray(3, 8)] : [at(7), bytes.subarray(2, 7)];
  const isSplit = at(13) === SYN;
  const textFrom = HEAD + (isSplit ? PACKET_NUMBER : 0);
  const textTo = Math.max(textFrom, bytes.length - TAIL);
  return {
    form: 'binary',
    isUplink,
    center,
    station: hex(station),
    password: hex(bytes.subarray(8, 10)),
    func: at(10),
    packets: isSplit ? { total: (at(14) << 4) | (at(15) >> 4), index: ((at(15) & 0x0f) << 8) | at(16) } : undefined,
    text: bytes.subarray(textFrom, textTo),
    end: at(bytes.length - TAIL),
    isChecksumRight: sizes(bytes, 0).includes(bytes.length) && hasRightSum(bytes, 0, bytes.length),
  };
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}

/** Direction and length: 0 upwards, 8 downwards. */
function isUp(bytes: Uint8Array, start: number): boolean {
  return ((bytes[start + 11] ?? 0) & 0xf0) === 0;
}

function beginning(bytes: Uint8Array, start: number): 'yes' | 'no' | 'perhaps' {
  const next = bytes[start + 1];
  if (next !== undefined && next !== START) return 'no';
  const direction = bytes[start + 11];
  if (direction !== undefined && (direction & 0x70) !== 0) return 'no';
  const text = bytes[start + 13];
  if (text === undefined) return 'perhaps';
  return text === STX || text === SYN ? 'yes' : 'no';
}

/** How long a frame may be by what it says: stations count the number of a packet into the length, or do not. */
function sizes(bytes: Uint8Array, start: number): number[] {
  const length = (((bytes[start + 11] ?? 0) & 0x0f) << 8) | (bytes[start + 12] ?? 0);
  const size = HEAD + length + TAIL;
  if (bytes[start + 13] !== SYN) return [size];
  return length < PACKET_NUMBER ? [size + PACKET_NUMBER] : [size, size + PACKET_NUMBER];
}

function hasRightSum(bytes: Uint8Array, start: number, size: number): boolean {
  const end = start + size - 2;
  return crc16(bytes.subarray(start, end)) === (((bytes[end] ?? 0) << 8) | (bytes[end + 1] ?? 0));
}

function nextBeginning(bytes: Uint8Array, from: number, to: number): number | undefined {
  for (let at = nextMark(bytes, from); at >= 0 && at < to; at = nextMark(bytes, at + 1)) {
    if ((bytes[at] === SOH ? beginningAscii(bytes, at) : beginning(bytes, at)) === 'yes') return at;
  }
  return undefined;
}

/** Where either form of a frame may begin. */
function nextMark(bytes: Uint8Array, from: number): number {
  for (let at = from; at < bytes.length; at++) if (bytes[at] === START || bytes[at] === SOH) return at;
  return -1;
}
