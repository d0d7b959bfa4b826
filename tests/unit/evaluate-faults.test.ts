import { describe, expect, test } from 'vitest';
import { compilePoint } from '../../src/evaluate/compile.ts';
import { createEvaluator } from '../../src/evaluate/evaluator.ts';
import { BAD, type Value } from '../../src/model/reading.ts';
import { bench, evaluate, line, pointWith, reading, T0 } from '../support/evaluation.ts';

describe('noData', () => {
  test('every point has the rule by itself, three report intervals, level blue', () => {
    const p = bench(pointWith({}, { noData: undefined, reportEveryMs: 10_000 }));
    expect(p.evaluator.nextDeadlineMs()).toBe(T0 + 30_000);
    expect(p.tick(29.999)).toEqual([]);
    expect(p.tick(31)).toEqual(['noData: raised blue @30']);
    expect(p.log.at(-1)).toMatchObject({
      kind: 'noData',
      value: null,
      limit: 30,
      unit: 's',
      receivedAtMs: T0 + 30_000,
    });
    expect(p.at(40, 1, 41)).toEqual(['noData: cleared blue @41']);
    expect(p.tick(71)).toEqual(['noData: raised blue @71']);
  });

  test('is watched from commissioning, and anew from each start', () => {
    const p = bench(pointWith({ quiet: { noData: { after: '15m', level: 'yellow' } } }));
    expect(p.tick(899)).toEqual([]);
    p.start(3_600);
    expect(p.tick(3_600)).toEqual([]);
    expect(p.tick(4_500)).toEqual(['quiet: raised yellow @4500']);
  });

  test('a start does not clear it, only an arrival does', () => {
    const p = bench(pointWith({}, { noData: undefined, reportEveryMs: 10_000 }));
    p.tick(30);
    expect([...p.start(40), ...p.tick(60)]).toEqual([]);
    expect(p.at(50, null, 61)).toEqual(['noData: cleared blue @61']);
  });

  test('anything that arrives counts: late, repeated, bad and null', () => {
    const p = bench(pointWith({}, { noData: undefined, reportEveryMs: 10_000 }));
    p.at(0, 5, 20);
    p.at(0, 5, 40);
    p.at(-100, 5, 60);
    p.at(70, 5, 80, BAD);
    p.at(90, null, 100);
    expect(p.tick(129)).toEqual([]);
    expect(p.tick(130)).toEqual(['noData: raised blue @130']);
  });

  test('what arrived before the last arrival and stands behind it, as of a server whose commit took long, makes nobody silent', () => {
    const options = { noData: undefined, reportEveryMs: 10_000 };
    const p = bench(pointWith({ v: { metric: 'v', noData: { after: '30s' } } }, options));
    p.at(20, 5, 20);
    p.at(21, 5, 12);
    expect(p.evaluator.lastArrivalMs('p')).toBe(T0 + 20_000);
    expect(p.tick(49)).toEqual([]);
    expect(p.tick(50)).toEqual(['noData: raised blue @50', 'v: raised blue @50']);
  });

  test('of several servers that one began to listen counts for what came through it last, also after a restart', () => {
    const options = { noData: undefined, reportEveryMs: 10_000 };
    const definitions = ['p', 'q', 'r'].map((point, i) =>
      pointWith({}, { ...options, point, id: i + 1, series: i + 1 }),
    );
    const before = createEvaluator();
    for (const definition of definitions) before.define(definition, definition.id, T0);
    before.through('a');
    before.message([reading(1, T0, 1), reading(2, T0, 1)], T0 + 5_000, 4);
    before.through('b');
    before.message([reading(2, T0 + 1, 1)], T0 + 6_000, 5);
    const after = createEvaluator();
    for (const { point, state, position } of before.takeDirty(9)) {
      const definition = definitions.find((one) => one.point === point) ?? expect.unreachable();
      after.restore(definition, state, position);
    }
    for (const evaluator of [before, after]) {
      evaluator.start(T0 + 20_000, 6, 'a');
      const silent = evaluator.tick(T0 + 49_000, 7).map(({ point, receivedAtMs }) => [point, receivedAtMs - T0]);
      expect(silent).toEqual([
        ['r', 30_000],
        ['q', 36_000],
      ]);
      evaluator.start(T0 + 49_000, 8);
      expect(evaluator.tick(T0 + 78_000, 9)).toEqual([]);
    }
  });

  test('latched: recovers and relapses until it is reset', () => {
    const p = bench(pointWith({ quiet: { latch: true, noData: { after: '30s' } } }));
    expect(p.tick(30)).toEqual(['quiet: raised blue @30']);
    expect(p.at(31, 1)).toEqual(['quiet: recovered blue @31']);
    expect(p.tick(61)).toEqual(['quiet: relapsed blue @61']);
    expect(p.reset(62, 'quiet')).toBe('still-breaching');
    p.at(63, 1);
    expect(p.reset(64, 'quiet')).toBe('reset');
  });

  test('a clock that was set back does not put off the next silence', () => {
    const p = bench(pointWith({}, { noData: undefined, reportEveryMs: 10_000 }));
    p.at(0, 1, 7_200);
    p.start(3_600);
    expect(p.tick(3_630)).toEqual(['noData: raised blue @3630']);
  });
});

