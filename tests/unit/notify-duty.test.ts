import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { localMsAt } from '../../src/model/calendar.ts';
import { dutiesBetween, dutyAt, uncoveredBetween } from '../../src/model/notify/duty.ts';
import { rotaSchema, workCalendarSchema } from '../../src/model/notify/rota.ts';
import { HOUR_MS } from '../support/deciding.ts';

/** National Day 2026: seven days off, a Sunday and a Saturday that are worked for it. */
const CALENDAR = workCalendarSchema.parse({
  off: ['2026-10-01', '2026-10-02', '2026-10-03', '2026-10-04', '2026-10-05', '2026-10-06', '2026-10-07'],
  working: ['2026-09-20', '2026-10-10'],
});
const NO_CALENDAR = workCalendarSchema.parse({});
const ORDER = [{ primary: 'a', backup: 'b' }, { primary: 'b', backup: 'c' }, { primary: 'c' }];

const rotaWith = (more: Record<string, unknown>) =>
  rotaSchema.parse({ id: 'rota', turn: 'day', from: '2026-01-01', order: ORDER, ...more });
const shanghai = (text: string): number => Date.parse(`${text}:00+08:00`);
const primaries = (rota: ReturnType<typeof rotaWith>, times: readonly string[], calendar = CALENDAR) =>
  times.map((time) => dutyAt(rota, calendar, shanghai(time))?.primary ?? null);

const TWO = [
  { id: 'day', hours: ['08:00', '18:00'] },
  { id: 'night', hours: ['18:00', '08:00'] },
];

describe('turns', () => {
  test('of a day: all its shifts, and the night belongs to the day on which it began', () => {
    const rota = rotaWith({ shifts: TWO });
    expect(primaries(rota, ['2026-01-01T08:00', '2026-01-02T07:59', '2026-01-02T08:00', '2026-01-04T12:00'])).toEqual([
      'a',
      'a',
      'b',
      'a',
    ]);
    expect(dutyAt(rota, CALENDAR, shanghai('2026-01-02T03:00'))).toEqual({
      rota: 'rota',
      shift: 'night',
      date: '2026-01-01',
      fromMs: shanghai('2026-01-01T18:00'),
      toMs: shanghai('2026-01-02T08:00'),
      primary: 'a',
      backup: 'b',
    });
  });

  test('of a shift, and of a week that changes on the weekday it began on', () => {
    const shift = rotaWith({ turn: 'shift', shifts: TWO });
    expect(primaries(shift, ['2026-01-01T09:00', '2026-01-01T20:00', '2026-01-02T09:00', '2026-01-02T20:00'])).toEqual([
      'a',
      'b',
      'c',
      'a',
    ]);
    const week = rotaWith({ turn: 'week', shifts: [{ id: 'all', hours: ['08:00', '08:00'] }] });
    expect(primaries(week, ['2026-01-08T07:59', '2026-01-08T08:00', '2026-01-22T08:00'])).toEqual(['a', 'b', 'a']);
  });

  test('before its first day nobody is on duty', () => {
    expect(primaries(rotaWith({ shifts: TWO }), ['2026-01-01T07:59', '2025-12-31T12:00'])).toEqual([null, null]);
  });
});

describe('working days', () => {
  const rota = rotaWith({
    from: '2026-09-28',
    shifts: [
      { id: 'office', hours: ['08:00', '18:00'], days: 'working' },
      { id: 'off', hours: ['08:00', '18:00'], days: 'off' },
      { id: 'night', hours: ['18:00', '08:00'] },
    ],
  });

  test('a holiday is off, a Saturday that is worked for it is a working day (调休)', () => {
    const shift = (day: string) => dutyAt(rota, CALENDAR, shanghai(`${day}T12:00`))?.shift;
    expect(['2026-09-30', '2026-10-01', '2026-10-08', '2026-10-10', '2026-10-11'].map(shift)).toEqual([
      'office',
      'off',
      'office',
      'office',
      'off',
    ]);
  });

  test('who is spared by days without a shift is next after them', () => {
    const office = rotaWith({
      from: '2026-09-29',
      shifts: [{ id: 'office', hours: ['08:00', '18:00'], days: 'working' }],
    });
    expect(primaries(office, ['2026-09-29T12:00', '2026-09-30T12:00', '2026-10-05T12:00', '2026-10-08T12:00'])).toEqual(
      ['a', 'b', null, 'c'],
    );
  });
});

test('a swap takes one shift of one date, and the last made of several', () => {
  const swaps = [
    { date: '2026-01-01', shift: 'night', primary: 'c', reason: '探亲' },
    { date: '2026-01-01', shift: 'night', primary: 'x' },
    { date: '2026-01-02', shift: 'day', backup: 'x' },
  ];
  const rota = rotaWith({ shifts: TWO, swaps });
  expect(primaries(rota, ['2026-01-01T12:00', '2026-01-02T03:00', '2026-01-02T12:00'])).toEqual(['a', 'x', 'b']);
  expect(dutyAt(rota, CALENDAR, shanghai('2026-01-02T12:00'))?.backup).toBe('x');
});

