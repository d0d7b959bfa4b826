import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createIntake } from '../../src/decode/intake.ts';
import { createEvaluator } from '../../src/evaluate/evaluator.ts';
import { msOf } from '../../src/model/instant.ts';
import { CLOCK_SKEW } from '../../src/model/reading.ts';
import type { DeviceRecord } from '../../src/model/registry.ts';
import { line, pointWith, T0 } from '../support/evaluation.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { NATIVE } from '../support/native-route.ts';

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
    newestInstant: evaluator.newestInstant,
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
      const entries = intake.entries({ device: 'dev', route: NATIVE, topic: 'telemetry/dev', payload });
      return entries.flatMap((entry) =>
        entry.kind === 'message'
          ? evaluator.message(entry.readings, entry.receivedAtMs, ++position).map(line)
          : ['quarantined'],
      );
    },
    /** Sends what two others behind the device say, each by its own clock. */
    sendBoth(
      atS: number,
      v: readonly [number, number] | undefined,
      u: readonly [number, number] | undefined,
    ): string[] {
      clock.setWall(T0 + atS * 1_000);
      const items = [
        ...(v === undefined ? [] : [{ ts: T0 + v[0] * 1_000, values: { v: v[1] } }]),
        ...(u === undefined ? [] : [{ ts: T0 + u[0] * 1_000, values: { u: u[1] } }]),
      ];
      const payload = Buffer.from(JSON.stringify(items));
      const [entry] = intake.entries({ device: 'dev', route: NATIVE, topic: 'telemetry/dev', payload });
      if (entry?.kind !== 'message') throw new Error('not taken');
      return evaluator.message(entry.readings, entry.receivedAtMs, ++position).map(line);
    },
    /** The newest value as the server has it: seconds after T0, value, marks. */
    newest(metric = 'v') {
      const { tsMs, value, marks } = evaluator.values('p')[metric] ?? { tsMs: Number.NaN, value: null, marks: 0 };
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
    ['an hour, as summer time ends', HOUR],
    ['four minutes', 240],
  ])('by %s: after a minute the device is live again, at its arrival, and shown as wrong', (_what, behindS) => {
    const line = connected();
    expect(report(line, 0, 300, 0, 5)).toEqual([]);
    expect(line.traffic()).toMatchObject({ clockSkewed: false });
    // A breach before it is found is told in retrospect, so it is not missed either.
    expect(report(line, 330, 360, behindS, 11)).toEqual([`level: retrospective red @${330 - behindS}`]);
    expect(line.newest()).toEqual([300, 5, 0]);
    expect(line.send(390, [390 - behindS, 12])).toEqual(['level: raised red @390']);
    expect(line.newest()).toEqual([390, 12, CLOCK_SKEW]);
    expect(line.traffic()).toMatchObject({ clockSkewed: true, clockOffsetMs: -behindS * 1_000 });
    expect(report(line, 420, 600, behindS, 5)).toEqual(['level: cleared red @420']);
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
});

/** A message of a device: when it arrives, and what time it bears; s after T0. */
interface Sent {
  readonly atS: number;
  readonly tsS: number;
  readonly v?: number;
  readonly u?: number;
  /** The readings before it that it brings again. */
  readonly again?: readonly Sent[];
}