describe('silence while in alarm', () => {
  const rules = { r: { metric: 'v', levels: { red: { above: 10 } } } };

  test('the alert stays, unverified, until good data says either', () => {
    const p = bench(pointWith(rules, { reportEveryMs: 10_000 }));
    p.at(0, 11);
    expect(p.tick(30)).toEqual(['r: unverified red @30']);
    expect(p.tick(3_000)).toEqual([]);
    expect(p.at(-5, 3, 3_001)).toEqual([]);
    expect(p.at(3_002, 12)).toEqual(['r: verified red @3002']);
    p.tick(3_040);
    expect(p.at(3_050, 1)).toEqual(['r: cleared red @3050']);
  });

  test('no second entry for a silence that goes on', () => {
    const p = bench(pointWith(rules, { reportEveryMs: 10_000, noData: undefined }));
    p.at(0, 11);
    expect(p.tick(30)).toEqual(['noData: raised blue @30', 'r: unverified red @30']);
    expect(p.at(-5, 3, 40)).toEqual(['noData: cleared blue @40']);
    expect(p.tick(70)).toEqual(['noData: raised blue @70']);
  });
});

describe('range and sentinels', () => {
  const metrics = { co: { unit: 'mg/m³', range: [0, 1_500], sentinels: [-200] } };

  test('a bad value raises the sensor’s own alert and leaves the level unverified; it is not compared', () => {
    const p = bench(pointWith({ r: { metric: 'co', levels: { red: { above: 40 } } } }, { metrics }));
    p.at(0, 45);
    expect(p.at(1, -200, 1, BAD)).toEqual(['r: unverified red @1', 'range-co: raised blue @1']);
    expect(p.log.at(-1)).toMatchObject({ kind: 'range', value: -200, limit: null, unit: 'mg/m³', metric: 'co' });
    expect(p.at(2, -200, 2, BAD)).toEqual([]);
    expect(p.at(3, 44)).toEqual(['r: verified red @3', 'range-co: cleared blue @3']);
  });

  test('a document’s range stands before the profile’s', () => {
    const p = bench(
      pointWith(
        {
          wide: { metric: 'co', range: { limits: [-5, 50], sentinels: [7], level: 'yellow' } },
          r: { metric: 'co', levels: { red: { above: 40 } } },
        },
        { metrics },
      ),
    );
    expect(p.at(0, -200)).toEqual(['wide: raised yellow @0']);
    // Out of the profile's range, and so marked bad by decoding, but within the document's.
    expect(p.at(1, -3, 1, BAD)).toEqual(['wide: cleared yellow @1']);
    expect(p.at(2, 51)).toEqual(['wide: raised yellow @2']);
    expect(p.at(3, 50)).toEqual(['wide: cleared yellow @3', 'r: raised red @3']);
    expect(p.at(4, 7)).toEqual(['wide: raised yellow @4', 'r: unverified red @4']);
  });

  test('range: false switches the alert off, not the judgement', () => {
    const p = bench(
      pointWith(
        { off: { metric: 'co', range: false }, r: { metric: 'co', levels: { red: { below: -100 } } } },
        { metrics },
      ),
    );
    expect(p.at(0, -200, 0, BAD)).toEqual([]);
  });

  test.each([
    ['a boolean', { type: 'boolean' }],
    ['a number without a range', { unit: 'cm' }],
    ['a text', { type: 'string', values: ['on', 'off'] }],
  ])('what nobody can read of %s is a sensor fault, also of a point without rules of its own', (_what, metric) => {
    const p = bench(pointWith({}, { metrics: { v: metric } }));
    expect(p.at(0, null, 0, BAD)).toEqual(['range-v: raised blue @0']);
    expect(p.log.at(-1)).toMatchObject({ kind: 'range', metric: 'v', value: null, level: 'blue' });
    expect(p.at(1, null, 1, BAD)).toEqual([]);
    // No value at all is no fault, and mends none.
    expect(p.at(2, null)).toEqual([]);
    expect(p.at(3, 'on')).toEqual(['range-v: cleared blue @3']);
  });

  test('a document may give it another level, also of a metric that is no number', () => {
    const p = bench(
      pointWith(
        {
          unread: { metric: 'smoke', range: { level: 'yellow' } },
          fire: { metric: 'smoke', levels: { red: { equals: true } } },
        },
        { metrics: { smoke: { type: 'boolean' } } },
      ),
    );
    p.at(0, true);
    expect(p.at(1, null, 1, BAD)).toEqual(['unread: raised yellow @1', 'fire: unverified red @1']);
    expect(p.tick(3_000)).toEqual([]);
  });

  test('a definition of a former version goes by the rules it had', () => {
    const former = {
      ...pointWith({}, { metrics: { smoke: { type: 'boolean' }, co: { range: [0, 9] } } }),
      impliedRules: 1,
    } as const;
    const p = bench(former);
    expect(p.at(0, { smoke: null, co: 10 }, 0, BAD)).toEqual(['range-co: raised blue @0']);
    const { impliedRules: _, ...present } = former;
    expect(p.edit(5, present)).toEqual(['range-smoke: raised blue @5 (threshold-changed)']);
  });

  test('a value of the wrong type is bad', () => {
    const p = bench(pointWith({ r: { metric: 'co', levels: { red: { above: 40 } } } }, { metrics }));
    p.at(0, 45);
    expect(p.at(1, null, 1, BAD)).toEqual(['r: unverified red @1', 'range-co: raised blue @1']);
  });
});

