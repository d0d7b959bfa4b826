import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeEntries, EntryWriter, type JournalEntry, scanReadings } from '../../src/model/entry.ts';
import type { Reading } from '../../src/model/reading.ts';

const reading = fc.record({
  series: fc.nat(0xffff_ffff),
  tsMs: fc.double({ noNaN: true }),
  value: fc.oneof(fc.double({ noNaN: true }), fc.boolean(), fc.string({ unit: 'grapheme' }), fc.constant(null)),
  marks: fc.nat(7),
});
const entry: fc.Arbitrary<JournalEntry> = fc.oneof(
  fc.record({
    kind: fc.constant('message' as const),
    receivedAtMs: fc.nat(),
    readings: fc.array(reading),
    uplink: fc.constantFrom(undefined, 7),
  }),
  fc.record({
    kind: fc.constant('quarantine' as const),
    receivedAtMs: fc.nat(),
    device: fc.string(),
    topic: fc.string({ unit: 'grapheme' }),
    reason: fc.string(),
    why: fc.oneof(fc.string(), fc.constant({ code: 'too-large' as const, values: { bytes: 9_000_000 } })),
    payload: fc.uint8Array(),
    oversizedBytes: fc.constantFrom(undefined, 9e6),
    uplink: fc.constantFrom(undefined, 7),
  }),
  fc.constant<JournalEntry>({
    kind: 'uplink',
    receivedAtMs: 5,
    device: 'd',
    topic: 't',
    fPort: 1,
    bytes: Uint8Array.of(1, 2, 3),
    networkAtMs: 4,
    fCnt: null,
    network: { rssi: -90 },
    again: null,
  }),
  fc.constant<JournalEntry>({ kind: 'control', receivedAtMs: 5, control: { type: 'tick' } }),
);

function scanned(data: Uint8Array): { readings: Reading[]; entries: number } {
  const readings: Reading[] = [];
  const keep = (series: number, tsMs: number, value: number | boolean | string, marks: number): void => {
    readings.push({ series, tsMs, value, marks });
  };
  const entries = scanReadings(data, { number: keep, boolean: keep, text: keep });
  return { readings, entries };
}

test('scanning finds what decoding finds, but for nulls', () => {
  const writer = new EntryWriter();
  fc.assert(
    fc.property(fc.array(entry), (entries) => {
      for (const one of entries) writer.write(one);
      const data = writer.take();
      const decoded = decodeEntries(data).flatMap((one) => (one.kind === 'message' ? one.readings : []));
      expect(scanned(data)).toEqual({
        readings: decoded.filter(({ value }) => value !== null),
        entries: entries.length,
      });
    }),
  );
});

test('damaged bytes are an error', () => {
  const writer = new EntryWriter();
  writer.write({ kind: 'message', receivedAtMs: 1, readings: [{ series: 1, tsMs: 1, value: 'abc', marks: 0 }] });
  const data = writer.take();
  expect(() => scanned(data.subarray(0, data.length - 2))).toThrow(RangeError);
  expect(() => scanned(Uint8Array.of(9, 0, 0, 0, 0, 0, 0, 0, 0))).toThrow(RangeError);
});
