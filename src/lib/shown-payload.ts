import { isUtf8 } from 'node:buffer';

export interface ShownPayload {
  /** As text; what is not UTF-8 is replaced. */
  readonly payload: string;
  /** In base64 when it is no text. */
  readonly payloadBase64: string | null;
}

/** The first bytes of a payload as they are shown. What was cut off in the middle of a character is UTF-8 all the same. */
export function shownPayload(bytes: Uint8Array, wholeBytes: number): ShownPayload {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { payload: buffer.toString(), payloadBase64: isText(buffer, wholeBytes) ? null : buffer.toString('base64') };
}

/** Frames of small numbers are UTF-8 as well; no text has other control characters than these: tab, line feed, return. */
const CONTROLS_OF_TEXT = new Set([0x09, 0x0a, 0x0d]);

/** Whether somebody would read it: UTF-8, without control characters. */
export function isText(buffer: Buffer, wholeBytes = buffer.length): boolean {
  if (buffer.some((byte) => byte < 0x20 && !CONTROLS_OF_TEXT.has(byte))) return false;
  const ends = buffer.length < wholeBytes ? [0, 1, 2, 3] : [0];
  return ends.some((cut) => isUtf8(buffer.subarray(0, buffer.length - cut)));
}