describe('a metric that stops while others go on', () => {
  const metrics = { ch4: {}, h2s: {}, battery: {} };
  const high = { high: { metric: 'h2s', levels: { red: { above: 10 } } } };
  const watched = { metrics, reportEveryMs: 15_000, noData: undefined };
  const gas = (rules: Record<string, unknown> = {}, others: object = {}) => pointWith(rules, { ...watched, ...others });
  /** A message every 15 s from `from` up to `to`. */
  function run(p: ReturnType<typeof bench>, from: number, to: number, values: Sending) {
    const told: string[] = [];
    for (let n = from; n < to; n++) {
      const due = () => (p.evaluator.nextDeadlineMs() ?? Number.POSITIVE_INFINITY) - T0;
      while (due() < n * 15_000) told.push(...p.tick(due() / 1_000));
      told.push(...p.at(n * 15, values(n) as Readonly<Record<string, Value>>));
    }
    return told;
  }
  type Sending = (n: number) => Readonly<Record<string, Value | undefined>>;
  const both = () => ({ ch4: 1, h2s: 2 });
  const one = () => ({ ch4: 1 });

  test('is a sensor fault of its own, its alerts are unverified, and a value ends it', () => {
    const p = bench(gas(high));
    expect(run(p, 0, 20, both)).toEqual([]);
    expect(run(p, 20, 21, () => ({ ch4: 1, h2s: 12 }))).toEqual(['high: raised red @300']);
    expect(run(p, 21, 60, one)).toEqual(['high: unverified red @375', 'range-h2s: raised blue @375']);
    expect(p.log.at(-1)).toMatchObject({ kind: 'range', metric: 'h2s', value: null });
    expect(p.evaluator.values('p').h2s).toMatchObject({ value: 12, marks: BAD });
    expect(run(p, 60, 61, () => ({ ch4: 1, h2s: 3 }))).toEqual([
      'high: cleared red @900',
      'range-h2s: cleared blue @900',
    ]);
  });

  const sending: [string, Sending][] = [
    ['once a day', (n) => (n % 5_760 === 100 ? { ch4: 1, battery: 80 } : { ch4: 1 })],
    ['never', one],
    ['a few times at first', (n: number) => (n < 8 ? { ch4: 1, battery: 80 } : { ch4: 1 })],
    ['for as long as something happens', (n: number) => (n % 700 > 500 && n % 700 < 560 ? both() : { ch4: 1 })],
    ['at random', (n: number) => ((n * 7_919) % 101 < 9 ? both() : { ch4: 1 })],
    ['by day alone, from a night on', (n: number) => (n % 1_000 > 400 ? both() : { ch4: 1 })],
    ['in turn with others', (n: number) => (n % 3 === 0 ? { ch4: 1 } : n % 3 === 1 ? { h2s: 1 } : { battery: 1 })],
  ];
  test.each(sending)('one that comes %s is not taken for it', (_what, values) => {
    expect(run(bench(gas()), 0, 14_000, values)).toEqual([]);
  });

  test.each([
    ['most of the time', 1_000, 600, 1],
    ['nearly always', 1_000, 900, 4],
  ])('one that is switched off again and again, and there %s, is taken for it a few times at most', (...[
    ,
    all,
    on,
    times,
  ]) => {
    const told = run(bench(gas()), 0, 14_000, (n) => (n % all < on ? both() : { ch4: 1 }));
    expect(told.filter((text) => text.includes('raised'))).toHaveLength(times);
  });

  test('one that stops after it was away again and again is missed once it is away for far longer than ever', () => {
    const p = bench(gas());
    const told = run(p, 0, 26 * 8, (n) => (n % 26 < 20 ? both() : { ch4: 1 }));
    expect(told.filter((text) => text.includes('raised'))).toHaveLength(2);
    expect(run(p, 26 * 8, 26 * 8 + 200, one)).toEqual([expect.stringContaining('range-h2s: raised blue')]);
  });

  test('one that comes rarely but at its own pace is missed by that', () => {
    const p = bench(gas());
    const rare: Sending = (n) => (n % 40 === 0 ? { ch4: 1, battery: 80 } : { ch4: 1 });
    expect(run(p, 0, 480, rare)).toEqual([]);
    expect(run(p, 480, 800, one)).toEqual(['range-battery: raised blue @8415']);
  });

  test('a device that falls silent, a server that was away and late readings say nothing of one metric', () => {
    const p = bench(gas());
    run(p, 0, 20, both);
    expect(run(p, 400, 402, one)).toEqual(['noData: raised blue @330', 'noData: cleared blue @6000']);
    p.start(7_000);
    expect(run(p, 800, 801, one)).toEqual(['noData: raised blue @7045', 'noData: cleared blue @12000']);
    for (let n = 0; n < 50; n++) expect(p.at(100 + n, { ch4: 1 }, 12_001 + 15 * n)).toEqual([]);
  });

  test('a checkpoint goes on as if nothing had been', () => {
    const messages = Array.from({ length: 140 }, (_, n) => (n % 40 < 34 ? both() : one()));
    const log = (cutAt: number) => {
      let evaluator = createEvaluator();
      const definition = gas(high);
      const told = evaluator.define(definition, 1, T0);
      for (const [n, values] of messages.entries()) {
        if (n === cutAt) {
          const [checkpoint] = evaluator.takeDirty(10);
          evaluator = createEvaluator();
          evaluator.restore(definition, checkpoint?.state ?? '', checkpoint?.position ?? 0);
        }
        const at = T0 + n * 15_000;
        const readings = Object.entries(values).map(([name, v]) =>
          reading(definition.metrics[name]?.series ?? 0, at, v),
        );
        told.push(...evaluator.message(readings, at, n + 2));
      }
      return told;
    };
    const whole = log(-1);
    expect(whole.length).toBeGreaterThan(4);
    for (let cutAt = 0; cutAt < messages.length; cutAt += 3) expect(log(cutAt)).toEqual(whole);
  });

  test.each([
    ['of the metric', { quiet: { metric: 'h2s', noData: false } }, {}],
    ['of the point', { quiet: { noData: false } }, {}],
    ['of the document', {}, { noData: false }],
    ['of a former version', {}, { impliedRules: 2 }],
  ])('is not noticed where silence is not watched: %s', (_what, rules, others) => {
    const definition = gas(rules, others);
    const p = bench('impliedRules' in others ? { ...definition, impliedRules: 2 } : definition);
    run(p, 0, 20, both);
    expect(run(p, 20, 100, one)).toEqual([]);
  });

  test('an edit of its range does not make a value of what has stopped', () => {
    const p = bench(gas());
    run(p, 0, 20, both);
    run(p, 20, 30, one);
    const edited = gas({ seen: { metric: 'h2s', range: { limits: [0, 50] } } });
    expect(p.edit(450, edited)).toEqual([
      'range-h2s: cleared blue @450 (threshold-changed)',
      'seen: raised blue @450 (threshold-changed)',
    ]);
    expect(p.log.at(-1)).toMatchObject({ value: null });
    expect(run(p, 30, 40, one)).toEqual([]);
    expect(run(p, 40, 41, both)).toEqual(['seen: cleared blue @600']);
  });

  test('a noData rule with a metric watches that metric alone, from the start', () => {
    const rules = { ...high, still: { metric: 'h2s', noData: { after: '5m', level: 'yellow' } } };
    const p = bench(gas(rules));
    expect(run(p, 0, 30, one)).toEqual(['still: raised yellow @300']);
    expect(p.log.at(-1)).toMatchObject({ kind: 'noData', metric: 'h2s', value: null, limit: 300 });
    expect(run(p, 30, 31, () => ({ ch4: 1, h2s: 11 }))).toEqual([
      'still: cleared yellow @450',
      'high: raised red @450',
    ]);
    expect(run(p, 31, 80, one)).toEqual(['still: raised yellow @750', 'high: unverified red @750']);
    // The point has its own rule all the same.
    expect(p.tick(2_000)).toEqual(['noData: raised blue @1230']);
    expect(p.start(3_000)).toEqual([]);
    expect(run(p, 201, 202, both)).toEqual([
      'noData: cleared blue @3015',
      'still: cleared yellow @3015',
      'high: cleared red @3015',
    ]);
  });

  test('a noData rule with a metric that the point has not is refused', () => {
    expect(compilePoint(gas({ still: { metric: 'co', noData: {} } }))).toMatchObject({
      ok: false,
      problems: [{ path: ['rules', 'still', 'metric'], code: 'unknown-metric' }],
    });
  });
});

