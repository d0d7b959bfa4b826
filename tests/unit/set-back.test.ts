import { describe, expect, test } from 'vitest';
import { createIntake } from '../../src/decode/intake.ts';
import { createEvaluator } from '../../src/evaluate/evaluator.ts';
import { CLOCK_SKEW } from '../../src/model/reading.ts';
import type { DeviceRecord } from '../../src/model/registry.ts';
import { line, pointWith, T0 } from '../support/evaluation.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const HOUR = 3_600;
const DAY = 24 * HOUR;
const definition = pointWith(
  { level: { metric: 'v', levels: { red: { above: 10 } } } },
  { metrics: { v: {}, w: {}, u: {} }, reportEveryMs: 30_000 },
);
const device: DeviceRecord = {
  id: 'dev',
  profile: 'p',
  family: 'other',
  name: { zh: '', en: '' },
  hasSecret: true,
  grantedAlerts: false,
  reportEveryMs: 30_000,
  points: ['p'],
  fields: [
    { field: 'v', metric: { type: 'number' }, series: [1] },
    // Sent without a time, in messages of its own.
    { field: 'u', metric: { type: 'number' }, series: [3] },
    // No value in any message.
    { field: 'w', metric: { type: 'number' }, series: [2] },
  ],
};

/** A device and the server: intake and evaluation as they are wired, without a disk between. Times in s after T0. */
function connected() {
  const clock = createFakeClock(T0);
  const evaluator = createEvaluator();
  evaluator.define(definition, 1, T0);
  let position = 1;
  const intake = createIntake({
    clock,
    device: () => device,
    devicesVersion: () => 1,
    futureMaxMs: 60_000,
    newestMs: evaluator.newestMs,
  });
  return {
    /** Sends values with the times of the device, at a time; gives the transitions. */
    send(atS: number, ...items: readonly (readonly [tsS: number | undefined, v: number])[]): string[] {
      clock.setWall(T0 + atS * 1_000);
      const timed = items.map(([tsS, v]) => ({
        ...(tsS === undefined ? {} : { ts: T0 + tsS * 1_000 }),
        values: tsS === undefined ? { u: v } : { v, w: null },
      }));
      const payload = Buffer.from(JSON.stringify(timed));
      const entries = intake.entries({ device: 'dev', topic: 'telemetry/dev', payload });
      return entries.flatMap((entry) =>
        entry.kind === 'message'
          ? evaluator.message(entry.readings, entry.receivedAtMs, ++position).map(line)
          : ['quarantined'],
      );
    },
    /** The newest value as the server has it: seconds after T0, value, marks. */
    newest() {
      const { tsMs, value, marks } = evaluator.values('p').v ?? { tsMs: Number.NaN, value: null, marks: 0 };
      return [(tsMs - T0) / 1_000, value, marks];
    },
    traffic: () => intake.traffic('dev'),
  };
}

type Line = ReturnType<typeof connected>;

/** A report every 30 s from one time to another, by a clock that is behind. */
function report(line: Line, fromS: number, toS: number, behindS: number, v: number): string[] {
  const told: string[] = [];
  for (let s = fromS; s <= toS; s += 30) told.push(...line.send(s, [s - behindS, v]));
  return told;
}