describe('acceptance 5: a year', () => {
  const swaps = [
    { date: '2026-03-28', shift: 'night', primary: 'x' },
    { date: '2026-10-24', shift: 'night', primary: 'x' },
    { date: '2026-10-03', shift: 'day', primary: 'x' },
  ];
  const THREE = [
    { id: 'early', hours: ['06:00', '14:00'] },
    { id: 'late', hours: ['14:00', '22:00'] },
    { id: 'night', hours: ['22:00', '06:00'] },
  ];

  test.each(
    ['Asia/Shanghai', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe'].flatMap((timezone) =>
      (['shift', 'day', 'week'] as const).flatMap((turn) =>
        [TWO, THREE, [{ id: 'day', hours: ['02:30', '02:30'] }]].map((shifts) => ({ timezone, turn, shifts })),
      ),
    ),
  )('$timezone by $turn, $shifts.length shifts: always exactly one primary, no hour without', (one) => {
    const rota = rotaWith({ ...one, from: '2025-12-30', swaps });
    const from = Date.UTC(2026, 0, 1);
    const to = Date.UTC(2027, 0, 1);
    expect(uncoveredBetween(rota, CALENDAR, from, to)).toEqual([]);
    const duties = dutiesBetween(rota, CALENDAR, from, to);
    for (const [at, duty] of duties.entries()) {
      expect(duty.primary).not.toBeNull();
      // Each begins where the one before ends: nobody has an hour together with another, none is without.
      if (at > 0) expect(duty.fromMs).toBe(duties[at - 1]?.toMs);
      expect(new Date(localMsAt(one.timezone, duty.fromMs)).toISOString().slice(0, 10)).toBe(duty.date);
    }
  });

  test('asked by the hour it says the same as asked for the year', () => {
    const rota = rotaWith({ timezone: 'Europe/Berlin', turn: 'shift', shifts: THREE, swaps });
    const duties = dutiesBetween(rota, CALENDAR, Date.UTC(2026, 0, 2), Date.UTC(2027, 0, 1));
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(2026, 0, 2), max: Date.UTC(2026, 11, 31) }), (atMs) => {
        const duty = duties.find(({ fromMs, toMs }) => fromMs <= atMs && atMs < toMs);
        expect(dutyAt(rota, CALENDAR, atMs)).toEqual(duty);
      }),
    );
  });

  test('an hour that is there twice or not at all belongs to the shift it lies in', () => {
    const rota = rotaWith({ timezone: 'Europe/Berlin', shifts: TWO });
    const lengths = (date: string) =>
      dutiesBetween(rota, NO_CALENDAR, Date.parse(`${date}T12:00Z`), Date.parse(`${date}T23:00Z`)).map(
        ({ shift, fromMs, toMs }) => `${shift} ${(toMs - fromMs) / HOUR_MS}h`,
      );
    expect(lengths('2026-03-28')).toEqual(['day 10h', 'night 13h']);
    expect(lengths('2026-10-24')).toEqual(['day 10h', 'night 15h']);
  });
});

test('hours that no shift has are found', () => {
  const rota = rotaWith({ shifts: [{ id: 'office', hours: ['08:00', '18:00'], days: 'working' }] });
  const from = shanghai('2026-10-09T00:00');
  expect(uncoveredBetween(rota, CALENDAR, from, shanghai('2026-10-12T00:00'))).toEqual([
    { fromMs: from, toMs: shanghai('2026-10-09T08:00') },
    { fromMs: shanghai('2026-10-09T18:00'), toMs: shanghai('2026-10-10T08:00') },
    { fromMs: shanghai('2026-10-10T18:00'), toMs: shanghai('2026-10-12T00:00') },
  ]);
});

describe('hours of shifts', () => {
  const withHours = (...hours: string[]) =>
    rotaSchema.safeParse({ ...rotaWith({ shifts: TWO }), shifts: [{ id: 'x', hours }] });

  test('that are no times of the day are refused, for nobody would ever be on duty', () => {
    for (const hours of [
      ['8:00', '18:00'],
      ['08:00', '25:00'],
      ['24:00', '08:00'],
      ['morning', 'evening'],
      ['', ''],
    ]) {
      expect(withHours(...hours).success, hours.join()).toBe(false);
    }
  });

  test('may end with the day', () => {
    const rota = rotaWith({ shifts: [{ id: 'late', hours: ['16:00', '24:00'] }] });
    expect(dutyAt(rota, CALENDAR, shanghai('2026-01-01T23:59'))).toMatchObject({ toMs: shanghai('2026-01-02T00:00') });
    expect(dutyAt(rota, CALENDAR, shanghai('2026-01-02T00:00'))).toBeNull();
  });
});