describe('stuck', () => {
  const rules = { frozen: { metric: 'v', unit: 'mm', stuck: { after: '60s', tolerance: 5, level: 'yellow' } } };
  const options = { metrics: { v: { unit: 'cm' } }, reportEveryMs: 20_000 };

  test('unchanged within the tolerance, in the rule’s unit, for its time', () => {
    const p = bench(pointWith(rules, options));
    p.at(0, 10);
    p.at(20, 10.5);
    p.at(40, 9.5);
    expect(p.at(59, 10)).toEqual([]);
    expect(p.at(70, 10)).toEqual(['frozen: raised yellow @60']);
    expect(p.at(80, 10)).toEqual([]);
    expect(p.at(90, 10.6)).toEqual(['frozen: cleared yellow @90']);
    expect(p.at(150, 10.6)).toEqual(['frozen: raised yellow @150']);
  });

  test('bad data and silence leave it unverified, good data verifies or clears it', () => {
    const p = bench(pointWith(rules, options));
    p.at(0, 10);
    p.at(60, 10);
    expect(p.at(70, 10, 70, BAD)).toEqual(['frozen: unverified yellow @70', 'range-v: raised blue @70']);
    expect(p.at(80, 10)).toEqual(['frozen: verified yellow @80', 'range-v: cleared blue @80']);
    expect(p.tick(140)).toEqual(['frozen: unverified yellow @140']);
    expect(p.at(150, 20)).toEqual(['frozen: cleared yellow @150']);
  });

  test('texts and booleans too', () => {
    const p = bench(
      pointWith({ frozen: { metric: 'door', stuck: { after: '60s' } } }, { metrics: { door: { type: 'boolean' } } }),
    );
    p.at(0, true);
    expect(p.at(60, true)).toEqual(['frozen: raised blue @60']);
    expect(p.at(61, false)).toEqual(['frozen: cleared blue @61']);
  });
});

