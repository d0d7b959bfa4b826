import { describe, expect, test } from 'vitest';
import { BAD, LATE } from '../../src/model/reading.ts';
import { bench, pointWith, T0 } from '../support/evaluation.ts';

/** Levels, delays and recovery of one rule on one metric. */
function rule(spec: Readonly<Record<string, unknown>>, options = {}) {
  return bench(pointWith({ r: { metric: 'v', ...spec } }, options));
}

describe('limits', () => {
  test('a value at the limit is a breach; it has recovered strictly inside limit and deadband', () => {
    const p = rule({ levels: { red: { above: 10 } }, deadband: 2 });
    expect(p.at(1, 9.999)).toEqual([]);
    expect(p.at(2, 10)).toEqual(['r: raised red @2']);
    expect(p.at(3, 8)).toEqual([]);
    expect(p.at(4, 7.999)).toEqual(['r: cleared red @4']);
  });

  test('without a deadband it has recovered at once below the limit', () => {
    const p = rule({ levels: { red: { above: 10 } } });
    expect(p.at(1, 10)).toEqual(['r: raised red @1']);
    expect(p.at(2, 9.9)).toEqual(['r: cleared red @2']);
  });

  test('with recover it has recovered at that value', () => {
    const p = rule({ levels: { red: { below: 1 } }, recover: 3 });
    expect(p.at(1, 1)).toEqual(['r: raised red @1']);
    expect(p.at(2, 2.9)).toEqual([]);
    expect(p.at(3, 3)).toEqual(['r: cleared red @3']);
  });

  test('two sides', () => {
    const p = rule({ levels: { orange: { below: 19.5, above: 23.5 } }, deadband: 0.3 });
    expect(p.at(1, 20.9)).toEqual([]);
    expect(p.at(2, 19.5)).toEqual(['r: raised orange @2']);
    expect(p.at(3, 19.8)).toEqual([]);
    expect(p.at(4, 23.5)).toEqual([]);
    expect(p.at(5, 23.2)).toEqual([]);
    expect(p.at(6, 23.1)).toEqual(['r: cleared orange @6']);
    expect(p.log.at(-1)).toMatchObject({ peak: { value: 19.5, level: 'orange' } });
  });

  test('a jump over levels is one entry, and the lower levels are reached with it', () => {
    const p = rule({ levels: { yellow: { above: 10, for: '60s' }, orange: { above: 20 }, red: { above: 30 } } });
    expect(p.at(1, 35)).toEqual(['r: raised red @1']);
    expect(p.at(2, 12)).toEqual(['r: deescalated yellow @2']);
    expect(p.at(3, 35)).toEqual(['r: escalated red @3']);
    expect(p.at(4, 0)).toEqual(['r: cleared red @4']);
  });

  test('each level has its own recovery, otherwise the rule’s', () => {
    const p = rule({
      levels: { yellow: { above: 10 }, red: { above: 30, recover: 15, recoverFor: '5s' } },
      deadband: 2,
    });
    p.at(1, 31);
    expect(p.at(2, 15)).toEqual([]);
    expect(p.at(7, 16)).toEqual([]);
    expect(p.at(8, 14)).toEqual([]);
    expect(p.at(13, 14)).toEqual(['r: deescalated yellow @13']);
    expect(p.at(14, 8)).toEqual([]);
    expect(p.at(15, 7.9)).toEqual(['r: cleared yellow @15']);
  });

  test('the peak is the value furthest beyond the most severe limit, since the breach began', () => {
    const p = rule({ levels: { red: { above: 30, for: '3s' } } });
    p.at(1, 50);
    p.at(2, 40);
    expect(p.at(5, 31)).toEqual(['r: raised red @4']);
    expect(p.log.at(-1)).toMatchObject({ value: 40, limit: 30, peak: { value: 50, at: T0 + 1_000 } });
  });
});

