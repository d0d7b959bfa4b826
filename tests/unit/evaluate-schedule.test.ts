import fc from 'fast-check';
import type { TFunction } from 'i18next';
import { describe, expect, test } from 'vitest';
import { problemOf, problemText } from '../../src/console/thresholds/problem-words.ts';
import type { CompiledLevels } from '../../src/evaluate/compiled.ts';
import { compileSchedule, nextSwitchMs, variantAt } from '../../src/evaluate/schedule.ts';
import { WEEKDAYS } from '../../src/model/calendar.ts';
import { problemsOfIssues } from '../../src/model/issue.ts';
import { placedText, problemText as wordsOf } from '../../src/model/problem-words.ts';
import { type ScheduleEntry, scheduleEntrySchema } from '../../src/model/threshold.ts';
import { bench, pointWith, T0 } from '../support/evaluation.ts';
import { rounds } from '../support/long.ts';

const NO_LEVELS = [undefined, undefined, undefined, undefined] as unknown as CompiledLevels;
const levels = { red: { above: 1 } };

function schedule(...entries: Omit<ScheduleEntry, 'levels'>[]) {
  const problems: string[] = [];
  const compiled = compileSchedule(
    entries.map((entry) => ({ ...entry, levels })),
    () => NO_LEVELS,
    (path, problem) => problems.push(placedText({ path, ...problem }, 'en')),
  );
  return { compiled, problems };
}

/** The variant in force at a time that is written with its own offset. */
const at = (entry: Omit<ScheduleEntry, 'levels'>, time: string) =>
  variantAt(schedule(entry).compiled, Date.parse(time));