/** What becomes of messages: the readings, as they are kept, each with its arrival; and how the device is shown. */
function kept(messages: readonly Sent[], { restartS = Number.POSITIVE_INFINITY, reportEveryS = 30 } = {}) {
  const clock = createFakeClock(T0);
  const evaluator = createEvaluator();
  evaluator.define(definition, 1, T0);
  const start = () =>
    createIntake({
      clock,
      device: () => ({ ...device, reportEveryMs: reportEveryS * 1_000 }),
      devicesVersion: () => 1,
      futureMaxMs: 60_000,
      newestMs: evaluator.newestMs,
      newestInstant: evaluator.newestInstant,
    });
  let intake = start();
  let isRestarted = false;
  let position = 1;
  return messages.map(({ atS, tsS, v, u, again = [] }) => {
    if (!isRestarted && atS >= restartS) {
      intake = start();
      isRestarted = true;
    }
    clock.setWall(T0 + atS * 1_000);
    const items = [...again, { tsS, v, u }].map((one) => ({
      ts: T0 + one.tsS * 1_000,
      values: { v: one.v, u: one.u },
    }));
    const payload = Buffer.from(JSON.stringify(items.length === 1 ? items[0] : items));
    const [entry] = intake.entries({ device: 'dev', route: NATIVE, topic: 'telemetry/dev', payload });
    if (entry?.kind !== 'message') throw new Error('not taken');
    const isLive = entry.readings.every(
      ({ series, tsMs, value }) => value !== v || tsMs >= (evaluator.newestMs(series) ?? 0),
    );
    const { readings, receivedAtMs } = entry;
    evaluator.message(readings, receivedAtMs, ++position);
    const { clockSkewed } = intake.traffic('dev');
    const isMoved = readings.some(({ marks }) => marks === CLOCK_SKEW);
    const isAhead = readings.some(({ tsMs }) => tsMs > receivedAtMs);
    return { atS, isLive, isMoved, isAhead, clockSkewed, readings };
  });
}

/** A message each `everyS`, of a clock that is off by what `offS` says, each on its way for as long as `delays` say. */
function reports(fromS: number, toS: number, everyS: number, offS: number, delays: readonly number[] = [0]): Sent[] {
  const messages: Sent[] = [];
  let atS = fromS;
  for (let n = 0; fromS + n * everyS < toS; n++) {
    const madeS = fromS + n * everyS;
    atS = Math.max(atS + 0.002, madeS + (delays[n % delays.length] ?? 0));
    messages.push({ atS, tsS: Math.round((madeS + offS) * 1_000) / 1_000, v: n });
  }
  return messages;
}

const RUNS = { numRuns: 60 };
const delays = fc.array(fc.double({ min: 0, max: 8, noNaN: true }), { minLength: 1, maxLength: 9 });

describe('whatever the step and the report interval', () => {
  const step = fc.oneof(fc.integer({ min: 75, max: HOUR }), fc.integer({ min: HOUR, max: 5 * 365 * DAY }));

  test('live within three minutes, shown as wrong, never later than its arrival; right again when it is put right', () => {
    const interval = fc.integer({ min: 1, max: 55 });
    // Without power, before it comes back with a clock that is wrong.
    const down = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 900 }));
    fc.assert(
      fc.property(step, interval, delays, down, fc.nat(300), (stepS, everyS, delayed, downS, warmS) => {
        const stepAtS = warmS + 5 * everyS;
        const wrongFromS = stepAtS + everyS + downS;
        const rightFromS = wrongFromS + 400;
        const told = kept([
          ...reports(0, stepAtS, everyS, 0, delayed),
          ...reports(wrongFromS, rightFromS - 60, everyS, -stepS, delayed),
          ...reports(rightFromS, rightFromS + 300, everyS, 0, delayed),
        ]);
        const wrong = told.filter(({ atS }) => atS >= stepAtS + downS + 188 && atS < rightFromS);
        expect(wrong.filter(({ isLive }) => !isLive)).toEqual([]);
        // After a step of less than three minutes it catches up with itself in time, perhaps before it is found.
        const isFound = stepS > downS + everyS + 200;
        if (isFound) expect(wrong.filter(({ isMoved, clockSkewed }) => !isMoved || !clockSkewed)).toEqual([]);
        const right = told.filter(({ atS }) => atS >= rightFromS);
        expect(right.filter(({ isLive, clockSkewed }) => !isLive || clockSkewed)).toEqual([]);
        expect(told.filter(({ isAhead }) => isAhead)).toEqual([]);
      }),
      RUNS,
    );
  });

  test('found anew after the server was started again', () => {
    fc.assert(
      fc.property(step, fc.integer({ min: 1, max: 55 }), fc.integer({ min: 0, max: 300 }), (stepS, everyS, afterS) => {
        const restartS = 600 + afterS;
        const told = kept([...reports(0, 600, everyS, 0), ...reports(600 + everyS, 1_200, everyS, -stepS)], {
          restartS,
        });
        const wrong = told.filter(({ atS }) => atS >= restartS + 180);
        expect(wrong.every(({ isLive }) => isLive)).toBe(true);
      }),
      RUNS,
    );
  });

  test('one that reports less often is found with its second message', () => {
    const interval = fc.integer({ min: 60, max: 2 * HOUR });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 * 365 }), interval, (days, everyS) => {
        const told = kept(
          [...reports(0, 5 * everyS, everyS, 0), ...reports(5 * everyS, 9 * everyS, everyS, -days * DAY)],
          {
            reportEveryS: everyS,
          },
        );
        expect(told.slice(5).map(({ isLive }) => isLive)).toEqual([false, true, true, true]);
      }),
      RUNS,
    );
  });

  test('a clock that was ahead by up to a minute and is set right: its next message is live', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 59 }), fc.integer({ min: 1, max: 60 }), (aheadS, everyS) => {
        const told = kept([...reports(0, 300, everyS, aheadS), ...reports(300 + everyS, 600, everyS, 0)]);
        expect(told.every(({ isLive, clockSkewed }) => isLive && !clockSkewed)).toBe(true);
      }),
      RUNS,
    );
  });
});