describe('late data', () => {
  const rules = { r: { metric: 'v', levels: { yellow: { above: 10 }, red: { above: 20 } } } };

  test('a late breach is told once for a message, at its worst, and changes nothing live', () => {
    const p = bench(pointWith(rules, { reportEveryMs: 10_000 }));
    p.at(1_000, 5);
    expect(
      p.batch(
        [
          [100, 5],
          [110, 12],
          [120, 25],
          [130, 26],
          [140, 11],
        ],
        1_001,
      ),
    ).toEqual(['r: retrospective red @130']);
    expect(p.log.at(-1)).toMatchObject({ value: 26, limit: 20, peak: { value: 26, at: T0 + 130_000, level: 'red' } });
    expect(p.level('r')).toBeNull();
    // Close to it, and not more severe than what is known: nothing new.
    expect(p.at(150, 22, 1_002)).toEqual([]);
    expect(p.at(500, 12, 1_003)).toEqual(['r: retrospective yellow @500']);
    expect(p.at(500, 12, 1_004)).toEqual([]);
    expect(p.at(510, 30, 1_005)).toEqual(['r: retrospective red @510']);
  });

  test('a breach that is known already is not told again', () => {
    const p = bench(pointWith(rules, { reportEveryMs: 10_000 }));
    p.at(0, 12);
    p.at(100, 12);
    expect(p.at(50, 15, 101)).toEqual([]);
    expect(p.at(60, 25, 101)).toEqual(['r: retrospective red @60']);
    p.at(200, 1);
    expect(p.at(150, 15, 201)).toEqual([]);
    expect(p.level('r')).toBeNull();
  });

  test('what is remembered of breaches is bounded', () => {
    const p = bench(pointWith(rules, { reportEveryMs: 1_000 }));
    for (let i = 0; i < 1_000; i++) {
      p.at(i * 20, 12);
      p.at(i * 20 + 10, 1);
    }
    const [checkpoint] = p.evaluator.takeDirty(1);
    expect(JSON.parse(checkpoint?.state ?? '').r.r.episodes).toHaveLength(16);
    expect(p.at(15, 12, 30_000)).toEqual([]);
    expect(p.at(19_975, 12, 30_001)).toEqual(['r: retrospective yellow @19975']);
  });

  test('a metric may be late where another of the same time is not', () => {
    const curve = {
      r: {
        metric: 'ppv',
        levels: {
          red: {
            curve: {
              over: 'f',
              points: [
                [10, 5],
                [50, 15],
              ],
            },
          },
        },
      },
    };
    const p = bench(pointWith(curve, { metrics: { ppv: {}, f: {} } }));
    p.at(10, { f: 5 });
    expect(p.at(5, { ppv: 6, f: 5 }, 11)).toEqual(['r: raised red @5']);
    p.at(20, { ppv: 1, f: 5 });
    p.at(30, { ppv: 1 });
    expect(p.at(25, { ppv: 6, f: 5 }, 31)).toEqual(['r: retrospective red @25']);
  });
});

