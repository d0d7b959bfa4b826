import { crc16 } from '../line/crc16.ts';
import type { NextFrame } from '../line/protocol.ts';

/**
 * Frames of SL 651-2014 in its binary form: `7E7E`, where it goes and whence it comes, function, a length of 12 bits, the
 * start of the text (02, or 16 of one of several packets with their number), the text, its end, CRC-16/MODBUS over all
 * before it, high byte first.
 */

export const START = 0x7e;
export const STX = 0x02;
export const SYN = 0x16;
/** From a station: no more to come; one packet of several, more to come. */
export const ETX = 0x03;
export const ETB = 0x17;
/** To a station: asks; ends the talk; goes on; is to be sent again; ends the talk and the station stays. */
export const ENQ = 0x05;
export const EOT = 0x04;
export const ACK = 0x06;
export const NAK = 0x15;
export const ESC = 0x1b;

/** Up to and with the start of the text. */
const HEAD = 14;
/** The end of the text, and the CRC. */
const TAIL = 3;
/** Total and index of a packet of several, 12 bits each. */
const PACKET_NUMBER = 3;
const LENGTH_MAX = 0xfff;
export const FRAME_BYTES_MAX = HEAD + PACKET_NUMBER + LENGTH_MAX + TAIL;

export interface Frame {
  readonly isUplink: boolean;
  readonly center: number;
  /** Ten digits, as they are written on the station: of BCD, or in hex. */
  readonly station: string;
  readonly password: string;
  readonly func: number;
  readonly packets: { readonly total: number; readonly index: number } | undefined;
  readonly text: Uint8Array;
  readonly end: number;
  readonly isChecksumRight: boolean;
}

/**
 * Where the next frame stands: as long as it says. One whose CRC is wrong may say a wrong length, and goes no further than to
 * where another begins.
 */
export function nextFrame(bytes: Uint8Array): NextFrame {
  for (let start = bytes.indexOf(START); start >= 0; start = bytes.indexOf(START, start + 1)) {
    const begun = beginning(bytes, start);
    if (begun === 'no') continue;
    if (begun === 'perhaps') return { kind: 'more', keepFrom: start };
    const lengths = sizes(bytes, start);
    for (const size of lengths) {
      if (bytes.length >= start + size && hasRightSum(bytes, start, size)) {
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
  if (bytes.length < HEAD + TAIL || beginning(bytes, 0) !== 'yes') return undefined;
  const at = (i: number) => bytes[i] ?? 0;
  const isUplink = isUp(bytes, 0);
  // Downwards the station comes before the centre.
  const [center, station] = isUplink ? [at(2), bytes.subarray(3, 8)] : [at(7), bytes.subarray(2, 7)];
  const isSplit = at(13) === SYN;
  const textFrom = HEAD + (isSplit ? PACKET_NUMBER : 0);
  const textTo = Math.max(textFrom, bytes.length - TAIL);
  return {
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
  for (let at = bytes.indexOf(START, from); at >= 0 && at < to; at = bytes.indexOf(START, at + 1)) {
    if (beginning(bytes, at) === 'yes') return at;
  }
  return undefined;
}
