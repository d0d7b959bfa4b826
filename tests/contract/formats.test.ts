import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createFormats } from '../../src/decode/formats.ts';
import { createPlanner } from '../../src/decode/plan.ts';
import type { DeviceToRead } from '../../src/model/format.ts';
import { messageSchema } from '../../src/model/messages.ts';
import type { Value } from '../../src/model/reading.ts';
import type { DeviceRecord } from '../../src/model/registry.ts';
import { rejectionText } from '../../src/model/rejection-words.ts';
import { rounds } from '../support/long.ts';
import { messageReader } from '../support/read-message.ts';

/** What every payload format holds to, and the cases that lie beside it. Adding a format means adding a folder. */

interface Case {
  readonly name: string;
  readonly topic: string;
  /** What the device's profile says of messages. */
  readonly messages?: readonly unknown[];
  /** As text; or in hex, of formats that are none. */
  readonly payload?: string;
  readonly payloadHex?: string;
  readonly expect: {
    /** Field of the profile, ms since 1970 or the arrival, value. */
    readonly readings: readonly (readonly [field: string, tsMs: number | 'arrival', value: Value])[];
    readonly reason?: string;
  };
}

const FOLDER = 'src/decode/formats';
const ARRIVAL_MS = Date.UTC(2025, 6, 1, 0, 0, 5);
const record: DeviceRecord = {
  id: 'dev',
  profile: 'gauge',
  family: 'waterlogging',
  name: { zh: '', en: '' },
  reportEveryMs: 60_000,
  hasSecret: true,
  grantedAlerts: false,
  points: ['p'],
  fields: [
    { field: 'level', metric: { type: 'number', range: [-100, 100] }, series: [0] },
    { field: 'alarm', metric: { type: 'boolean' }, series: [1] },
  ],
};
const device: DeviceToRead = { ...createPlanner()(record), record, clockOffsetMs: 0 };
const formats = Object.keys(createFormats({ futureMaxMs: 60_000 }));

/** Reads messages of a device with the rules of a case. */
function readerOf({ messages }: Pick<Case, 'messages'>) {
  const rules = messages?.map((rule) => messageSchema.parse(rule));
  return messageReader({ ...device, record: { ...record, messages: rules } });
}

const wholeOf = (one: Case) =>
  one.payload === undefined ? Buffer.from(one.payloadHex ?? '', 'hex') : Buffer.from(one.payload);

test('each format has a folder of its own, and each folder is a format', () => {
  expect(readdirSync(FOLDER).sort()).toEqual(formats.sort());
});

describe.each(formats)('the format %s', (name) => {
  const dir = `${FOLDER}/${name}/cases`;
  const cases = readdirSync(dir).flatMap((file) => JSON.parse(readFileSync(`${dir}/${file}`, 'utf8')) as Case[]);

  test.each(cases.map((one) => [one.name, one] as const))('%s', (_name, one) => {
    const { readings, rejection } = readerOf(one)(one.topic, wholeOf(one), ARRIVAL_MS);
    expect(
      readings.map(({ series, tsMs, value }) => [
        record.fields[series]?.field,
        tsMs === ARRIVAL_MS ? 'arrival' : tsMs,
        value,
      ]),
    ).toEqual(one.expect.readings);
    expect(rejection?.reason).toBe(one.expect.reason);
  });

  const readers = cases.map((one) => ({ topic: one.topic, read: readerOf(one) }));

  /**
   * Payloads of no meaning, and those of the cases with some bytes gone, doubled or turned: half of one, two glued together, one
   * within another.
   */
  const payloads = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.json().map((text) => new TextEncoder().encode(text)),
    fc
      .record({
        one: fc.constantFrom(...cases),
        at: fc.nat(2_000),
        length: fc.oneof(fc.nat(8), fc.nat(2_000)),
        put: fc.oneof(fc.uint8Array({ maxLength: 8 }), fc.constantFrom(...cases).map(wholeOf)),
      })
      .map(({ one, at, length, put }) => {
        const whole = wholeOf(one);
        const from = at % (whole.length + 1);
        return new Uint8Array(Buffer.concat([whole.subarray(0, from), put, whole.subarray(from + length)]));
      }),
  );

  test('is total and a function of its arguments; what it gives is whole, in order and of the device', () => {
    fc.assert(
      fc.property(payloads, fc.constantFrom(...readers), (payload, reader) => {
        const read = (bytes: Uint8Array) => reader.read(reader.topic, bytes, ARRIVAL_MS);
        const before = payload.slice();
        const decoded = read(payload);
        expect(payload).toEqual(before);
        expect(read(payload)).toEqual(decoded);
        const { readings, rejection } = decoded;
        for (const [i, { series, tsMs, value }] of readings.entries()) {
          expect(record.fields[series]).toBeDefined();
          expect(Number.isFinite(tsMs)).toBe(true);
          expect(tsMs).toBeGreaterThanOrEqual(readings[i - 1]?.tsMs ?? Number.NEGATIVE_INFINITY);
          if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true);
        }
        if (rejection !== null) expect(rejectionText(rejection, 'en')).not.toBe('');
      }),
      { numRuns: rounds(1_000, 100_000), seed: rounds(20_260, Date.now()) },
    );
  });
});
