import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EARLIEST_PLAUSIBLE_MS, implausibleTime, parseIsoTime, parseTimeMs } from '../../src/model/time.ts';

const iso = (text: string) => {
  const found = parseIsoTime(text);
  return found === undefined ? undefined : [new Date(found.ms).toISOString(), found.zone];
};

test.each([
  ['2026-02-03T04:05:06Z', '2026-02-03T04:05:06.000Z'],
  ['2026-02-03T04:05:06+08', '2026-02-02T20:05:06.000Z'],
  ['2026-02-03 04:05:06 +0530', '2026-02-02T22:35:06.000Z'],
  ['2026-02-03 04:05:06.789+08', '2026-02-02T20:05:06.789Z'],
  ['2026-02-03T04:05:06-0330', '2026-02-03T07:35:06.000Z'],
  ['2026-02-03T04:05:06\u221203:30', '2026-02-03T07:35:06.000Z'],
  ['2026-02-03t04:05:06z', '2026-02-03T04:05:06.000Z'],
  ['2026-02-03T04:05:06,5Z', '2026-02-03T04:05:06.500Z'],
  ['2026-02-03T04:05,5Z', '2026-02-03T04:05:30.000Z'],
  ['2026-02-03T04.5Z', '2026-02-03T04:30:00.000Z'],
  ['2026-02-03T04:05:06.123456789Z', '2026-02-03T04:05:06.123Z'],
  ['20260203T040506Z', '2026-02-03T04:05:06.000Z'],
  ['20260203T0405+0800', '2026-02-02T20:05:00.000Z'],
  ['2026-W06-2T04:05:06Z', '2026-02-03T04:05:06.000Z'],
  ['2026W062T040506Z', '2026-02-03T04:05:06.000Z'],
  ['2020-W53-5T00:00Z', '2021-01-01T00:00:00.000Z'],
  ['2026-034T04:05:06Z', '2026-02-03T04:05:06.000Z'],
  ['2026034T040506Z', '2026-02-03T04:05:06.000Z'],
  ['2024-366T00Z', '2024-12-31T00:00:00.000Z'],
  ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
  ['2026-02-03T24:00:00Z', '2026-02-04T00:00:00.000Z'],
  ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
  ['2017-01-01T07:59:60.5+08:00', '2017-01-01T00:00:00.500Z'],
])('%s is %s', (text, expected) => {
  expect(iso(text)).toEqual([expected, 'given']);
});

test.each([
  ['2026-02-03', 'date'],
  ['2026-W06-2', 'date'],
  ['2026-034', 'date'],
  ['2026-02-03T00:00', 'none'],
  ['20260203T00', 'none'],
])('%s has no zone (%s)', (text, zone) => {
  expect(iso(text)).toEqual(['2026-02-03T00:00:00.000Z', zone]);
});

test.each([
  '2026-02-30T00:00:00Z',
  '2026-04-31T00:00:00Z',
  '2025-02-29T00:00:00Z',
  '1900-02-29',
  '2026-00-01',
  '2026-01-00',
  '2026-13-01T00:00Z',
  '2025-W53-1',
  '2026-W00-1',
  '2026-W06-8',
  '2026-000',
  '2026-366',
  '2026-02-03T24:00:01Z',
  '2026-02-03T25:00Z',
  '2026-02-03T23:60Z',
  '2026-02-03T23:59:61Z',
  '2026-02-03T00:00+24:00',
  '2026-02-03T00:00+08:60',
  '2026-02-03T04:0506Z',
  '2026-02-03T0405:06Z',
  '2026-2-3T04:05Z',
  '20260203',
  '2026-02-03T',
  '2026-02-03T04:05:06.Z',
  '2026-02-03T04:05:06Z and more',
  'yesterday',
  '',
])('%j is no time', (text) => {
  expect(iso(text)).toBeUndefined();
});

test('what JavaScript writes, is read as the same; and no text makes it throw', () => {
  fc.assert(
    fc.property(fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('9999-12-31') }), (date) => {
      expect(parseIsoTime(date.toISOString())?.ms).toBe(date.getTime());
    }),
  );
  fc.assert(fc.property(fc.string(), (text) => void parseTimeMs(text)));
});

test('a time that is to be kept lies between 2001 and the latest', () => {
  const latest = Date.UTC(2026, 5, 1);
  expect(implausibleTime(EARLIEST_PLAUSIBLE_MS, latest)).toBeUndefined();
  expect(implausibleTime(latest, latest)).toBeUndefined();
  expect(implausibleTime(EARLIEST_PLAUSIBLE_MS - 1, latest)?.en).toMatch(/is 2000-12-31.* expected a time since 2001/);
  expect(implausibleTime(latest + 1, latest)?.en).toMatch(/lies in the future/);
  expect(implausibleTime(1_700_000_000, latest)?.en).toMatch(/looks like seconds \(2023-11-14T22:13:20.000Z\)/);
  expect(implausibleTime(1_700_000_000e6, latest)?.en).toMatch(/looks like microseconds/);
  expect(implausibleTime(1_700_000_000e9, latest)?.en).toMatch(/looks like nanoseconds/);
  expect(implausibleTime(1e300, latest)?.en).toMatch(/is no date/);
});