describe('edits', () => {
  const red = (limits: Readonly<Record<string, unknown>>, more = {}) => ({
    r: { metric: 'v', levels: { red: limits }, ...more },
  });

  test('the current value is judged at once, and dated at the edit', () => {
    const p = bench(pointWith(red({ above: 10 })));
    p.at(0, 8);
    expect(p.edit(20, pointWith(red({ above: 8 })))).toEqual(['r: raised red @20 (threshold-changed)']);
    expect(p.log.at(-1)).toMatchObject({ revision: 2, value: 8, limit: 8, peak: { value: 8, at: T0 } });
    // No deadband and no off-delay: what no longer breaches is over.
    expect(p.edit(30, pointWith(red({ above: 9, recoverFor: '5m' }, { deadband: 5 })))).toEqual([
      'r: cleared red @30 (threshold-changed)',
    ]);
  });

  test('a level that appears or goes makes one entry', () => {
    const levels = (of: unknown) => pointWith({ r: { metric: 'v', levels: of } });
    const p = bench(levels({ yellow: { above: 10 } }));
    p.at(0, 25);
    expect(p.edit(1, levels({ yellow: { above: 10 }, red: { above: 20 } }))).toEqual([
      'r: escalated red @1 (threshold-changed)',
    ]);
    expect(p.edit(2, levels({ yellow: { above: 10 } }))).toEqual(['r: deescalated yellow @2 (threshold-changed)']);
  });

  test('a new on-delay counts from the value it is judged on', () => {
    const p = bench(pointWith(red({ above: 100 })));
    p.at(0, 50);
    expect(p.edit(20, pointWith(red({ above: 40, for: '60s' })))).toEqual([]);
    expect(p.tick(79)).toEqual([]);
    expect(p.tick(80)).toEqual(['r: raised red @60']);
  });

  test('rules that did not change go on as they were', () => {
    const rules = { ...red({ above: 10, for: '60s' }), other: { metric: 'v', levels: { blue: { above: 90 } } } };
    const p = bench(pointWith(rules));
    p.at(0, 11);
    p.edit(30, pointWith({ ...rules, other: { metric: 'v', levels: { blue: { above: 80 } } } }));
    expect(p.at(60, 11)).toEqual(['r: raised red @60']);
  });

  test('a removed rule clears, and so does a removed point', () => {
    const p = bench(pointWith(red({ above: 10 }, { latch: true })));
    p.at(0, 11);
    expect(p.edit(5, pointWith({}))).toEqual(['r: cleared red @5 (threshold-changed)']);
    p.edit(6, pointWith(red({ above: 10 })));
    expect(p.level('r')).toBe('red');
    expect(p.retire(7)).toEqual(['r: cleared red @7 (point-removed)']);
    expect(p.at(8, 20)).toEqual([]);
  });

  test('a value that is old or bad is not judged', () => {
    const p = bench(pointWith(red({ above: 10 }), { reportEveryMs: 10_000 }));
    p.at(0, 8);
    expect(p.edit(600, pointWith(red({ above: 5 }), { reportEveryMs: 10_000 }))).toEqual([]);
    expect(p.at(601, 6)).toEqual(['r: raised red @601']);
    p.at(602, 6, 602, BAD);
    expect(p.edit(603, pointWith(red({ above: 50 }), { reportEveryMs: 10_000 }))).toEqual([]);
    expect(p.level('r')).toBe('red');
  });

  test('a latched alert recovers by an edit, and clears when the latch goes', () => {
    const p = bench(pointWith(red({ above: 10 }, { latch: true })));
    p.at(0, 11);
    expect(p.edit(1, pointWith(red({ above: 20 }, { latch: true })))).toEqual([
      'r: recovered red @1 (threshold-changed)',
    ]);
    expect(p.edit(2, pointWith(red({ above: 20 })))).toEqual(['r: cleared red @2 (threshold-changed)']);
  });

  test('what windows hold is kept for the new limits and lengths', () => {
    const rain = (limits: unknown) =>
      pointWith({ r: { metric: 'v', levels: { red: limits } } }, { reportEveryMs: 600_000 });
    const p = bench(rain({ sum: '24h', above: 50 }));
    for (let s = 0; s < 7_200; s += 600) p.at(s, 5);
    expect(p.level('r')).toBe('red');
    expect(p.edit(6_601, rain({ sum: '24h', above: 60 }))).toEqual([]);
    expect(p.edit(6_602, rain({ sum: '1h', above: 31 }))).toEqual(['r: cleared red @6602 (threshold-changed)']);
    expect(p.edit(6_603, rain({ sum: '1h', above: 30 }))).toEqual(['r: raised red @6603 (threshold-changed)']);
  });

  test('noData: shorter than the silence so far raises, longer clears', () => {
    const quiet = (after: string) => pointWith({ quiet: { noData: { after } } });
    const p = bench(quiet('15m'));
    p.at(0, 1);
    expect(p.edit(60, quiet('30s'))).toEqual(['quiet: raised blue @60 (threshold-changed)']);
    expect(p.edit(70, quiet('10m'))).toEqual(['quiet: cleared blue @70 (threshold-changed)']);
    expect(p.tick(600)).toEqual(['quiet: raised blue @600']);
  });

  test('stuck: judged on what has not changed', () => {
    const frozen = (after: string, tolerance = 1) =>
      pointWith({ frozen: { metric: 'v', stuck: { after, tolerance } } });
    const p = bench(frozen('10m'));
    p.at(0, 5);
    p.at(60, 5.5);
    expect(p.edit(61, frozen('30s'))).toEqual(['frozen: raised blue @61 (threshold-changed)']);
    expect(p.edit(62, frozen('60s'))).toEqual([]);
    expect(p.edit(63, frozen('60s', 0.1))).toEqual(['frozen: cleared blue @63 (threshold-changed)']);
  });

  test('range: the current value becomes bad or good', () => {
    const rules = (limits: unknown) => ({ ok: { metric: 'v', range: { limits } }, ...red({ above: 10 }) });
    const p = bench(pointWith(rules([0, 100])));
    p.at(0, 50);
    expect(p.edit(1, pointWith(rules([0, 40])))).toEqual([
      'ok: raised blue @1 (threshold-changed)',
      'r: unverified red @1',
    ]);
    expect(p.edit(2, pointWith(rules([0, 60])))).toEqual([
      'ok: cleared blue @2 (threshold-changed)',
      'r: verified red @0',
    ]);
  });
});