describe('honest back-fill, by any device', () => {
  const outage = fc.integer({ min: 120, max: 6 * HOUR });
  const interval = fc.integer({ min: 1, max: 60 });

  /** Live, an outage, live again for `liveS`, and then what was stored: by `send` from the outage's times. */
  function afterOutage(outageS: number, everyS: number, liveS: number, send: (fromS: number, backS: number) => Sent[]) {
    const backS = 600 + outageS;
    return kept(
      [...reports(0, 600, everyS, 0), ...reports(backS, backS + liveS + 1, everyS, 0), ...send(600, backS + liveS + 2)],
      { reportEveryS: everyS },
    ).filter(({ isMoved }) => isMoved);
  }

  test('sent at the pace of measurement, from where it stopped or a little before', () => {
    fc.assert(
      fc.property(
        outage,
        interval,
        fc.integer({ min: 0, max: 100 }),
        fc.integer({ min: 0, max: 60 }),
        (outageS, everyS, liveS, againS) => {
          const sent = (fromS: number, backS: number) => {
            const behindS = backS - (fromS - againS);
            return reports(backS, backS + outageS + againS, everyS, -behindS).slice(0, 400);
          };
          expect(afterOutage(outageS, everyS, liveS, sent)).toEqual([]);
        },
      ),
      RUNS,
    );
  });

  test('sent faster or slower than it was measured, or the newest first', () => {
    const pace = fc.oneof(
      fc.double({ min: 1.6, max: 500, noNaN: true }),
      fc.double({ min: -10, max: 0.4, noNaN: true }),
    );
    fc.assert(
      fc.property(outage, interval, pace, fc.integer({ min: 0, max: DAY }), (outageS, everyS, speed, agoS) => {
        const sent = (fromS: number, backS: number) =>
          Array.from({ length: 100 }, (_, n) => ({
            atS: backS + n * 2,
            tsS: Math.round((speed < 0 ? backS - 600 : fromS) - agoS + n * 2 * speed),
            v: n,
          })).filter(({ tsS }) => tsS < backS);
        expect(afterOutage(outageS, everyS, 60, sent)).toEqual([]);
      }),
      RUNS,
    );
  });

  test('in messages of another kind than those that it sends live', () => {
    const line = connected();
    for (let s = 0; s <= 600; s += 30) line.sendBoth(s, [s, 5], [s - 1, 1]);
    line.sendBoth(4_200, [4_200, 5], [4_199, 1]);
    const told: string[] = [];
    for (let s = 0; s < 300; s++) told.push(...line.send(4_201 + s, [601 + s, 11]));
    expect(told).toEqual(['level: retrospective red @601']);
  });

  test('with data of the present in between', () => {
    fc.assert(
      fc.property(outage, interval, fc.integer({ min: 0, max: DAY }), (outageS, everyS, agoS) => {
        const sent = (fromS: number, backS: number) =>
          reports(backS, backS + 600, everyS, 0).flatMap((live, n) => [
            live,
            { atS: live.atS + 0.4, tsS: fromS - agoS + n * everyS, v: 1 },
          ]);
        expect(afterOutage(outageS, everyS, 60, sent)).toEqual([]);
      }),
      RUNS,
    );
  });
});

