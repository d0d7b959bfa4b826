import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rejectionWords } from '../../src/console/i18n/rejection-words.ts';
import { decodeNative as decode } from '../../src/decode/formats/native/native.ts';
import { BATCH_ITEMS_MAX } from '../../src/decode/gather.ts';
import { createIntake } from '../../src/decode/intake.ts';
import { createPlanner } from '../../src/decode/plan.ts';
import { newBucket } from '../../src/lib/token-bucket.ts';
import type { DecodePlan } from '../../src/model/format.ts';
import { BAD, CLOCK_SKEW } from '../../src/model/reading.ts';
import type { DeviceRecord } from '../../src/model/registry.ts';
import { rejectionOf } from '../../src/model/rejection.ts';
import { rejectionText } from '../../src/model/rejection-words.ts';
import { EARLIEST_PLAUSIBLE_MS } from '../../src/model/time.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { NATIVE } from '../support/native-route.ts';

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

/** Readings that a device had stored, as a list within its message. */
const stored = (length: number) => Array.from({ length }, (_, i) => ({ timestamp: NOW - i, depth: 1 }));

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
    expect(read({ ch4: 101 }).rejection).toBeNull();
    expect(read({ mode: 'broken' })).toMatchObject({
      readings: [{ series: 4, value: 'broken', marks: BAD }],
      rejection: rejectionOf('bad-value', {
        name: 'mode',
        expected: { kind: 'one-of', names: 'run, test' },
        found: { kind: 'value', text: '"broken"' },
      }),
    });
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
  test.each([
    ['beyond all years', 1e20],
    ['beyond all precision', 1e300],
    ['µs among ms', NOW * 1_000],
    ['of another year', NOW + 300 * 86_400_000],
    ['an hour ahead', NOW + 3_600_000],
    ['long before 1970', -1e300],
  ])('one wrong time in a batch, %s, leaves the right ones and those without a time where they are', (_what, ts) => {
    expect(
      brief([{ ts, depth: 1 }, { ts: NOW - 1_000, alarm: true }, { ts: NOW - 86_400_000, depth: 3 }, { depth: 2 }]),
    ).toEqual([
      [6, -86_400_000, 3, 0],
      [3, -1_000, true, 0],
      [6, 0, 1, CLOCK_SKEW],
      [6, 0, 2, 0],
    ]);
  });
  test('what a fast clock says goes with its future down to the first hole', () => {
    const minute = 60_000;
    const batch = [-30, -20, -1, 1, 3].map((minutes) => ({ ts: NOW + minutes * minute, depth: minutes }));
    expect(brief(batch)).toEqual([
      [6, -30 * minute, -30, 0],
      [6, -20 * minute, -20, 0],
      [6, -4 * minute, -1, CLOCK_SKEW],
      [6, -2 * minute, 1, CLOCK_SKEW],
      [6, 0, 3, CLOCK_SKEW],
    ]);
  });
  test('of times that are all wrong each clock has its own newest', () => {
    expect(
      brief([
        { ts: 1e20, depth: 1 },
        { ts: NOW + 3_600_000, depth: 2 },
        { ts: NOW + 3_599_000, depth: 3 },
        { ts: -1e300, depth: 4 },
        { ts: 5_000, depth: 5 },
        { ts: 4_000, depth: 6 },
      ]),
    ).toEqual([
      [6, -1_000, 3, CLOCK_SKEW],
      [6, -1_000, 6, CLOCK_SKEW],
      [6, 0, 1, CLOCK_SKEW],
      [6, 0, 2, CLOCK_SKEW],
      [6, 0, 4, CLOCK_SKEW],
      [6, 0, 5, CLOCK_SKEW],
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
    [Array.from({ length: 5_000 }, () => ({ h: stored(1), i: stored(2) })), 'too-many-readings'],
    [{ a: stored(BATCH_ITEMS_MAX), depth: 2, b: stored(1) }, 'too-many-readings'],
  ])('%# is %s', (payload, reason) => {
    const { readings, rejection } = read(payload);
    expect(rejection?.reason).toBe(reason);
    expect(readings).toEqual([]);
  });
  test('lists of stored readings may hold as many as a batch', () => {
    expect(read({ a: stored(BATCH_ITEMS_MAX / 2), b: stored(BATCH_ITEMS_MAX / 2) })).toMatchObject({ rejection: null });
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
  test.each([
    ['a word', { alarm: 'ALARM' }],
    ['a number that is neither 0 nor 1', { alarm: 2 }],
    ['an object', { alarm: { state: true } }],
    ['an array', { values: { alarm: [true] } }],
    ['an object with a word', { alarm: { value: 'ALARM' } }],
    ['a text for a number', { depth: 'FAULT' }],
    ['a text that is too long', { mode: 'x'.repeat(2_000) }],
    ['an object for a text', { mode: {} }],
  ])('%s is bad and told, not left out', (_what, payload) => {
    const { readings, rejection } = read(payload);
    expect(readings).toMatchObject([{ value: null, marks: BAD }]);
    expect(rejection?.reason).toBe('bad-value');
  });
  test('a text in another character set is bad, of any metric of texts', () => {
    const free = createPlanner()({
      ...device,
      fields: [{ field: 'state', metric: { type: 'string' }, series: [9] }],
    });
    const gbk = Buffer.concat([Buffer.from('{"state":"'), Buffer.from([0xb1, 0xa8, 0xbe, 0xaf]), Buffer.from('"}')]);
    expect(decode(free, gbk, NOW, FUTURE_MAX)).toMatchObject({
      readings: [{ series: 9, value: null, marks: BAD }],
      rejection: { reason: 'bad-value' },
    });
    expect(decode(free, Buffer.from('{"state":"报警"}'), NOW, FUTURE_MAX)).toMatchObject({ rejection: null });
  });
  test('what can’t be read in a batch is told once, with how much it was, and the rest is read', () => {
    const { readings, rejection } = read([
      { ts: NOW - 2, depth: 1 },
      { ts: NOW - 1, depth: 'x', ch4: 'y' },
      7,
      { ts: 'yesterday', depth: 3 },
      { ts: NOW, depth: 4 },
    ]);
    const expected = { kind: 'number' };
    expect(rejection).toEqual({
      reason: 'bad-value',
      code: 'bad-value',
      values: { name: 'depth', expected, found: { kind: 'value', text: '"x"' }, item: 1, more: 3 },
    });
    expect(rejection && rejectionText(rejection, 'en')).toBe('[1] depth: expected a number, found "x"; and 3 more');
    expect(readings.map((r) => [r.series, r.tsMs - NOW, r.value, r.marks])).toEqual([
      [6, -2, 1, 0],
      [6, -1, null, BAD],
      [1, -1, null, BAD],
      [2, -1, null, BAD],
      [6, 0, 4, 0],
    ]);
  });
  test('a batch of which nothing can be read leaves nothing', () => {
    expect(read(['a', 'b'])).toMatchObject({ readings: [], rejection: { reason: 'not-an-object' } });
  });
  test('1e999 is not a number to compare', () => {
    const { rejection } = read('{"depth":1e999}');
    expect(rejection?.reason).toBe('bad-value');
    expect(rejection && rejectionText(rejection, 'en')).toBe('depth: expected a number, found Infinity');
  });
  test('no payload makes it throw, and times never lie before or ahead of what is believed', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.string(),
          fc.jsonValue().map((v) => JSON.stringify([{ ts: v, depth: v }])),
          fc.array(fc.record({ ts: fc.double({ noNaN: true }), depth: fc.constant(1) })).map((v) => JSON.stringify(v)),
        ),
        (text) => {
          const { readings } = decode(plan, Buffer.from(text), NOW, FUTURE_MAX);
          for (const { tsMs } of readings) {
            expect(tsMs).toBeLessThanOrEqual(NOW + FUTURE_MAX);
            expect(tsMs).toBeGreaterThanOrEqual(EARLIEST_PLAUSIBLE_MS);
          }
        },
      ),
    );
  });
});