describe('vote', () => {
  const level = { metric: 'v', levels: { yellow: { above: 10 }, red: { above: 20, for: '5s' } } };
  const vote = (spec = {}, more = {}) => ({
    zone: { vote: { points: ['a', 'b', 'c'], atLeast: 2, level: 'yellow', raise: 'red', ...spec }, ...more },
  });
  const member = (point: string, series: number, rules: Readonly<Record<string, unknown>> = { r: level }) =>
    pointWith(rules, { point, series, reportEveryMs: 3_600_000 });

  function zone(rules: Readonly<Record<string, unknown>>, memberRules?: Readonly<Record<string, unknown>>) {
    const evaluator = createEvaluator();
    let position = 0;
    const show = (transitions: ReturnType<typeof evaluator.tick>) => transitions.map((t) => `${t.point}.${line(t)}`);
    const define = (seconds: number, definition = pointWith(rules, { point: 'z', series: 9 })) =>
      show(evaluator.define(definition, ++position, T0 + seconds * 1_000));
    for (const [i, point] of ['a', 'b', 'c'].entries()) define(0, member(point, i + 1, memberRules));
    return {
      define,
      at: (seconds: number, point: string, value: number) =>
        show(
          evaluator.message(
            [reading('abc'.indexOf(point) + 1, T0 + seconds * 1_000, value)],
            T0 + seconds * 1_000,
            ++position,
          ),
        ),
      tick: (seconds: number) => show(evaluator.tick(T0 + seconds * 1_000, ++position)),
      retire: (seconds: number, point: string) => show(evaluator.retire(point, ++position, T0 + seconds * 1_000)),
      reset: (seconds: number, point: string) => evaluator.reset(point, 'r', T0 + seconds * 1_000, ++position),
      next: () => evaluator.nextDeadlineMs(),
    };
  }

  test('k of n at or above the level', () => {
    const z = zone(vote());
    z.define(0);
    expect(z.at(1, 'a', 12)).toEqual(['a.r: raised yellow @1']);
    expect(z.at(2, 'b', 12)).toEqual(['b.r: raised yellow @2', 'z.zone: raised red @2']);
    expect(z.at(3, 'c', 12)).toEqual(['c.r: raised yellow @3']);
    expect(z.at(4, 'a', 1)).toEqual(['a.r: cleared yellow @4']);
    expect(z.at(5, 'b', 1)).toEqual(['b.r: cleared yellow @5', 'z.zone: cleared red @5']);
  });

  test('with delays of its own', () => {
    const z = zone(vote({}, { for: '10s', recoverFor: '20s' }));
    z.define(0);
    z.at(1, 'a', 12);
    z.at(2, 'b', 12);
    expect(z.tick(12)).toEqual(['z.zone: raised red @12']);
    z.at(13, 'b', 1);
    expect(z.tick(33)).toEqual(['z.zone: cleared red @33']);
  });

  test('zones that one change brings about come in the order of their ids, whichever was there first', () => {
    const z = zone(vote());
    const [y, x] = ['y', 'x'].map((point, i) =>
      pointWith(vote({ atLeast: 1 }), { point, series: 10 + i, noData: undefined, reportEveryMs: 3_600_000 }),
    );
    z.define(0, y);
    z.define(0, x);
    expect(z.at(1, 'a', 11)).toEqual(['a.r: raised yellow @1', 'x.zone: raised red @1', 'y.zone: raised red @1']);
  });

  test('only the named rule, only the named level, at the date of the member’s own change', () => {
    const z = zone(vote({ level: 'red', rule: 'r' }), {
      r: level,
      other: { metric: 'v', levels: { red: { above: 5 } } },
    });
    z.define(0);
    z.at(1, 'a', 21);
    expect(z.at(2, 'b', 21)).toEqual(['b.r: raised yellow @2', 'b.other: raised red @2']);
    expect(z.tick(10)).toEqual(['a.r: escalated red @6', 'b.r: escalated red @7', 'z.zone: raised red @7']);
  });

  test('a level that came and went within one reading is counted', () => {
    const z = zone(vote({ level: 'red' }));
    z.define(0);
    z.at(1, 'a', 21);
    z.tick(6);
    z.at(7, 'b', 21);
    expect(z.at(30, 'b', 1)).toEqual([
      'b.r: escalated red @12',
      'b.r: cleared red @30',
      'z.zone: raised red @12',
      'z.zone: cleared red @30',
    ]);
  });

  test('is counted when the zone is defined or edited, and when a member goes', () => {
    const z = zone(vote());
    z.at(1, 'a', 12);
    z.at(2, 'b', 12);
    expect(z.define(3)).toEqual(['z.zone: raised red @3']);
    expect(z.define(4, pointWith(vote({ atLeast: 3 }), { point: 'z', series: 9 }))).toEqual(['z.zone: cleared red @4']);
    expect(z.define(5, pointWith(vote(), { point: 'z', series: 9 }))).toEqual(['z.zone: raised red @5']);
    expect(z.define(6, member('a', 1, {}))).toEqual([
      'a.r: cleared yellow @6 (threshold-changed)',
      'z.zone: cleared red @6',
    ]);
    z.at(7, 'c', 12);
    expect(z.retire(8, 'c')).toEqual(['c.r: cleared yellow @8 (point-removed)', 'z.zone: cleared red @8']);
  });

  test('a reset that takes a vote away is counted at the next tick, which is due at once', () => {
    const z = zone(vote(), { r: { ...level, latch: true } });
    z.define(0);
    z.at(1, 'a', 12);
    z.at(2, 'b', 12);
    z.tick(20_000);
    expect(z.reset(20_001, 'a')).toBe('reset');
    expect(z.next()).toBe(T0 + 20_001_000);
    expect(z.tick(20_002)).toEqual(['z.zone: cleared red @20001']);
  });
});

