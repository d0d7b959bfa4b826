import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BATCH_ITEMS_MAX, createPlanner, type DecodePlan, decode } from '../../src/decode/decode.ts';
import { createIntake } from '../../src/decode/intake.ts';
import { BAD, CLOCK_SKEW } from '../../src/model/reading.ts';
import type { DeviceRecord } from '../../src/model/registry.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const NOW = Date.UTC(2026, 5, 1);
const FUTURE_MAX = 60_000;

const device: DeviceRecord = {
  id: 'gas-01',
  profile: 'gas',
  family: 'gas',
  name: { zh: '', en: '' },
  reportEveryMs: 30_000,
  hasSecret: true,
  grantedAlerts: false,
  points: ['p'],
  fields: [
    { field: 'ch4', metric: { type: 'number', range: [0, 100], sentinels: [99] }, series: [1, 2] },
    { field: 'alarm', metric: { type: 'boolean' }, series: [3] },
    { field: 'mode', metric: { type: 'string', values: ['run', 'test'] }, series: [4] },
    { field: 'status.smoke', metric: { type: 'number' }, series: [5] },
    { field: 'depth', metric: { type: 'number' }, series: [6] },
  ],
};
const plan: DecodePlan = createPlanner()(device);

function read(payload: unknown) {
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
  return decode(plan, Buffer.from(text), NOW, FUTURE_MAX);
}
const brief = (payload: unknown) => read(payload).readings.map((r) => [r.series, r.tsMs - NOW, r.value, r.marks]);

describe('the native forms', () => {
  test('ts and values; a field of two points makes two readings', () => {
    expect(brief({ ts: NOW - 5_000, values: { ch4: 12.5, alarm: false } })).toEqual([
      [1, -5_000, 12.5, 0],
      [2, -5_000, 12.5, 0],
      [3, -5_000, false, 0],
    ]);
  });
  test('flat, at the arrival time, or at its own ts', () => {
    expect(brief({ depth: 2 })).toEqual([[6, 0, 2, 0]]);
    expect(brief({ ts: NOW - 1, depth: 2 })).toEqual([[6, -1, 2, 0]]);
  });
  test('ISO 8601 with a zone', () => {
    expect(brief({ ts: '2026-06-01T07:59:59.500+08:00', values: { depth: 1 } })).toEqual([[6, -500, 1, 0]]);
  });
  test('a batch in any order is sorted by time', () => {
    expect(
      brief([
        { ts: NOW - 1, depth: 1 },
        { ts: NOW - 9, values: { depth: 9 } },
      ]),
    ).toEqual([
      [6, -9, 9, 0],
      [6, -1, 1, 0],
    ]);
  });
  test('null is no value and yet a sign of life', () => {
    expect(brief({ depth: null })).toEqual([[6, 0, null, 0]]);
  });
  test('nested objects, {value, unit} objects, numbers as text, a byte order mark', () => {
    expect(brief({ status: { smoke: 1, other: 2 } })).toEqual([[5, 0, 1, 0]]);
    expect(brief({ depth: { unit: 'cm', value: 7 } })).toEqual([[6, 0, 7, 0]]);
    expect(brief({ depth: '100.00' })).toEqual([[6, 0, 100, 0]]);
    expect(brief('\ufeff{"depth":1}')).toEqual([[6, 0, 1, 0]]);
  });
  test('back-filled history carries its own time, seconds or ms', () => {
    const seconds = NOW / 1_000 - 60;
    expect(brief({ history: [{ depth: 3, timestamp: seconds }] })).toEqual([[6, -60_000, 3, 0]]);
  });
});

describe('quality', () => {
  test('outside the range, a sentinel, or an unknown word is bad', () => {
    expect(brief({ ch4: 101 })[0]).toEqual([1, 0, 101, BAD]);
    expect(brief({ ch4: 99 })[0]).toEqual([1, 0, 99, BAD]);
    expect(brief({ ch4: 100 })[0]).toEqual([1, 0, 100, 0]);
    expect(brief({ mode: 'broken' })).toEqual([[4, 0, 'broken', BAD]]);
  });
  test('more than 60 s ahead: kept at the arrival time and marked; 60 s is still believed', () => {
    expect(brief({ ts: NOW + 60_001, values: { depth: 1 } })).toEqual([[6, 0, 1, CLOCK_SKEW]]);
    expect(brief({ ts: NOW + 60_000, values: { depth: 1 } })).toEqual([[6, 60_000, 1, 0]]);
  });
  test('a batch from a fast clock keeps its distances, so none of its readings is lost as a duplicate', () => {
    const ahead = NOW + 3_600_000;
    expect(
      brief([
        { ts: ahead, depth: 2 },
        { ts: ahead - 10_000, depth: 1 },
      ]),
    ).toEqual([
      [6, -10_000, 1, CLOCK_SKEW],
      [6, 0, 2, CLOCK_SKEW],
    ]);
  });
  test('a clock that was never set counts as wrong', () => {
    expect(brief({ ts: 86_400_000, values: { depth: 1 } })).toEqual([[6, 0, 1, CLOCK_SKEW]]);
  });
});