describe('a gateway that speaks for several', () => {
  test.each([
    ['in messages of their own', false],
    ['in one message', true],
  ])('the one that is set back is found, the other is left alone, %s', (_what, isOne) => {
    const line = connected();
    const told: string[] = [];
    for (let s = 0; s <= 900; s += 30) {
      const behindS = s < 300 ? 0 : 2_400;
      const v = s < 600 ? 5 : 11;
      if (isOne) told.push(...line.sendBoth(s, [s - behindS, v], [s - 1, 1]));
      else told.push(...line.sendBoth(s, [s - behindS, v], undefined), ...line.sendBoth(s + 1, undefined, [s, 1]));
    }
    expect(told).toEqual(['level: raised red @600']);
    expect(line.newest()).toEqual([900, 11, CLOCK_SKEW]);
    expect(line.newest('u')).toEqual([isOne ? 899 : 900, 1, 0]);
  });
});

test('a message that is delivered again when the time has come that it bore is no new one', () => {
  const line = connected();
  for (let s = 0; s <= 120; s += 10) line.send(s, [s + 50, s === 90 ? 11 : 5]);
  expect(line.send(140, [140, 11])).toEqual([]);
  // Another value of that second is news.
  expect(line.send(150, [150, 12])).toEqual(['level: raised red @170.001']);
});

describe('a clock that stands still', () => {
  test('is shown as wrong once it has said one time for longer than three reports, and no longer when it goes', () => {
    const device = connected();
    for (let atS = 0; atS <= 120; atS += 30) {
      device.send(atS, [0, 1]);
      expect(device.traffic().clockSkewed).toBe(false);
    }
    device.send(150, [0, 1]);
    expect(device.traffic()).toMatchObject({ clockSkewed: true, clockOffsetMs: -150_000 });
    device.send(180, [180, 1]);
    expect(device.traffic().clockSkewed).toBe(false);
  });

  test('one that is rounded to minutes, and messages without a time, are well', () => {
    const device = connected();
    for (let atS = 0; atS < 900; atS += 10) {
      device.send(atS, [Math.floor(atS / 60) * 60, atS % 7]);
      expect(device.traffic().clockSkewed).toBe(false);
    }
    for (let atS = 900; atS < 1_800; atS += 10) {
      device.send(atS, [undefined, 1]);
      expect(device.traffic().clockSkewed).toBe(false);
    }
  });
});

