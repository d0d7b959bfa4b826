import { isHex } from '../line/bytes.ts';
import { crc16 } from '../line/crc16.ts';
import { type Frame, LENGTH_MAX, STX, SYN } from './marks.ts';

/**
 * Frames of SL 651-2014 in characters (6.4): `01`, and then what the binary form has, each byte as two hex digits; the text
 * is of characters as well, and the CRC is of four digits. Between stations and centres by text message and satellite, and
 * over TCP from stations that were built for these.
 */

export const SOH = 0x01;
/** Centre 2, station 10, password 4, function 2, direction and length 4. */
const HEAD_DIGITS = 22;
/** With what starts the text. */
const HEAD = 1 + HEAD_DIGITS + 1;
/** The end of the text, and the CRC. */
const TAIL = 5;
/** Total and index of a packet of several. */
const PACKET_NUMBER = 6;
export const ASCII_FRAME_BYTES_MAX = HEAD + PACKET_NUMBER + LENGTH_MAX + TAIL;

export function beginningAscii(bytes: Uint8Array, start: number): 'yes' | 'no' | 'perhaps' {
  for (let i = 1; i <= HEAD_DIGITS; i++) {
    if (bytes.length <= start + i) return 'perhaps';
    if (!isHex(bytes[start + i])) return 'no';
  }
  const text = bytes[start + HEAD - 1];
  if (text === undefined) return 'perhaps';
  return text === STX || text === SYN ? 'yes' : 'no';
}

/** How long a frame may be by what it says: with the number of a packet in its length, or beside it. */
export function sizesAscii(bytes: Uint8Array, start: number): number[] {
  const size = HEAD + numberAt(bytes, start + 20, 3) + TAIL;
  if (bytes[start + HEAD - 1] !== SYN) return [size];
  return size < HEAD + PACKET_NUMBER + TAIL ? [size + PACKET_NUMBER] : [size, size + PACKET_NUMBER];
}

export function hasRightSumAscii(bytes: Uint8Array, start: number, size: number): boolean {
  const end = start + size - 4;
  return crc16(bytes.subarray(start, end)) === numberAt(bytes, end, 4);
}

export function readAscii(bytes: Uint8Array): Frame | undefined {
  if (bytes.length < HEAD + TAIL || beginningAscii(bytes, 0) !== 'yes') return undefined;
  const isUplink = numberAt(bytes, 19, 1) < 8;
  // Downwards the station comes before the centre.
  const [center, station] = isUplink ? [1, 3] : [11, 1];
  const isSplit = bytes[HEAD - 1] === SYN;
  const textFrom = HEAD + (isSplit ? PACKET_NUMBER : 0);
  return {
    form: 'ascii',
    isUplink,
    center: numberAt(bytes, center, 2),
    station: latin(bytes, station, 10).toLowerCase(),
    password: latin(bytes, 13, 4).toLowerCase(),
    func: numberAt(bytes, 17, 2),
    packets: isSplit ? { total: numberAt(bytes, HEAD, 3), index: numberAt(bytes, HEAD + 3, 3) } : undefined,
    text: bytes.subarray(textFrom, Math.max(textFrom, bytes.length - TAIL)),
    end: bytes[bytes.length - TAIL] ?? 0,
    isChecksumRight: sizesAscii(bytes, 0).includes(bytes.length) && hasRightSumAscii(bytes, 0, bytes.length),
  };
}

/** What a centre says, in characters. `text` begins with what starts it; `length` is what the frame says of itself. */
export function downFrameAscii(
  { station, center, password, func }: Pick<Frame, 'station' | 'center' | 'password' | 'func'>,
  text: string,
  end: number,
  length: number,
): Uint8Array {
  const head = `${station}${hexOf(center, 2)}${password}${hexOf(func, 2)}8${hexOf(length, 3)}`.toUpperCase();
  const frame = Buffer.concat([Buffer.of(SOH), Buffer.from(`${head}${text}`, 'latin1'), Buffer.of(end)]);
  return Buffer.concat([frame, Buffer.from(hexOf(crc16(frame), 4))]);
}

export function hexOf(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, '0');
}

function latin(bytes: Uint8Array, from: number, length: number): string {
  return Buffer.from(bytes.subarray(from, from + length)).toString('latin1');
}

/** A number in hex digits; NaN where they are none. */
function numberAt(bytes: Uint8Array, from: number, length: number): number {
  const digits = latin(bytes, from, length);
  return /^[0-9a-fA-F]+$/.test(digits) ? Number.parseInt(digits, 16) : Number.NaN;
}