describe('checkpoints of points that a vote connects', () => {
  const definition = (point: string, series: number, voters?: readonly string[]) =>
    pointWith(
      {
        r: { metric: 'v', levels: { yellow: { above: 10 } } },
        ...(voters === undefined ? {} : { zone: { vote: { points: voters, atLeast: 1, level: 'yellow' } } }),
      },
      { point, series },
    );
  const taken = (evaluator: ReturnType<typeof createEvaluator>) =>
    evaluator
      .takeDirty(1)
      .map(({ point }) => point)
      .sort();

  test('are taken together, also right after the connection ended', () => {
    const evaluator = createEvaluator();
    evaluator.define(definition('a', 1), 1, T0);
    evaluator.define(definition('b', 2), 2, T0);
    evaluator.define(definition('z', 3, ['a']), 3, T0);
    expect(taken(evaluator)).toEqual(['a', 'z']);
    expect(taken(evaluator)).toEqual(['b']);
    evaluator.message([reading(1, T0, 12)], T0, 4);
    evaluator.define(definition('z', 3, ['b']), 5, T0);
    expect(taken(evaluator)).toEqual(['a', 'b', 'z']);
    evaluator.message([reading(1, T0 + 1, 12)], T0, 6);
    expect(evaluator.dirtyFrom()).toBe(6);
    expect(taken(evaluator)).toEqual(['a']);
    expect(evaluator.dirtyFrom()).toBeUndefined();
  });
});

describe('time', () => {
  test('ticks let everything up to their time happen, each at its own, in order', () => {
    const entries = ['a', 'b'].map((point, i) => ({
      do: 'define' as const,
      at: T0,
      definition: pointWith({ quiet: { noData: { after: `${20 - 10 * i}s` } } }, { point, series: i + 1 }),
    }));
    const log = evaluate([...entries, { do: 'tick', at: T0 + 60_000 }]);
    expect(log.map(({ point, atMs }) => [point, atMs - T0])).toEqual([
      ['b', 10_000],
      ['a', 20_000],
    ]);
  });

  test('a message makes no deadline of arrival time fire', () => {
    const p = bench(
      pointWith({ r: { metric: 'v', levels: { red: { above: 10, for: '5s' } } } }, { noData: undefined }),
    );
    p.at(0, 11);
    expect(p.at(1, 11, 3_600)).toEqual([]);
  });
});