describe('what cannot be read is said and harms nothing', () => {
  test.each([
    ['not json', 'not-json'],
    ['', 'not-json'],
    ['12', 'not-an-object'],
    ['null', 'not-an-object'],
    [[1], 'not-an-object'],
    [[], 'empty'],
    [{}, 'empty'],
    [{ values: {} }, 'empty'],
    [{ nothing: 1 }, 'no-known-field'],
    [{ ts: 'yesterday', values: { depth: 1 } }, 'bad-time'],
    [{ ts: true, depth: 1 }, 'bad-time'],
    [Array.from({ length: BATCH_ITEMS_MAX + 1 }, () => ({ depth: 1 })), 'too-many-readings'],
  ])('%j is %s', (payload, reason) => {
    const { readings, rejection } = read(payload);
    expect(rejection?.reason).toBe(reason);
    expect(readings).toEqual([]);
  });
  test('one unreadable value does not hide the others of its object', () => {
    const { readings, rejection } = read({ ch4: 'high', depth: 60 });
    expect(rejection?.reason).toBe('bad-value');
    expect(readings.map((r) => [r.series, r.value, r.marks])).toEqual([
      [1, null, BAD],
      [2, null, BAD],
      [6, 60, 0],
    ]);
  });
  test('a batch is read whole or not at all', () => {
    expect(read([{ depth: 1 }, { depth: 'x' }])).toMatchObject({ readings: [], rejection: { reason: 'bad-value' } });
  });
  test('1e999 is not a number to compare', () => {
    expect(read('{"depth":1e999}').rejection?.reason).toBe('bad-value');
  });
  test('no payload makes it throw, and times never lie ahead of what is believed', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.string(),
          fc.jsonValue().map((v) => JSON.stringify([{ ts: v, depth: v }])),
        ),
        (text) => {
          const { readings } = decode(plan, Buffer.from(text), NOW, FUTURE_MAX);
          for (const { tsMs } of readings) expect(tsMs).toBeLessThanOrEqual(NOW + FUTURE_MAX);
        },
      ),
    );
  });
});

test('a device without points, such as a siren, is read and has nothing to say; it is not quarantined', () => {
  const siren = { ...device, points: [], fields: device.fields.map((field) => ({ ...field, series: [] })) };
  const of = (payload: unknown) =>
    decode(createPlanner()(siren), Buffer.from(JSON.stringify(payload)), NOW, FUTURE_MAX);
  expect(of({ ts: NOW, values: { alarm: false } })).toMatchObject({ readings: [], rejection: null });
  expect(of({ alarm: 'no boolean' }).rejection?.reason).toBe('bad-value');
  expect(of({ nothing: 'known' }).rejection?.reason).toBe('no-known-field');
});

describe('how far a device’s clock is off', () => {
  const intake = (ts?: unknown) => {
    const clock = createFakeClock(NOW);
    const made = createIntake({
      clock,
      device: () => device,
      devicesVersion: () => 1,
      futureMaxMs: FUTURE_MAX,
      newestMs: () => undefined,
    });
    if (ts !== undefined) {
      const payload = Buffer.from(JSON.stringify(ts === null ? { ch4: 1 } : { ts, values: { ch4: 1 } }));
      made.entries({ device: 'gas-01', topic: 'telemetry/gas-01', payload });
    }
    return made.traffic('gas-01');
  };

  test.each([
    ['no message yet', undefined, { clockSkewed: false, clockOffsetMs: null }],
    ['no time of its own', null, { clockSkewed: false, clockOffsetMs: 0 }],
    ['a little ahead', NOW + 20_000, { clockSkewed: false, clockOffsetMs: 20_000 }],
    ['an hour ahead', NOW + 3_600_000, { clockSkewed: true, clockOffsetMs: 3_600_000 }],
    ['never set', 5_000, { clockSkewed: true, clockOffsetMs: 5_000 - NOW }],
    ['data of yesterday', NOW - 86_400_000, { clockSkewed: false, clockOffsetMs: -86_400_000 }],
  ])('%s', (_what, ts, expected) => {
    expect(intake(ts)).toMatchObject(expected);
  });
});