describe('times', () => {
  const S = NOW / 1_000;

  test.each([
    ['seconds', S - 60, -60_000],
    ['seconds with a fraction', S - 0.25, -250],
    ['seconds of three years ago', 1_700_000_000, 1_700_000_000_000 - NOW],
    ['seconds as text', String(S - 5), -5_000],
    ['ms as text', String(NOW - 5), -5],
    ['microseconds', (NOW - 7) * 1_000, -7],
    ['nanoseconds', (NOW - 4_000) * 1e6, -4_000],
    ['an offset behind a blank', ' 2026-06-01 07:59:59 +0800\n', -1_000],
    ['an offset of hours alone', '2026-06-01T07:59:59+08', -1_000],
    ['the basic format', '20260531T235959Z', -1_000],
    ['a leap second', '2026-05-31T23:59:60Z', 0],
    ['the end of a day', '2026-05-31 24:00:00Z', 0],
  ])('%s: %j', (_what, ts, offset) => {
    expect(brief({ ts, values: { depth: 1 } })).toEqual([[6, offset, 1, 0]]);
  });

  test.each([
    '2026-02-30T00:00:00Z',
    '2025-02-29',
    '2026-13-01T00:00:00Z',
    '2026-06-01T25:00:00Z',
    '',
    '1'.repeat(100_000),
    `${'1'.repeat(100_000)}x`,
  ])('%.30j is none', (ts) => {
    expect(read({ ts, values: { depth: 1 } })).toMatchObject({ readings: [], rejection: { reason: 'bad-time' } });
  });

  test('a batch in seconds keeps its distances, to the millisecond', () => {
    const batch = [S - 60, S - 59.5, S].map((ts, i) => ({ ts, depth: i }));
    expect(brief(batch)).toEqual([
      [6, -60_000, 0, 0],
      [6, -59_500, 1, 0],
      [6, 0, 2, 0],
    ]);
  });

  test('seconds of a clock that is fast by eight hours are corrected like any other clock', () => {
    expect(brief([S + 28_800, S + 28_790].map((ts) => ({ ts, depth: 1 })))).toEqual([
      [6, -10_000, 1, CLOCK_SKEW],
      [6, 0, 1, CLOCK_SKEW],
    ]);
  });

  test.each([0, -1, 5_000, 1e20])('beside %d, which is no time in any unit, seconds are seconds', (ts) => {
    const batch = [
      { ts: S - 60, depth: 1 },
      { ts, depth: 2 },
      { ts: S - 1, depth: 3 },
    ];
    expect(brief(batch)).toEqual([
      [6, -60_000, 1, 0],
      [6, -1_000, 3, 0],
      [6, 0, 2, CLOCK_SKEW],
    ]);
  });

  test('of a batch in two units nothing is guessed: what is no ms counts as a clock that was never set', () => {
    expect(
      brief([
        { ts: S, depth: 1 },
        { ts: NOW - 5, depth: 2 },
      ]),
    ).toEqual([
      [6, -5, 2, 0],
      [6, 0, 1, CLOCK_SKEW],
    ]);
    expect(
      brief([
        { ts: S, depth: 1 },
        { ts: '2026-06-01T00:00:00Z', depth: 2 },
      ]),
    ).toMatchObject([
      [6, 0, 1, CLOCK_SKEW],
      [6, 0, 2, 0],
    ]);
  });

  test('readings without a time beside others in seconds keep the arrival', () => {
    expect(brief([{ ts: S - 9, depth: 1 }, { depth: 2 }])).toEqual([
      [6, -9_000, 1, 0],
      [6, 0, 2, 0],
    ]);
  });

  test('the uptime in ms of a clock that was never set goes on through the times that could be seconds', () => {
    const clock = createFakeClock(NOW);
    const intake = createIntake({
      clock,
      device: () => device,
      devicesVersion: () => 1,
      futureMaxMs: FUTURE_MAX,
      newestMs: () => undefined,
      newestInstant: () => undefined,
    });
    const marks: number[] = [];
    for (let uptimeMs = 978_200_000; uptimeMs < 978_400_000; uptimeMs += 20_000) {
      const payload = Buffer.from(JSON.stringify({ ts: uptimeMs, values: { depth: 1 } }));
      const [entry] = intake.entries({ device: 'gas-01', route: NATIVE, topic: 'telemetry/gas-01', payload });
      if (entry?.kind === 'message')
        marks.push(entry.readings[0]?.tsMs === clock.nowMs() ? (entry.readings[0]?.marks ?? 0) : -1);
      clock.advance(20_000);
    }
    expect(marks).toEqual(Array(10).fill(CLOCK_SKEW));
  });
});

