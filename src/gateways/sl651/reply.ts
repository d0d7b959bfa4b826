import { chinaClock } from '../line/china-time.ts';
import { crc16 } from '../line/crc16.ts';
import { EOT, ESC, type Frame, NAK, START, STX, SYN } from './frame.ts';

/** Reports that a station sends by itself, of which it wants to know whether they came. */
const REPORTS = new Set([0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36]);
/** Says that the station is still there. */
export const KEEP_ALIVE = 0x2f;

export function isReport({ func }: Pick<Frame, 'func'>): boolean {
  return REPORTS.has(func);
}

/**
 * The answer to a report: the same function and serial, and the time here. `stays`: the station is to keep the line, in
 * place of ending the talk.
 */
export function confirm(frame: Frame, serial: number, nowMs: number, stays: boolean): Uint8Array {
  return downFrame(frame, Buffer.concat([Buffer.of(STX), serialAndTime(serial, nowMs)]), stays ? ESC : EOT, 8);
}

/** Asks for one packet of several again. */
export function askAgain(frame: Frame, serial: number, total: number, index: number, nowMs: number): Uint8Array {
  const number = Buffer.of(total >> 4, ((total & 0x0f) << 4) | (index >> 8), index & 0xff);
  return downFrame(
    frame,
    Buffer.concat([Buffer.of(SYN), number, serialAndTime(serial, nowMs)]),
    NAK,
    8 + number.length,
  );
}

/** `text` begins with what starts it. Downwards the station comes before the centre. */
function downFrame(
  { station, center, password, func }: Frame,
  text: Uint8Array,
  end: number,
  length: number,
): Uint8Array {
  const frame = Buffer.concat([
    Buffer.of(START, START),
    Buffer.from(station, 'hex'),
    Buffer.of(center),
    Buffer.from(password, 'hex'),
    Buffer.of(func, 0x80 | (length >> 8), length & 0xff),
    text,
    Buffer.of(end),
  ]);
  const crc = crc16(frame);
  return Buffer.concat([frame, Buffer.of(crc >> 8, crc & 0xff)]);
}

/** The serial, and YYMMDDHHmmSS. */
function serialAndTime(serial: number, nowMs: number): Uint8Array {
  const [year, ...rest] = chinaClock(nowMs).slice(0, 6);
  const bcd = [(year ?? 0) % 100, ...rest].map((part) => ((Math.floor(part / 10) << 4) | (part % 10)) & 0xff);
  return Buffer.of(serial >> 8, serial & 0xff, ...bcd);
}
