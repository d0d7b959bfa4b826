import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeEntries, EntryWriter, type JournalEntry } from '../../src/model/entry.ts';
import type { WhyRejected } from '../../src/model/rejection.ts';

const value = fc.oneof(fc.double({ noNaN: true }), fc.boolean(), fc.string({ unit: 'grapheme' }), fc.constant(null));
const reading = fc.record({
  series: fc.nat(0xffff_ffff),
  tsMs: fc.integer({ min: -1e15, max: 1e15 }),
  value,
  marks: fc.nat(7),
});
const receivedAtMs = fc.integer({ min: 0, max: 1e14 });
/** As data, and in words as earlier programs wrote it. */
const why: fc.Arbitrary<WhyRejected> = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.record({
    code: fc.constant('key-repeated' as const),
    values: fc.record(
      { name: fc.string({ unit: 'grapheme' }), item: fc.nat(), more: fc.nat() },
      { requiredKeys: ['name'] },
    ),
  }),
);
const entry: fc.Arbitrary<JournalEntry> = fc.oneof(
  fc.record(
    {
      kind: fc.constant('message' as const),
      receivedAtMs,
      readings: fc.array(reading, { maxLength: 20 }),
      uplink: fc.nat(),
    },
    { requiredKeys: ['kind', 'receivedAtMs', 'readings'] },
  ),
  fc.record(
    {
      kind: fc.constant('quarantine' as const),
      receivedAtMs,
      device: fc.string(),
      topic: fc.string(),
      reason: fc.string(),
      why,
      payload: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      oversizedBytes: fc.nat(),
      uplink: fc.nat(),
    },
    { requiredKeys: ['kind', 'receivedAtMs', 'device', 'topic', 'reason', 'why', 'payload'] },
  ),
  fc.record({
    kind: fc.constant('uplink' as const),
    receivedAtMs,
    device: fc.string(),
    topic: fc.string(),
    fPort: fc.nat(255),
    bytes: fc.uint8Array({ maxLength: 250 }).map((bytes) => Buffer.from(bytes)),
    networkAtMs: fc.option(receivedAtMs),
    fCnt: fc.option(fc.nat()),
    network: fc.dictionary(
      fc.string(), // JSON has no -0.
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
    ),
    again: fc.option(fc.nat()),
  }),
  fc.record({
    kind: fc.constant('control' as const),
    receivedAtMs,
    control: fc.oneof(
      fc.constant({ type: 'tick' as const }),
      fc.record({ type: fc.constant('define' as const), definitions: fc.array(fc.nat()) }),
    ),
  }),
);

test('what was written is read back, one entry or many, through a buffer that grows', () => {
  const writer = new EntryWriter(16);
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 30 }), (entries) => {
      for (const one of entries) writer.write(one);
      expect(decodeEntries(writer.take())).toEqual(entries);
      expect(writer.byteLength).toBe(0);
    }),
  );
});

test('negative zero and the extremes of a double survive', () => {
  const writer = new EntryWriter();
  const values = [-0, Number.MAX_VALUE, Number.MIN_VALUE, -1e-300];
  writer.write({
    kind: 'message',
    receivedAtMs: 1,
    readings: values.map((v) => ({ series: 1, tsMs: 1, value: v, marks: 0 })),
  });
  const [message] = decodeEntries(writer.take());
  expect(message?.kind === 'message' && message.readings.map((r) => r.value)).toEqual(values);
});

test('damaged bytes are an error, not an endless loop or a wrong entry', () => {
  expect(() => decodeEntries(Buffer.from([9, 0, 0, 0, 0, 0, 0, 0, 0]))).toThrow(RangeError);
  const writer = new EntryWriter();
  writer.write({ kind: 'control', receivedAtMs: 1, control: { type: 'tick' } });
  expect(() => decodeEntries(writer.take().subarray(0, 12))).toThrow(RangeError);
});