describe('which set of levels is in force', () => {
  test.each([
    ['2024-05-31T23:59:59+08:00', -1],
    ['2024-06-01T00:00:00+08:00', 0],
    ['2024-09-30T23:59:59+08:00', 0],
    ['2024-10-01T00:00:00+08:00', -1],
  ])('the flood season, both days included, in Shanghai time: %s', (time, variant) => {
    expect(at({ season: ['06-01', '09-30'] }, time)).toBe(variant);
  });

  test.each([
    ['2023-12-31T12:00:00+08:00', 0],
    ['2024-01-31T12:00:00+08:00', 0],
    ['2024-02-01T00:00:00+08:00', -1],
    ['2024-11-30T23:00:00+08:00', -1],
  ])('a season over the new year: %s', (time, variant) => {
    expect(at({ season: ['12-01', '01-31'] }, time)).toBe(variant);
  });

  test('dates, both included', () => {
    const entry = { dates: ['2024-07-01', '2024-07-02'] as [string, string] };
    expect(at(entry, '2024-06-30T23:59:59+08:00')).toBe(-1);
    expect(at(entry, '2024-07-02T23:59:59+08:00')).toBe(0);
    expect(at(entry, '2024-07-03T00:00:00+08:00')).toBe(-1);
  });

  test('hours: the end not included; a night belongs to the day on which it began', () => {
    const night = { hours: ['22:00', '06:00'] as [string, string], weekdays: ['fri' as const] };
    expect(at(night, '2024-07-05T21:59:59+08:00')).toBe(-1);
    expect(at(night, '2024-07-05T22:00:00+08:00')).toBe(0);
    expect(at(night, '2024-07-06T05:59:59+08:00')).toBe(0);
    expect(at(night, '2024-07-06T06:00:00+08:00')).toBe(-1);
    expect(at(night, '2024-07-05T03:00:00+08:00')).toBe(-1);
    expect(at({ hours: ['00:00', '00:00'] }, '2024-07-05T03:00:00+08:00')).toBe(0);
  });

  test('24:00 is the end of the day, which belongs to the next one', () => {
    const evening = { hours: ['18:00', '24:00'] as [string, string], weekdays: ['fri' as const] };
    expect(at(evening, '2024-07-05T17:59:59+08:00')).toBe(-1);
    expect(at(evening, '2024-07-05T18:00:00+08:00')).toBe(0);
    expect(at(evening, '2024-07-05T23:59:59+08:00')).toBe(0);
    expect(at(evening, '2024-07-06T00:00:00+08:00')).toBe(-1);
    expect(at(evening, '2024-07-06T19:00:00+08:00')).toBe(-1);
    const { compiled } = schedule(evening);
    const from = Date.parse('2024-07-05T19:00:00+08:00');
    expect(nextSwitchMs(compiled, from)).toBe(Date.parse('2024-07-06T00:00:00+08:00'));
  });

  test.each([
    ['hours', ['24:00', '06:00'], 'expected a time of the day as HH:MM, such as 08:00'],
    ['hours', ['18:00', '24:01'], 'expected a time of the day as HH:MM, such as 17:30, or 24:00 for its end'],
    ['hours', ['8:00', '17:30'], 'expected a time of the day as HH:MM, such as 08:00'],
    ['season', ['6-1', '09-30'], 'expected a day as MM-DD, such as 06-01'],
    ['dates', ['2026-02-30', '2026-03-01'], 'expected a date that exists as YYYY-MM-DD, such as 2026-06-01'],
  ])('%s %j is refused in words, in the console in its own', (field, value, words) => {
    const outcome = scheduleEntrySchema.safeParse({ [field]: value, levels });
    const problems = problemsOfIssues(outcome.error?.issues ?? [], { [field]: value, levels });
    expect(problems.map((problem) => wordsOf(problem, 'en'))).toEqual([words]);
    for (const problem of problems)
      expect(problemText(problemOf(problem), ((key: string) => key) as TFunction)).toMatch(/^editor\.problem\./);
  });

  test('the first entry that applies is taken', () => {
    const { compiled } = schedule({ weekdays: ['sun'] }, { hours: ['00:00', '12:00'] });
    expect(variantAt(compiled, Date.parse('2024-07-07T09:00:00+08:00'))).toBe(0);
    expect(variantAt(compiled, Date.parse('2024-07-08T09:00:00+08:00'))).toBe(1);
    expect(variantAt(compiled, Date.parse('2024-07-08T12:00:00+08:00'))).toBe(-1);
  });

  test('clocks that are put forward and back', () => {
    const entry = { hours: ['02:00', '03:00'] as [string, string], timezone: 'Europe/Berlin' };
    // 2024-03-31 has no such hour, 2024-10-27 has it twice.
    expect(at(entry, '2024-03-31T00:59:59Z')).toBe(-1);
    expect(at(entry, '2024-03-31T01:00:00Z')).toBe(-1);
    for (const time of ['00:00', '00:59', '01:00', '01:59']) expect(at(entry, `2024-10-27T${time}:00Z`)).toBe(0);
    expect(at(entry, '2024-10-27T02:00:00Z')).toBe(-1);
  });

  test('a wrong time zone and dates in the wrong order are said', () => {
    expect(schedule({ timezone: 'Asia/Qianjiang' }, { dates: ['2024-02-01', '2024-01-01'] }).problems).toEqual([
      'schedule[0].timezone: Asia/Qianjiang is not a time zone of the IANA list',
      'schedule[1].dates: 2024-02-01 is after 2024-01-01',
    ]);
  });
});

