import type { NextFrame } from '../line/protocol.ts';

/**
 * Frames of GB/T 26875.3-2011: `@@`, serial, version, time, whence, whither, length, command, application data, sum, `##`.
 * Numbers of several bytes have the low one first. The start may stand within the data.
 */

const START = 0x40;
const END = 0x23;
/** Up to and with the command. */
const HEAD = 27;
/** Sum and end. */
const TAIL = 3;
/** Of the application data (8.2.1). */
const LENGTH_MAX = 1_024;
export const FRAME_BYTES_MAX = HEAD + LENGTH_MAX + TAIL;

export const COMMAND = {
  register: 0,
  control: 1,
  send: 2,
  confirm: 3,
  request: 4,
  answer: 5,
  deny: 6,
  alive: 7,
} as const;

export interface Frame {
  readonly serial: number;
  readonly version: readonly [main: number, user: number];
  /** The six bytes of the time, whose form is a matter of dialect. */
  readonly time: Uint8Array;
  /** As people write them: the high byte first. */
  readonly source: string;
  readonly destination: string;
  readonly command: number;
  readonly data: Uint8Array;
  /** Whether sum, length and end are right. */
  readonly isWhole: boolean;
}

export function nextFrame(bytes: Uint8Array): NextFrame {
  for (let start = bytes.indexOf(START); start >= 0; start = bytes.indexOf(START, start + 1)) {
    const begun = beginning(bytes, start);
    if (begun === 'no') continue;
    if (begun === 'perhaps') return { kind: 'more', keepFrom: start };
    const end = start + sizeAt(bytes, start);
    if (bytes.length < end) return { kind: 'more', keepFrom: start };
    if (isWhole(bytes, start, end)) return { kind: 'frame', start, end };
    // What is broken goes no further than to where another whole one stands, or may still come to stand.
    const another = nextBeginning(bytes, start + 2, end) ?? end;
    if (another - start >= HEAD) return { kind: 'frame', start, end: another };
    // Whose it would be cannot be told.
    start = another - 1;
  }
  return { kind: 'more', keepFrom: bytes.length };
}

/** The parts of a frame; undefined where there are too few bytes, or they do not begin as one. */
export function readFrame(bytes: Uint8Array): Frame | undefined {
  if (bytes.length < HEAD || bytes[0] !== START || bytes[1] !== START) return undefined;
  const whole = bytes.length === sizeAt(bytes, 0) && isWhole(bytes, 0, bytes.length);
  return {
    serial: (bytes[2] ?? 0) | ((bytes[3] ?? 0) << 8),
    version: [bytes[4] ?? 0, bytes[5] ?? 0],
    time: bytes.subarray(6, 12),
    source: address(bytes.subarray(12, 18)),
    destination: address(bytes.subarray(18, 24)),
    command: bytes[26] ?? 0,
    data: bytes.subarray(HEAD, Math.max(HEAD, bytes.length - TAIL)),
    isWhole: whole,
  };
}

/** A frame of the platform, in answer to a device or of its own: from where the device sends to, to it. */
export function frameTo(
  device: Pick<Frame, 'version' | 'source' | 'destination'>,
  { serial, time, command, data }: Pick<Frame, 'serial' | 'time' | 'command' | 'data'>,
): Uint8Array {
  const body = Buffer.concat([
    Buffer.of(serial & 0xff, serial >> 8, ...device.version),
    time,
    Buffer.from(device.destination, 'hex').reverse(),
    Buffer.from(device.source, 'hex').reverse(),
    Buffer.of(data.length & 0xff, data.length >> 8, command),
    data,
  ]);
  return Buffer.concat([Buffer.of(START, START), body, Buffer.of(sumOf(body), END, END)]);
}

/** Bytes with the low one first, in hex. */
export function address(bytes: Uint8Array): string {
  return Buffer.from(bytes).reverse().toString('hex');
}

function sizeAt(bytes: Uint8Array, start: number): number {
  return HEAD + ((bytes[start + 24] ?? 0) | ((bytes[start + 25] ?? 0) << 8)) + TAIL;
}

function beginning(bytes: Uint8Array, start: number): 'yes' | 'no' | 'perhaps' {
  const next = bytes[start + 1];
  if (next !== undefined && next !== START) return 'no';
  if (bytes.length < start + HEAD) return 'perhaps';
  return sizeAt(bytes, start) <= FRAME_BYTES_MAX ? 'yes' : 'no';
}

function isWhole(bytes: Uint8Array, start: number, end: number): boolean {
  if (bytes[end - 1] !== END || bytes[end - 2] !== END) return false;
  return bytes[end - TAIL] === sumOf(bytes.subarray(start + 2, end - TAIL));
}

function sumOf(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte) => (sum + byte) & 0xff, 0);
}

/** Where in a broken frame another one begins that is whole, or of which the rest has not come. */
function nextBeginning(bytes: Uint8Array, from: number, to: number): number | undefined {
  for (let at = bytes.indexOf(START, from); at >= 0 && at < to; at = bytes.indexOf(START, at + 1)) {
    if (beginning(bytes, at) === 'no') continue;
    const end = at + sizeAt(bytes, at);
    if (bytes.length < at + HEAD || bytes.length < end || isWhole(bytes, at, end)) return at;
  }
  return undefined;
}