describe('a clock that was set back', () => {
  test.each([
    ['three years', 3 * 365 * DAY],
    ['nine hours', 9 * HOUR],
  ])('by %s: after two minutes the device is live again, at its arrival, and shown as wrong', (_what, behindS) => {
    const line = connected();
    expect(report(line, 0, 300, 0, 5)).toEqual([]);
    expect(line.traffic()).toMatchObject({ clockSkewed: false });
    // A breach in these two minutes is told in retrospect, so it is not missed either.
    expect(report(line, 330, 420, behindS, 11)).toEqual([`level: retrospective red @${330 - behindS}`]);
    expect(line.newest()).toEqual([300, 5, 0]);
    expect(line.send(450, [450 - behindS, 12])).toEqual(['level: raised red @450']);
    expect(line.newest()).toEqual([450, 12, CLOCK_SKEW]);
    expect(line.traffic()).toMatchObject({ clockSkewed: true, clockOffsetMs: -behindS * 1_000 });
    expect(report(line, 480, 600, behindS, 5)).toEqual(['level: cleared red @480']);
    expect(line.newest()).toEqual([600, 5, CLOCK_SKEW]);
  });

  test('its times keep their distances: what is delivered again is the same, what it had stored is late', () => {
    const line = connected();
    report(line, 0, 300, 0, 5);
    report(line, 330, 600, DAY, 5);
    expect(line.send(630, [630 - DAY, 11])).toEqual(['level: raised red @630']);
    expect(line.send(640, [630 - DAY, 11])).toEqual([]);
    expect(line.send(645, [500 - DAY, 99])).toEqual(['level: retrospective red @500']);
    expect(line.newest()).toEqual([630, 11, CLOCK_SKEW]);
  });

  test('messages without a time in between say nothing of it', () => {
    const line = connected();
    report(line, 0, 300, 0, 5);
    for (let s = 330; s <= 450; s += 30) {
      line.send(s, [s - DAY, 7]);
      line.send(s + 10, [undefined, 1]);
    }
    expect(line.newest()).toEqual([450, 7, CLOCK_SKEW]);
  });

  test('put right, set back further, or put forward but not enough', () => {
    const line = connected();
    report(line, 0, 300, 0, 5);
    report(line, 330, 600, DAY, 5);
    expect(line.newest()).toEqual([600, 5, CLOCK_SKEW]);
    line.send(630, [630, 6]);
    expect([line.newest(), line.traffic().clockSkewed]).toEqual([[630, 6, 0], false]);
    report(line, 660, 900, DAY, 5);
    report(line, 930, 1_200, 9 * DAY, 7);
    expect(line.newest()).toEqual([1_200, 7, CLOCK_SKEW]);
    line.send(1_230, [1_230 - 2 * DAY, 8]);
    expect(line.newest()).toEqual([1_230, 8, CLOCK_SKEW]);
  });
});

describe('old data from a clock that is right stays what it is', () => {
  test('stored data in one piece, piece by piece, or between data of the present', () => {
    const line = connected();
    report(line, 0, 300, 0, 5);
    const stored = (fromS: number) => Array.from({ length: 120 }, (_, i) => [fromS + i * 30, 5] as const);
    line.send(310, ...stored(-DAY));
    // An hour a second, for three minutes.
    for (let i = 0; i < 180; i++) line.send(311 + i, ...stored(-20 * DAY + i * HOUR));
    expect(line.newest()).toEqual([300, 5, 0]);
    for (let s = 500; s < 1_200; s += 30) {
      line.send(s, [s - 2 * DAY, 11]);
      line.send(s + 1, [s + 1, 5]);
      expect(line.newest()).toEqual([s + 1, 5, 0]);
    }
  });

  test('a device that has always been late, in its order', () => {
    const line = connected();
    report(line, 0, 600, 5 * HOUR, 5);
    expect(line.newest()).toEqual([600 - 5 * HOUR, 5, 0]);
    expect(line.traffic()).toMatchObject({ clockSkewed: false, clockOffsetMs: -5 * HOUR * 1_000 });
  });

  test('the same old message delivered again and again', () => {
    const line = connected();
    report(line, 0, 300, 0, 5);
    for (let s = 330; s < 1_500; s += 40) line.send(s, [-DAY, 11]);
    expect(line.newest()).toEqual([300, 5, 0]);
  });

  test('a clock that is behind by less than an hour is late until it has caught up', () => {
    const line = connected();
    report(line, 0, 3_600, 0, 5);
    report(line, 3_630, 7_170, 3_570, 11);
    expect(line.newest()).toEqual([3_600, 5, 0]);
    expect(line.send(7_200, [3_630, 11])).toEqual(['level: raised red @3630']);
  });
});