describe('almost JSON', () => {
  test.each([
    ['{"depth":nan,"ch4":60}'],
    ['{"depth":-nan,"ch4":60}'],
    ['{"depth": NaN ,"ch4":60}'],
    ['{"ch4":60,"depth":inf}'],
    ['{"ch4":60,"depth":-Infinity}'],
    ['{"depth":+INF,"ch4":60}'],
  ])('%s: what is no number is no value, and the rest is read', (text) => {
    const { readings, rejection, isRepaired } = read(text);
    expect(readings.map(({ series, value, marks }) => [series, value, marks]).sort()).toEqual([
      [1, 60, 0],
      [2, 60, 0],
      [6, null, 0],
    ]);
    expect([rejection, isRepaired]).toEqual([null, true]);
  });

  test.each(['{"depth":1}\0', '{"depth":1}\0\0\0', '{"depth":1}\n\0 \r\n', '[{"depth":1}]\0'])('%j', (text) => {
    expect(read(text)).toMatchObject({ readings: [{ value: 1 }], rejection: null, isRepaired: true });
  });

  test('words within texts stay what they are', () => {
    expect(read('{"mode":"a:nan,inf","depth":nan}')).toMatchObject({
      readings: [{ value: 'a:nan,inf' }, { value: null }],
      isRepaired: true,
    });
    expect(read('{"mode":"run","depth":1}').isRepaired).toBe(false);
  });

  test.each([
    '{"depth":nano}',
    '{"depth":1nan}',
    '{"depth":nan',
    '{nan:1}',
    '{"depth":\0 1}',
    '{"depth":1}\0x',
    '\0',
    "{'depth':1}",
    '{"depth":1,}',
    `{"a":"${'\\"'.repeat(50_000)}`,
    `${'['.repeat(50_000)}nan`,
  ])('%.40j stays what it is: no JSON', (text) => {
    expect(read(text)).toMatchObject({ readings: [], rejection: { reason: 'not-json' }, isRepaired: false });
  });
});