describe('a clock that says whole minutes, of a device that reports more often', () => {
  /** The minute that a clock shows. */
  const minutes = (messages: readonly Sent[]) =>
    messages.map((message) => ({ ...message, tsS: Math.floor(message.tsS / 60) * 60 }));

  test('is found within three minutes after it was set back, wherever in the minute that was', () => {
    const step = fc.oneof(fc.integer({ min: 241, max: HOUR }), fc.integer({ min: HOUR, max: 5 * 365 * DAY }));
    fc.assert(
      fc.property(
        step,
        fc.integer({ min: 1, max: 10 }),
        fc.integer({ min: 300, max: 400 }),
        (stepS, everyS, stepAtS) => {
          const told = kept(
            minutes([...reports(0, stepAtS, everyS, 0), ...reports(stepAtS, stepAtS + 600, everyS, -stepS)]),
          );
          const wrong = told.filter(({ atS }) => atS >= stepAtS + 180);
          expect(wrong.filter(({ isLive, isMoved, clockSkewed }) => !isLive || !isMoved || !clockSkewed)).toEqual([]);
          expect(told.filter(({ isAhead }) => isAhead)).toEqual([]);
        },
      ),
      RUNS,
    );
  });

  test('and one that is right is left alone, also when it sends what it had stored', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 120, max: HOUR }),
        delays,
        (everyS, outageS, late) => {
          const backS = 600 + outageS;
          const stored = reports(backS + 61, backS + 61 + outageS, everyS, -outageS - 61).slice(0, 400);
          const told = kept(
            minutes([...reports(0, 600, everyS, 0, late), ...reports(backS, backS + 60, everyS, 0), ...stored]),
            {
              reportEveryS: everyS,
            },
          );
          expect(told.filter(({ isMoved }) => isMoved)).toEqual([]);
        },
      ),
      RUNS,
    );
  });
});

describe('a clock that goes by steps, of a device that reports as often as it likes', () => {
  const rounded = (messages: readonly Sent[], toS: number) =>
    messages.map((message) => ({
      ...message,
      tsS: Math.floor((T0 / 1_000 + message.tsS) / toS) * toS - T0 / 1_000,
    }));

  test('is found within three minutes, or when it has gone on', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(5, 10, 15, 30, 60, 120, 300),
        fc.integer({ min: HOUR, max: 5 * 365 * DAY }),
        fc.integer({ min: 11, max: 60 }),
        fc.array(fc.double({ min: 0, max: 3, noNaN: true }), { minLength: 1, maxLength: 9 }),
        fc.nat(300),
        (toS, stepS, everyS, late, warmS) => {
          const stepAtS = warmS + 6 * everyS;
          const sent = [
            ...reports(0, stepAtS, everyS, 0, late),
            ...reports(stepAtS, stepAtS + 900, everyS, -stepS, late),
          ];
          const told = kept(rounded(sent, toS), { reportEveryS: 30 });
          const wrong = told.filter(({ atS }) => atS >= stepAtS + (toS <= 60 ? 180 : toS + 2 * everyS + 5));
          expect(wrong.filter(({ isLive, isMoved, clockSkewed }) => !isLive || !isMoved || !clockSkewed)).toEqual([]);
          expect(told.filter(({ isAhead }) => isAhead)).toEqual([]);
        },
      ),
      RUNS,
    );
  });

  test('says the minute of its last message for up to a minute, and is not behind for that', () => {
    const told = kept(rounded(reports(0, 900, 59, 0, [2, 0, 2, 3]), 60), { reportEveryS: 60 });
    expect(told.filter(({ isMoved }) => isMoved)).toEqual([]);
  });

  test('a time that it says again and again is not its pace', () => {
    const told = kept([
      ...rounded(reports(0, 600, 30, 0), 60),
      ...reports(600, 1_500, 30, 0).map((one) => ({ ...one, tsS: -DAY })),
    ]);
    expect(told.filter(({ isMoved }) => isMoved)).toEqual([]);
  });
});

test.each([1, 60])('stored data in bundles whose pauses are as long as a report, rounded to %i s', (toS) => {
  // Ten times as fast as it was measured, of the day before.
  const stored = Array.from({ length: 300 }, (_, n) => ({
    atS: 600 + Math.floor(n / 10) * 59 + (n % 10) / 100,
    tsS: Math.floor((n * 59 - DAY) / toS) * toS,
    v: n,
  }));
  const told = kept([...reports(0, 600, 59, 0), ...stored], { reportEveryS: 60 });
  expect(told.filter(({ isMoved }) => isMoved)).toEqual([]);
});

