import { isUtf8 } from 'node:buffer';

export interface ShownPayload {
  /** As text; what is not UTF-8 is replaced. */
  readonly payload: string;
  /** In base64 when it is not UTF-8. */
  readonly payloadBase64: string | null;
}

/** The first bytes of a payload as they are shown. What was cut off in the middle of a character is UTF-8 all the same. */
export function shownPayload(bytes: Uint8Array, wholeBytes: number): ShownPayload {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const ends = buffer.length < wholeBytes ? [0, 1, 2, 3] : [0];
  const isText = ends.some((cut) => isUtf8(buffer.subarray(0, buffer.length - cut)));
  return { payload: buffer.toString(), payloadBase64: isText ? null : buffer.toString('base64') };
}
