import { chinaClock } from '../line/china-time.ts';
import { crc16 } from '../line/crc16.ts';
import { downFrameAscii, hexOf } from './ascii-frame.ts';
import { ENQ, EOT, ESC, type Frame, NAK, START, STX, SYN } from './marks.ts';

/** Reports that a station sends by itself, of which it wants to know whether they came. */
const REPORTS = new Set([0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36]);
/** Settings and states of pumps, valves and gates that a station may send by itself, as well as when it is asked. */
const SELF_REPORTS = new Set([0x41, 0x43, 0x4c, 0x4d, 0x4e]);
/** A picture, in many packets. */
export const PICTURE = 0x36;
/** Says that the station is still there. */
export const KEEP_ALIVE = 0x2f;

export function isReport({ func }: Pick<Frame, 'func'>): boolean {
  return REPORTS.has(func);
}

export function isSelfReport({ func }: Pick<Frame, 'func'>): boolean {
  return SELF_REPORTS.has(func);
}

/**
 * The answer to a report: the same function and serial, and the time here. `stays`: the station is to keep the line, in
 * place of ending the talk.
 */
export function confirm(frame: Addressed, serial: number, nowMs: number, stays: boolean): Uint8Array {
  return downFrame(frame, undefined, serial, nowMs, stays ? ESC : EOT);
}

/** Asks a station for something: what, says its function. */
export function ask(station: Addressed, func: number, serial: number, nowMs: number): Uint8Array {
  return downFrame({ ...station, func }, undefined, serial, nowMs, ENQ);
}

/** Asks for one packet of several again. */
export function askAgain(frame: Addressed, serial: number, total: number, index: number, nowMs: number): Uint8Array {
  return downFrame(frame, { total, index }, serial, nowMs, NAK);
}

/** Who is meant, and in which form. */
export type Addressed = Pick<Frame, 'form' | 'station' | 'center' | 'password' | 'func'>;

/** What a centre says, in the form in which the station speaks: the serial and the time here, and nothing else. */
function downFrame(
  to: Addressed,
  packet: { readonly total: number; readonly index: number } | undefined,
  serial: number,
  nowMs: number,
  end: number,
): Uint8Array {
  const bcd = timeDigits(nowMs);
  const start = String.fromCharCode(packet === undefined ? STX : SYN);
  const number = packet === undefined ? '' : `${hexOf(packet.total, 3)}${hexOf(packet.index, 3)}`;
  const text = `${number}${hexOf(serial, 4)}${bcd}`;
  if (to.form === 'ascii') return downFrameAscii(to, `${start}${text}`, end, text.length);
  return downFrameBinary(to, Buffer.concat([Buffer.from(start, 'latin1'), Buffer.from(text, 'hex')]), end);
}

/** `text` begins with what starts it. Downwards the station comes before the centre. */
function downFrameBinary({ station, center, password, func }: Addressed, text: Uint8Array, end: number): Uint8Array {
  const length = text.length - 1;
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

/** YYMMDDHHmmSS. */
function timeDigits(nowMs: number): string {
  const [year, ...rest] = chinaClock(nowMs).slice(0, 6);
  return [(year ?? 0) % 100, ...rest].map((part) => String(part).padStart(2, '0')).join('');
}