describe('a device whose batches repeat the last readings', () => {
  const windowed = (messages: readonly Sent[], count: number) =>
    messages.map((message, n) => ({ ...message, again: messages.slice(Math.max(0, n + 1 - count), n) }));
  const numbered = (messages: readonly Sent[]) => messages.map((message, n) => ({ ...message, v: n }));

  test('is found within three minutes, though its batches hold right times; no reading has two times, none one of the future', () => {
    const step = fc.oneof(fc.integer({ min: 75, max: HOUR }), fc.integer({ min: HOUR, max: 5 * 365 * DAY }));
    fc.assert(
      fc.property(step, fc.integer({ min: 1, max: 60 }), fc.integer({ min: 2, max: 20 }), fc.nat(300), (...given) => {
        const [stepS, everyS, count, warmS] = given;
        const stepAtS = warmS + 6 * everyS;
        const sent = [
          ...reports(0, stepAtS, everyS, 0),
          ...reports(stepAtS, stepAtS + 600, everyS, -stepS),
          ...reports(stepAtS + 600, stepAtS + 900, everyS, 0),
        ];
        const told = kept(windowed(numbered(sent), count), { reportEveryS: everyS });
        const after = told.filter(({ atS }) => atS >= stepAtS + 180);
        expect(after.filter(({ isLive }) => !isLive)).toEqual([]);
        expect(after.filter(({ atS, clockSkewed }) => clockSkewed === atS >= stepAtS + 600 && stepS > 240)).toEqual([]);
        expect(told.filter(({ isAhead }) => isAhead)).toEqual([]);
        const times = new Map<unknown, number>();
        for (const { readings } of told) {
          for (const { value, tsMs } of readings) {
            // Late ones of one millisecond have their places within it from the history.
            expect(times.get(value) ?? msOf(tsMs)).toBe(msOf(tsMs));
            times.set(value, msOf(tsMs));
          }
        }
      }),
      RUNS,
    );
  });

  test('is left alone while its clock is right, also when it sends what it had stored', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 2, max: 20 }),
        fc.integer({ min: 120, max: HOUR }),
        (everyS, count, outageS) => {
          const backS = 600 + outageS;
          const sent = [
            ...reports(0, 600, everyS, 0),
            ...reports(backS, backS + 60, everyS, 0),
            ...reports(backS + 61, backS + 61 + outageS, everyS, -outageS - 61).slice(0, 300),
          ];
          const told = kept(windowed(numbered(sent), count), { reportEveryS: everyS });
          expect(told.filter(({ isMoved }) => isMoved)).toEqual([]);
        },
      ),
      RUNS,
    );
  });
});

test('more than a thousand messages a second of a clock that was ahead do not run further ahead, and none is lost', () => {
  const clock = createFakeClock(T0);
  const evaluator = createEvaluator();
  evaluator.define(definition, 1, T0);
  const intake = createIntake({
    clock,
    device: () => device,
    devicesVersion: () => 1,
    futureMaxMs: 60_000,
    newestMs: evaluator.newestMs,
    newestInstant: evaluator.newestInstant,
  });
  let position = 1;
  const send = (tsMs: number, v: number) => {
    const payload = Buffer.from(JSON.stringify({ ts: tsMs, values: { v, u: v } }));
    const [entry] = intake.entries({ device: 'dev', route: NATIVE, topic: 'telemetry/dev', payload });
    if (entry?.kind !== 'message') throw new Error('not taken');
    evaluator.message(entry.readings, entry.receivedAtMs, ++position);
    return entry.readings;
  };
  send(T0 + 20_000, 1);
  const times = new Set<number>();
  for (let ms = 1; ms <= 500; ms++) {
    clock.setWall(T0 + ms);
    for (let i = 0; i < 5; i++) {
      const [one, other] = send(T0 + ms, ms + i / 10);
      expect(one?.tsMs).toBe(other?.tsMs);
      times.add(one?.tsMs ?? 0);
    }
  }
  expect(times.size).toBe(2_500);
  expect(Math.max(...times)).toBeLessThan(T0 + 20_000 + 501);
});