describe('on-delay', () => {
  const levels = { red: { above: 10, for: '60s' } };

  test('one good sample interrupts it', () => {
    const p = rule({ levels });
    p.at(0, 11);
    p.at(30, 9);
    p.at(31, 11);
    expect(p.at(90, 11)).toEqual([]);
    expect(p.at(91, 11)).toEqual(['r: raised red @91']);
  });

  test('ends before a later sample, whatever that says and however long the gap', () => {
    const p = rule({ levels }, { reportEveryMs: 5_000 });
    p.at(0, 11);
    expect(p.at(3_600, 5)).toEqual(['r: raised red @60', 'r: cleared red @3600']);
  });

  test('a sample exactly at its end decides', () => {
    const p = rule({ levels });
    p.at(0, 11);
    expect(p.at(60, 9)).toEqual([]);
    p.at(100, 11);
    expect(p.at(160, 10)).toEqual(['r: raised red @160']);
  });

  test('without a sample it ends when it has passed since the arrival, dated in event time', () => {
    const p = rule({ levels });
    p.at(0, 11, 300);
    expect(p.tick(359.999)).toEqual([]);
    expect(p.evaluator.nextDeadlineMs()).toBe(1_700_000_360_000);
    expect(p.tick(400)).toEqual(['r: raised red @60']);
    expect(p.log.at(-1)?.receivedAtMs).toBe(1_700_000_360_000);
  });

  test('bad data does not interrupt it; what it raises then is unverified', () => {
    const p = rule({ levels });
    p.at(0, 11);
    p.at(30, 11, 30, BAD);
    expect(p.tick(60)).toEqual(['r: raised red @60', 'r: unverified red @60']);
    expect(p.at(70, 11)).toEqual(['r: verified red @70', 'range-v: cleared blue @70']);
  });

  test('ends before a later bad sample too; one exactly at its end decides nothing', () => {
    const p = rule({ levels });
    p.at(0, 11);
    expect(p.at(60, 11, 60, BAD)).toEqual(['range-v: raised blue @60']);
    expect(p.at(61, 11, 61, BAD)).toEqual(['r: raised red @60', 'r: unverified red @61']);
    // The bad sample's own arrival, not a tick, brought it about.
    expect(p.log.at(-2)).toMatchObject({ value: 11, receivedAtMs: T0 + 61_000 });
    expect(p.tick(70)).toEqual([]);
  });

  test('a bad sample after the end of an off-delay does not clear', () => {
    const p = rule({ levels: { red: { above: 10, recoverFor: '30s' } } });
    p.at(0, 11);
    p.at(10, 5);
    expect(p.at(50, 5, 50, BAD)).toEqual(['r: unverified red @50', 'range-v: raised blue @50']);
  });

  test('what ends during silence is unverified', () => {
    const p = rule({ levels }, { reportEveryMs: 5_000, noData: undefined });
    p.at(0, 11);
    expect(p.tick(15)).toEqual(['noData: raised blue @15']);
    expect(p.tick(60)).toEqual(['r: raised red @60', 'r: unverified red @60']);
    expect(p.at(61, 5)).toEqual(['noData: cleared blue @61', 'r: cleared red @61']);
  });
});