describe('a key that an object gives more than once', () => {
  test.each([
    ['{"depth":1,"depth":90}'],
    ['{"values":{"depth":1,"depth":90}}'],
    ['{"values":{"depth":1},"values":{"depth":90}}'],
    ['{"depth":1,"dep\\u0074h":90}'],
    ['{"depth":{"value":1,"value":90}}'],
    ['[{"depth":1,"depth":90}]'],
  ])('%s: no value is lost, and it is told', (text) => {
    const { readings, rejection } = read(text);
    expect(readings.map(({ series, value }) => [series, value])).toEqual([
      [6, 1],
      [6, 90],
    ]);
    expect(rejection?.reason).toBe('duplicate-key');
  });

  test('of different keys there are so many in a message, looked at before it is parsed', () => {
    const keys = (count: number, per: number) =>
      Array.from({ length: count / per }, (_, object) =>
        Array.from({ length: per }, (_, n) => `"k${object * per + n}" : 1`).join(),
      );
    const batch = (count: number) =>
      `[${keys(count, 10)
        .map((pairs) => `{${pairs}}`)
        .join()},{"depth":1}]`;
    expect(read(batch(4_990)).readings).toHaveLength(1);
    const rejection = rejectionOf('too-many-keys', { most: 5_000 });
    for (const text of [batch(5_000), `{${keys(6_000, 6_000)}}`, `{${keys(6_000, 6_000)}`]) {
      expect(read(text)).toMatchObject({ readings: [], rejection });
    }
    // The same ones any number of times, and texts that are none.
    const same = Array.from({ length: 6_000 }, (_, n) => `{"depth":${n},"note":"k${n}\\": \\""}`);
    expect(read(`[${same}]`).readings).toHaveLength(6_000);
  });

  test('of two times the last is taken, as by any reader of JSON, and it is told', () => {
    expect(read(`{"ts":${NOW - 5},"ts":${NOW - 1},"depth":1}`)).toMatchObject({
      readings: [{ tsMs: NOW - 1 }],
      rejection: { reason: 'duplicate-key' },
    });
  });

  test.each([
    ['the same value again', '{"depth":1,"depth":1}'],
    ['a key that nobody reads', '{"seq":1,"seq":2,"depth":1}'],
    ['the same key in two objects', '{"status":{"smoke":1},"other":{"smoke":2},"depth":1}'],
    ['a key within a text', '{"note":"\\"depth\\":2","depth":1}'],
    ['lists of lists, and names of JavaScript', '{"x":[[{"a":1}],2],"__proto__":{"b":1},"constructor":3,"depth":1}'],
  ])('%s is nothing to tell', (_what, text) => {
    const { readings, rejection } = read(text);
    expect(readings.at(-1)).toMatchObject({ series: 6, value: 1 });
    expect(rejection).toBeNull();
  });
});

