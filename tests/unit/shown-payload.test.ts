import { expect, test } from 'vitest';
import { shownPayload } from '../../src/lib/shown-payload.ts';

/** What people see of bytes: as text where it is one, and otherwise so that each byte can be read. */

test('text is text, also where it was cut within a character; frames of small numbers are none', () => {
  const text = Buffer.from('{"水位": 1.5}\r\n\t');
  expect(shownPayload(text, text.length)).toEqual({ payload: text.toString(), payloadBase64: null });
  const cut = text.subarray(0, 4);
  expect(shownPayload(cut, text.length).payloadBase64).toBeNull();
  expect(shownPayload(cut, cut.length).payloadBase64).toBe(cut.toString('base64'));
  // All of it is below 0x80, and so UTF-8.
  const frame = Buffer.from('40401a000101202304', 'hex');
  expect(shownPayload(frame, frame.length).payloadBase64).toBe(frame.toString('base64'));
});