describe('off-delay', () => {
  const spec = { levels: { red: { above: 10, recoverFor: '30s' } } };

  test('counts from the first recovered sample and is interrupted by one that has not', () => {
    const p = rule(spec);
    p.at(0, 11);
    p.at(10, 5);
    p.at(20, 10);
    p.at(21, 5);
    expect(p.at(50, 5)).toEqual([]);
    expect(p.at(51, 5)).toEqual(['r: cleared red @51']);
  });

  test('ends at its own time before a later sample that breaches again', () => {
    const p = rule(spec);
    p.at(0, 11);
    p.at(10, 5);
    expect(p.at(60, 11)).toEqual(['r: cleared red @40', 'r: raised red @60']);
  });

  test('ends by a tick while the point is heard of', () => {
    const p = rule(spec);
    p.at(0, 11);
    p.at(10, 5);
    expect(p.tick(39)).toEqual([]);
    expect(p.tick(45)).toEqual(['r: cleared red @40']);
  });

  test('silence and bad data end it', () => {
    const p = rule(spec, { reportEveryMs: 5_000 });
    p.at(0, 11);
    p.at(10, 5);
    expect(p.tick(40)).toEqual(['r: unverified red @25']);
    expect(p.at(45, 5)).toEqual(['r: verified red @45']);
    p.at(50, 5, 50, BAD);
    p.at(55, 5);
    p.at(60, 5);
    p.at(70, 5);
    p.at(80, 5);
    expect(p.at(85, 5)).toEqual(['r: cleared red @85']);
  });

  test('a gap does not clear by itself: the sample after it must have recovered too', () => {
    const p = rule(spec, { reportEveryMs: 5_000 });
    p.at(0, 11);
    p.at(10, 5);
    expect(p.at(60, 11)).toEqual([]);
    p.at(70, 5);
    expect(p.at(120, 5)).toEqual(['r: cleared red @100']);
  });

  test('a gap of another metric is none of its business', () => {
    const p = bench(
      pointWith({ r: { metric: 'v', ...spec } }, { metrics: { v: {}, battery: {} }, reportEveryMs: 5_000 }),
    );
    p.at(0, { v: 11, battery: 90 });
    p.at(10, { v: 5 });
    p.at(20, { v: 5 });
    p.at(30, { v: 5 });
    expect(p.at(41, { v: 11, battery: 89 })).toEqual(['r: cleared red @40', 'r: raised red @41']);
  });

  test('does not run out while the server is away', () => {
    const p = rule(spec);
    p.at(0, 11);
    p.at(10, 5);
    p.start(3_600);
    expect(p.tick(3_600)).toEqual([]);
    expect(p.tick(3_630)).toEqual(['r: cleared red @40']);
  });
});

describe('latch', () => {
  const spec = { latch: true, levels: { yellow: { above: 10 }, red: { above: 20 } } };

  test('stays at its worst level until it is reset after the condition has passed', () => {
    const p = rule(spec);
    expect(p.at(0, 21)).toEqual(['r: raised red @0']);
    expect(p.at(1, 15)).toEqual([]);
    expect(p.reset(2, 'r')).toBe('still-breaching');
    expect(p.at(3, 5)).toEqual(['r: recovered red @3']);
    expect(p.at(4, 15)).toEqual(['r: relapsed red @4']);
    expect(p.reset(5, 'r')).toBe('still-breaching');
    expect(p.at(6, 5)).toEqual(['r: recovered red @6']);
    expect(p.reset(7, 'r')).toBe('reset');
    expect(p.reset(8, 'r')).toBe('not-latched');
    expect(p.at(9, 11)).toEqual(['r: raised yellow @9']);
  });

  test('may be reset when it cannot be verified, and is raised anew by good data', () => {
    const p = rule(spec, { reportEveryMs: 5_000 });
    p.at(0, 21);
    expect(p.tick(15)).toEqual(['r: unverified red @15']);
    expect(p.reset(20, 'r')).toBe('reset');
    expect(p.at(21, 21)).toEqual(['r: raised red @21']);
  });

  test('goes up from a lower level', () => {
    const p = rule(spec);
    p.at(0, 11);
    p.at(1, 5);
    expect(p.at(2, 25)).toEqual(['r: escalated red @2']);
    expect(p.log.at(-1)).toMatchObject({ latched: true, peak: { value: 25, level: 'red' } });
  });

  test('only latched alerts are reset', () => {
    const p = rule({ levels: { red: { above: 20 } } });
    p.at(0, 21);
    expect(p.reset(1, 'r')).toBe('not-latched');
    expect(p.reset(1, 'other')).toBe('not-latched');
  });
});

