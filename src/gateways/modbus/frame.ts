import { crc16 } from '../line/crc16.ts';

/** Reading by Modbus RTU: the eight bytes that ask, and what may answer them. */

/** Asks a unit for coils (1), inputs (2), holding (3) or input registers (4). */
export interface Request {
  readonly unit: number;
  readonly func: number;
  readonly address: number;
  /** Of coils and inputs bits, of registers words of 16 bits. */
  readonly count: number;
}

export type Reply =
  | { readonly kind: 'data'; readonly frame: Uint8Array; readonly data: Uint8Array }
  /** The unit will not: 1 it does not know the function, 2 the address, 3 the count, 4 and more it has a fault. */
  | { readonly kind: 'exception'; readonly code: number };

export const REQUEST_BYTES = 8;
const EXCEPTION = 0x80;
const EXCEPTION_BYTES = 5;
/** Unit, function, count of bytes; and the CRC. */
const HEAD = 3;
const TAIL = 2;

export function requestBytes({ unit, func, address, count }: Request): Uint8Array {
  const body = Buffer.of(unit, func, address >> 8, address & 0xff, count >> 8, count & 0xff);
  const crc = crc16(body);
  // Of all numbers of the protocol the sum alone has its low byte first.
  return Buffer.concat([body, Buffer.of(crc & 0xff, crc >> 8)]);
}

/** A request; undefined where these are not the bytes of one. */
export function readRequest(bytes: Uint8Array): Request | undefined {
  if (bytes.length !== REQUEST_BYTES || !hasRightSum(bytes)) return undefined;
  const [unit = 0, func = 0, a = 0, b = 0, c = 0, d = 0] = bytes;
  return { unit, func, address: (a << 8) | b, count: (c << 8) | d };
}

/** How many bytes of data answer a request. */
export function dataBytes({ func, count }: Request): number {
  return func <= 2 ? Math.ceil(count / 8) : 2 * count;
}

/** The longest answer to a request. */
export function replyBytesMax(request: Request): number {
  return HEAD + dataBytes(request) + TAIL;
}

/**
 * The answer to a request in what has come in since: of this unit, function and length, with a right sum. What stands before
 * it belongs to the modem, which may say its name before each packet, or was asked for earlier. Undefined: not yet.
 */
export function findReply(bytes: Uint8Array, request: Request): Reply | undefined {
  const length = dataBytes(request);
  for (let at = bytes.indexOf(request.unit); at >= 0; at = bytes.indexOf(request.unit, at + 1)) {
    const func = bytes[at + 1];
    if (func === request.func && bytes[at + 2] === length) {
      const frame = bytes.subarray(at, at + HEAD + length + TAIL);
      if (frame.length === HEAD + length + TAIL && hasRightSum(frame)) {
        return { kind: 'data', frame, data: frame.subarray(HEAD, HEAD + length) };
      }
    } else if (func === (request.func | EXCEPTION)) {
      const frame = bytes.subarray(at, at + EXCEPTION_BYTES);
      if (frame.length === EXCEPTION_BYTES && hasRightSum(frame)) return { kind: 'exception', code: frame[2] ?? 0 };
    }
  }
  return undefined;
}

function hasRightSum(frame: Uint8Array): boolean {
  const end = frame.length - TAIL;
  return crc16(frame.subarray(0, end)) === ((frame[end] ?? 0) | ((frame[end + 1] ?? 0) << 8));
}