describe('when it changes', () => {
  const clock = fc
    .tuple(fc.nat({ max: 23 }), fc.constantFrom(0, 15, 30, 59))
    .map(([h, m]) => `${String(h).padStart(2, '0')}:${String(m).padStart(2, '0')}`);
  const monthDay = fc
    .tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 28 }))
    .map(([m, d]) => `${String(m).padStart(2, '0')}-${String(d).padStart(2, '0')}`);
  const entry: fc.Arbitrary<Omit<ScheduleEntry, 'levels'>> = fc.record(
    {
      hours: fc.tuple(clock, clock),
      season: fc.tuple(monthDay, monthDay),
      weekdays: fc.subarray([...WEEKDAYS], { minLength: 1 }),
      timezone: fc.constantFrom('Asia/Shanghai', 'Europe/Berlin', 'Australia/Lord_Howe', 'America/St_Johns', 'UTC'),
    },
    { requiredKeys: ['timezone'] },
  );

  test('a midnight that a clock put forward brings into the same 24 hours is not passed over', () => {
    // Lord Howe's 2024-10-06 had 23.5 hours, so the 24 hours from 23:45 of the day before hold two midnights.
    const { compiled } = schedule({ weekdays: ['mon'], timezone: 'Australia/Lord_Howe' });
    const from = Date.parse('2024-10-05T23:45:00+10:30');
    expect(nextSwitchMs(compiled, from)).toBe(Date.parse('2024-10-07T00:00:00+11:00'));
  });

  test('never between now and the next switch, and at the switch if one is found', () => {
    fc.assert(
      fc.property(
        fc.array(entry, { minLength: 1, maxLength: 3 }),
        // Around the changes of clock of 2024 as well as anywhere else.
        fc.oneof(
          fc.integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2025, 0, 1) }),
          fc.constantFrom(Date.UTC(2024, 2, 30), Date.UTC(2024, 9, 26), Date.UTC(2024, 3, 6), Date.UTC(2024, 9, 5)),
        ),
        fc.nat({ max: 86_400_000 }),
        (entries, base, offset) => {
          const { compiled } = schedule(...entries);
          const fromMs = base + offset;
          const now = variantAt(compiled, fromMs);
          const nextMs = nextSwitchMs(compiled, fromMs);
          expect(nextMs).toBeGreaterThan(fromMs);
          const isFound = nextMs < fromMs + 32 * 86_400_000;
          if (isFound) expect(variantAt(compiled, nextMs)).not.toBe(now);
          for (let atMs = fromMs; atMs < nextMs; atMs += 15 * 60_000) expect(variantAt(compiled, atMs)).toBe(now);
          expect(variantAt(compiled, nextMs - 1)).toBe(now);
        },
      ),
      { numRuns: rounds(75, 3_000) },
    );
  });
});

describe('a rule with a schedule', () => {
  /** T0 is 06:13:20 in Shanghai. */
  const S_0700 = 2_800;
  const night = (more: Readonly<Record<string, unknown>> = {}) =>
    pointWith(
      {
        r: {
          metric: 'v',
          deadband: 5,
          recoverFor: '10m',
          levels: { red: { above: 20 } },
          schedule: [{ hours: ['22:00', '07:00'], levels: { red: { above: 10 } } }],
          ...more,
        },
      },
      { reportEveryMs: 3_600_000 },
    );

  test('the switch judges the current value at its own time, by a tick', () => {
    expect(new Date(T0 + S_0700 * 1_000).toISOString()).toBe('2023-11-14T23:00:00.000Z');
    const p = bench(night());
    expect(p.at(0, 12)).toEqual(['r: raised red @0']);
    expect(p.evaluator.nextDeadlineMs()).toBe(T0 + S_0700 * 1_000);
    expect(p.tick(S_0700 + 60)).toEqual([`r: cleared red @${S_0700} (schedule-changed)`]);
    // 22:00, fifteen hours later; the value of the morning is still the newest.
    p.at(S_0700 + 50_000, 12);
    expect(p.tick(S_0700 + 54_000)).toEqual([`r: raised red @${S_0700 + 54_000} (schedule-changed)`]);
  });

  test('or by the first reading that is newer', () => {
    const p = bench(night());
    p.at(0, 12);
    expect(p.at(S_0700, 12)).toEqual([`r: cleared red @${S_0700} (schedule-changed)`]);
    expect(p.at(S_0700 + 1, 25)).toEqual([`r: raised red @${S_0700 + 1}`]);
  });

  test('what fell due before the switch fell due, although only a later reading tells', () => {
    const p = bench(night({ for: '10m' }));
    p.at(2_000, 12);
    expect(p.at(S_0700 + 100, 12)).toEqual([
      'r: raised red @2600',
      `r: cleared red @${S_0700 + 100} (schedule-changed)`,
    ]);
  });

  test('late data is judged by the levels of its own time', () => {
    const p = bench(night());
    p.at(S_0700 + 600, 1);
    expect(p.at(S_0700 + 100, 12, S_0700 + 601)).toEqual([]);
    expect(p.at(100, 12, S_0700 + 602)).toEqual(['r: retrospective red @100']);
  });
});