describe('criteria', () => {
  test('equals: booleans, texts and numbers', () => {
    const p = bench(
      pointWith(
        {
          smoke: { metric: 'smoke', levels: { red: { equals: true } } },
          state: { metric: 'state', levels: { blue: { any: [{ equals: 'fault' }, { equals: 'shielded' }] } } },
          code: { metric: 'code', levels: { yellow: { equals: 7, for: '10s' } } },
        },
        { metrics: { smoke: { type: 'boolean' }, state: { type: 'string' }, code: {} } },
      ),
    );
    expect(p.at(0, { smoke: false, state: 'normal', code: 1 })).toEqual([]);
    expect(p.at(1, { smoke: true, state: 'fault', code: 7 })).toEqual([
      'smoke: raised red @1',
      'state: raised blue @1',
    ]);
    expect(p.log.at(-1)).toMatchObject({ value: 'fault', limit: 'fault' });
    expect(p.at(12, { smoke: false, state: 'shielded', code: 7 })).toEqual([
      'smoke: cleared red @12',
      'code: raised yellow @11',
    ]);
  });

  test('rise and fall: change over the window, its edge included', () => {
    const p = rule(
      { levels: { orange: { rise: 8, within: '10m' }, red: { fall: 20, within: '10m' } } },
      { reportEveryMs: 300_000 },
    );
    expect(p.at(0, 10)).toEqual([]);
    expect(p.at(300, 12)).toEqual([]);
    expect(p.at(600, 18)).toEqual(['r: raised orange @600']);
    expect(p.log.at(-1)).toMatchObject({ value: 8, limit: 8 });
    expect(p.at(601, 18)).toEqual(['r: cleared orange @601']);
    expect(p.at(900, 38)).toEqual(['r: raised orange @900']);
    expect(p.at(1_000, 18)).toEqual(['r: escalated red @1000']);
  });

  test('the river: rises 5 m in the window, or above the warning level', () => {
    const p = rule(
      { levels: { orange: { any: [{ rise: 5, within: '24h' }, { above: 7 }] } }, deadband: 0.1 },
      { reportEveryMs: 3_600_000 },
    );
    p.at(0, 1);
    expect(p.at(3_600, 6)).toEqual(['r: raised orange @3600']);
    expect(p.at(7_200, 7)).toEqual([]);
    expect(p.at(90_000, 6.8)).toEqual(['r: cleared orange @90000']);
    expect(p.at(90_001, 7.1)).toEqual(['r: raised orange @90001']);
    expect(p.log.at(-1)).toMatchObject({ value: 7.1, limit: 7 });
  });

  test('all needs every part, any one of them; not judged is neither', () => {
    const p = bench(
      pointWith(
        { r: { metric: 'v', levels: { red: { all: [{ above: 5 }, { average: '60s', above: 4 }] } } } },
        { reportEveryMs: 10_000 },
      ),
    );
    for (let s = 0; s < 20; s += 10) expect(p.at(s, 6)).toEqual([]);
    expect(p.at(20, 6)).toEqual(['r: raised red @20']);
    expect(p.at(30, 4.9)).toEqual(['r: cleared red @30']);
  });

  test('average: weighted by time, judged only with half of the window covered', () => {
    const p = rule({ levels: { yellow: { average: '100s', above: 10 } } }, { reportEveryMs: 10_000 });
    for (let s = 0; s < 40; s += 10) expect(p.at(s, 100)).toEqual([]);
    expect(p.at(40, 100)).toEqual(['r: raised yellow @40']);
    // Ten samples of ten seconds: 10 × 9.9 after the first ones have left.
    for (let s = 50; s < 140; s += 10) expect(p.at(s, 9)).toEqual([]);
    expect(p.at(140, 9)).toEqual(['r: cleared yellow @140']);
  });

  test('maximum and minimum over a window', () => {
    const p = rule(
      { levels: { red: { minimum: '30s', above: 10 }, yellow: { maximum: '30s', above: 10 } } },
      { reportEveryMs: 10_000 },
    );
    expect(p.at(0, 5)).toEqual([]);
    expect(p.at(10, 12)).toEqual(['r: raised yellow @10']);
    expect(p.at(20, 12)).toEqual([]);
    expect(p.at(30, 12)).toEqual(['r: escalated red @30']);
    expect(p.at(40, 0)).toEqual(['r: deescalated yellow @40']);
    expect(p.at(60, 0)).toEqual(['r: cleared yellow @60']);
  });

  test('sum: rain of 1 h or of 24 h, a reading exactly an hour old has left', () => {
    const p = rule(
      {
        levels: {
          blue: {
            any: [
              { sum: '24h', above: 50 },
              { sum: '1h', above: 40 },
            ],
          },
        },
      },
      { reportEveryMs: 1_800_000 },
    );
    expect(p.at(0, 30)).toEqual([]);
    expect(p.at(3_600, 15)).toEqual([]);
    expect(p.at(5_400, 4.999)).toEqual([]);
    expect(p.at(7_000, 0.001)).toEqual(['r: raised blue @7000']);
    expect(p.log.at(-1)).toMatchObject({ value: 50, limit: 50 });
    expect(p.at(86_400, 0)).toEqual(['r: cleared blue @86400']);
    expect(p.at(90_000, 30)).toEqual([]);
    expect(p.at(91_800, 10)).toEqual(['r: raised blue @91800']);
    expect(p.log.at(-1)).toMatchObject({ value: 40, limit: 40 });
  });

  test('sums of floats at the limit are at the limit', () => {
    const p = rule({ levels: { red: { sum: '1h', above: 0.3 } } });
    p.at(0, 0.1);
    expect(p.at(1, 0.2)).toEqual(['r: raised red @1']);
  });

  test('curve: the limit depends on the frequency of the same time', () => {
    const p = bench(
      pointWith(
        {
          r: {
            metric: 'ppv',
            levels: {
              red: {
                curve: {
                  over: 'f',
                  points: [
                    [10, 5],
                    [50, 15],
                    [100, 20],
                  ],
                },
              },
            },
            deadband: 0.5,
          },
        },
        { metrics: { ppv: { unit: 'mm/s' }, f: { unit: 'Hz' } } },
      ),
    );
    expect(p.at(0, { ppv: 5, f: 5 })).toEqual(['r: raised red @0']);
    expect(p.at(1, { ppv: 4.5, f: 5 })).toEqual([]);
    expect(p.at(2, { ppv: 4.4, f: 5 })).toEqual(['r: cleared red @2']);
    expect(p.at(3, { ppv: 9.9, f: 30 })).toEqual([]);
    expect(p.at(4, { ppv: 10, f: 30 })).toEqual(['r: raised red @4']);
    expect(p.log.at(-1)).toMatchObject({ value: 10, limit: 10 });
    // A peak without its frequency can't be judged between the lowest and the highest limit.
    expect(p.at(5, { ppv: 6 })).toEqual([]);
    expect(p.at(6, { ppv: 4 })).toEqual(['r: cleared red @6']);
    expect(p.at(7, { ppv: 19 })).toEqual([]);
    expect(p.at(8, { ppv: 20 })).toEqual(['r: raised red @8']);
    // The frequency comes in a message of its own.
    expect(p.at(9, { ppv: 12 })).toEqual([]);
    expect(p.at(9, { f: 90 })).toEqual(['r: cleared red @9']);
  });

  test('chattering: three raises within a minute', () => {
    const p = rule({ levels: { red: { above: 10 } } });
    for (const s of [0, 20, 40]) {
      p.at(s, 11);
      p.at(s + 10, 0);
    }
    expect(p.log.map(({ chattering }) => chattering)).toEqual([false, false, false, false, true, true]);
    p.at(101, 11);
    expect(p.log.at(-1)?.chattering).toBe(false);
  });
});

describe('what was kept and is read long after', () => {
  const definition = () => pointWith({ r: { metric: 'v', levels: { red: { above: 40 } } } }, { noData: undefined });

  test('is told in retrospect even where nothing came before it, and raises nothing', () => {
    const b = bench(definition());
    expect(b.at(0, 50, 100, LATE)).toEqual(['r: retrospective red @0']);
    expect(b.level('r')).toBeNull();
    // It is not the newest of its series: what comes next is not late, though it is older.
    expect(b.at(-10, 60, 101)).toEqual(['r: raised red @-10']);
  });

  test('does not say that the device is there', () => {
    const b = bench(definition());
    expect(b.at(0, 1)).toEqual([]);
    b.at(1, 2, 170, LATE);
    expect(b.tick(180)).toEqual(['noData: raised blue @180']);
    expect(b.at(2, 2, 181, LATE)).toEqual([]);
  });
});