test('no payload takes longer than its length: texts of digits, lists within lists, a key given again and again', () => {
  // Each of them took minutes when it was not bounded.
  const again = (key: string, value: (n: number) => string) =>
    read(`{${Array.from({ length: 50_000 }, (_, n) => `"${key}":${value(n)}`).join(',')},"alarm":true}`);
  expect(again('depth', String)).toMatchObject({ readings: [], rejection: { reason: 'too-many-readings' } });
  expect(again('values', (n) => `{"depth":${n}}`).rejection?.reason).toBe('too-many-readings');
  expect(again('seq', String)).toMatchObject({ readings: [{ series: 3, value: true }], rejection: null });
  read({ depth: `${'1'.repeat(200_000)}x` });
  let nested = '{"ts":1,"depth":1}';
  for (let level = 0; level < 7; level++) nested = `{"ts":1,"h":[${nested},${nested}]}`;
  read(`{"h":[${Array(100).fill(nested).join(',')}]}`);
  read(`${'{"a":'.repeat(40_000)}1${'}'.repeat(40_000)}`);
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
      newestInstant: () => undefined,
    });
    if (ts !== undefined) {
      const payload = Buffer.from(JSON.stringify(ts === null ? { ch4: 1 } : { ts, values: { ch4: 1 } }));
      made.entries({ device: 'gas-01', route: NATIVE, topic: 'telemetry/gas-01', payload });
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

test('devices that come where others were taken out begin anew, and share nothing', () => {
  const clock = createFakeClock(NOW);
  const known = new Set(['a', 'b']);
  let version = 1;
  const intake = createIntake({
    clock,
    device: (id) => (known.has(id) ? { ...device, id } : undefined),
    devicesVersion: () => version,
    futureMaxMs: FUTURE_MAX,
    newestMs: () => undefined,
    newestInstant: () => undefined,
  });
  const send = (id: string, tsMs: number) => {
    const payload = Buffer.from(JSON.stringify({ ts: tsMs, values: { ch4: 1 } }));
    return intake.entries({ device: id, route: NATIVE, topic: `telemetry/${id}`, payload }).map(({ kind }) => kind);
  };
  const change = (out: string, ...come: readonly string[]) => {
    known.delete(out);
    for (const id of come) known.add(id);
    version++;
  };
  send('a', NOW + 20_000);
  send('b', NOW - 5_000);
  intake.bucketOf('b').tokens = 7;
  change('a', 'c', 'd');
  expect(send('a', NOW)).toEqual(['quarantine']);
  expect(intake.traffic('a').lastSeenMs).toBeNull();
  for (const [id, offsetMs] of [
    ['c', -1_000],
    ['d', -2_000],
  ] as const) {
    expect(intake.bucketOf(id)).toMatchObject(newBucket());
    send(id, NOW + offsetMs);
    intake.bucketOf(id).tokens = offsetMs;
  }
  clock.advance(1_000);
  change('none', 'a');
  send('a', NOW);
  expect(['a', 'b', 'c', 'd'].map((id) => intake.traffic(id).clockOffsetMs)).toEqual([-1_000, -5_000, -1_000, -2_000]);
  expect(['a', 'b', 'c', 'd'].map((id) => intake.bucketOf(id).tokens)).toEqual([0, 7, -1_000, -2_000]);
  expect(intake.traffic('a').messages).toBe(1);
});

describe('why a payload was refused', () => {
  const many = Array.from({ length: BATCH_ITEMS_MAX + 1 }, () => ({ ch4: 1 }));
  const long = 'x'.repeat(1_000);
  const cut = `${'x'.repeat(240)}…`;
  const REFUSED: readonly (readonly [payload: unknown, english: string, chinese: string])[] = [
    ['{"ch4": 12', 'ends before the JSON is whole', 'JSON 没有写完'],
    ['', 'ends before the JSON is whole', 'JSON 没有写完'],
    ['{"ch4": 12 "h2s": 1}', 'no JSON from character 12 on', '第 12 个字符处不符合 JSON 格式'],
    ['hello', 'expected JSON, found hello', '应为 JSON，收到的是 hello'],
    [many, '10001 readings; at most 10000', '共 10001 条数据，一条消息最多 10000 条'],
    ['7', 'expected an object, found 7', '应为对象，收到的是 7'],
    [
      [{ ch4: 1 }, 'x', 3],
      '[1] expected an object, found "x"; and 1 more',
      '第 2 项：应为对象，收到的是 "x"；另有 1 处',
    ],
    [
      { ts: 'noon', ch4: 1 },
      'ts: expected ms since 1970 or ISO 8601, found "noon"',
      'ts 应为 1970 年起的毫秒数或 ISO 8601 时间，收到的是 "noon"',
    ],
    [
      '{"ts": 1, "ts": 2, "ch4": 1}',
      'ts: given more than once; the last one was taken',
      'ts 出现了多次，以最后一个为准',
    ],
    [
      '{"values": {"ch4": 1}, "values": {"ch4": 2}}',
      'values: given more than once; all of them were read',
      'values 出现了多次，已全部读取',
    ],
    [
      '{"ch4": 1, "ch4": 2}',
      'ch4: given more than once; all values were read, in their order',
      'ch4 出现了多次，已按先后全部读取',
    ],
    [{ other: 1, nested: {} }, 'none of the fields belongs to the device’s profile', '没有一个字段属于该设备的型号'],
    [{}, 'no values', '没有数值'],
    [{ history: many }, 'history: 10001 items; at most 10000', 'history 有 10001 项，最多 10000 项'],
    [{ [long]: many }, `${cut}: 10001 items; at most 10000`, `${cut} 有 10001 项，最多 10000 项`],
    [{ ch4: 'high' }, 'ch4: expected a number, found "high"', 'ch4 应为数字，收到的是 "high"'],
    [{ ch4: [1] }, 'ch4: expected a number, found an array', 'ch4 应为数字，收到的是数组'],
    [
      { alarm: 'maybe' },
      'alarm: expected a boolean, found "maybe"',
      'alarm 应为是或否（true 或 false），收到的是 "maybe"',
    ],
    [
      { mode: 'found, found x' },
      'mode: expected one of run, test, found "found, found x"',
      'mode 应为以下之一：run, test，收到的是 "found, found x"',
    ],
  ];

  test.each(REFUSED)('is said in both languages: %#', (payload, english, chinese) => {
    const found = read(payload).rejection;
    if (found === null) throw new Error('it was read');
    expect(rejectionText(found, 'en')).toBe(english);
    const shown = { detail: english, code: found.code, values: { ...found.values } };
    expect([rejectionWords(shown, 'en'), rejectionWords(shown, 'zh')]).toEqual([english, chinese]);
  });

  test('is shown as it was written where an earlier program kept it, or a later one', () => {
    const detail = '[2] something of another time';
    expect(rejectionWords({ detail, code: null, values: null }, 'zh')).toBe(detail);
    expect(rejectionWords({ detail, code: 'of-the-future', values: { item: 2 } }, 'zh')).toBe(detail);
  });
});
