import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createEvaluator } from '../../src/evaluate/evaluator.ts';
import { rankOf } from '../../src/model/level.ts';
import type { ThresholdDocument } from '../../src/model/threshold.ts';
import { thresholdDocumentSchema } from '../../src/model/threshold.ts';
import { type Weakening, weakenings } from '../../src/model/weakening.ts';
import { pointWith, reading, T0 } from '../support/evaluation.ts';
import { rounds } from '../support/long.ts';

const METRICS = {
  v: { unit: 'cm', range: [-1_000, 1_000] },
  w: { unit: 'cm' },
  f: { unit: 'Hz' },
  on: { type: 'boolean' },
};
const POINT = pointWith({}, { metrics: METRICS });

type Rules = Record<string, unknown>;

function found(before: Rules, after: Rules): string[] {
  const [was, is] = [before, after].map((rules) => thresholdDocumentSchema.parse({ rules })) as [
    ThresholdDocument,
    ThresholdDocument,
  ];
  return weakenings(was, is, POINT).map(({ rule, level, change }: Weakening) => `${rule} ${level} ${change}`);
}

const depth = (red: unknown, more: object = {}) => ({ depth: { metric: 'v', levels: { red }, ...more } });
const flood = { season: ['06-01', '09-30'] };

describe('what makes an orange or red level harder to reach', () => {
  test.each<[string, Rules, Rules, string[]]>([
    ['a higher limit', depth({ above: 20 }), depth({ above: 21 }), ['depth red criterion']],
    ['a lower limit of a lower side', depth({ below: 20 }), depth({ below: 19 }), ['depth red criterion']],
    ['one side of two', depth({ above: 20, below: 5 }), depth({ above: 20 }), ['depth red criterion']],
    ['a longer delay of the level', depth({ above: 20 }), depth({ above: 20, for: '1s' }), ['depth red delay']],
    ['a delay of the rule', depth({ above: 20 }), depth({ above: 20 }, { for: '1s' }), ['depth red delay']],
    [
      'the level gone',
      { d: { metric: 'v', levels: { red: { above: 2 }, blue: { above: 1 } } } },
      { d: { metric: 'v', levels: { blue: { above: 1 } } } },
      ['d red removed'],
    ],
    ['the rule gone', depth({ above: 20 }), {}, ['depth red removed']],
    ['another kind of rule', depth({ above: 20 }), { depth: { noData: {} } }, ['depth red removed']],
    [
      'another metric',
      depth({ above: 20 }),
      { depth: { metric: 'w', levels: { red: { above: 20 } } } },
      ['depth red criterion'],
    ],
    ['no latch', depth({ above: 20 }, { latch: true }), depth({ above: 20 }), ['depth red latch']],
    [
      'the same number in a larger unit',
      depth({ above: 20 }),
      depth({ above: 20 }, { unit: 'm' }),
      ['depth red criterion'],
    ],
    ['a unit that says nothing', depth({ above: 20 }), depth({ above: 20 }, { unit: 'MPa' }), ['depth red criterion']],
    [
      'all of two where one was enough',
      depth({ any: [{ above: 20 }, { rise: 8, within: '10m' }] }),
      depth({ all: [{ above: 20 }, { rise: 8, within: '10m' }] }),
      ['depth red criterion'],
    ],
    [
      'one more that must hold',
      depth({ above: 20 }),
      depth({ all: [{ above: 20 }, { rise: 8, within: '10m' }] }),
      ['depth red criterion'],
    ],
    [
      'a shorter window to rise in',
      depth({ rise: 8, within: '10m' }),
      depth({ rise: 8, within: '5m' }),
      ['depth red criterion'],
    ],
    [
      'another window',
      depth({ average: '8h', above: 20 }),
      depth({ average: '4h', above: 20 }),
      ['depth red criterion'],
    ],
    [
      'more coverage',
      depth({ average: '8h', above: 20, coverage: 0.2 }),
      depth({ average: '8h', above: 20, coverage: 0.9 }),
      ['depth red criterion'],
    ],
    [
      'a curve that is higher somewhere between',
      depth({
        curve: {
          over: 'f',
          points: [
            [10, 5],
            [50, 15],
          ],
        },
      }),
      depth({
        curve: {
          over: 'f',
          points: [
            [10, 5],
            [20, 12],
            [50, 15],
          ],
        },
      }),
      ['depth red criterion'],
    ],
    [
      'equals something else',
      { s: { metric: 'on', levels: { red: { equals: true } } } },
      { s: { metric: 'on', levels: { red: { equals: false } } } },
      ['s red criterion'],
    ],
    [
      'a season in which it is higher',
      depth({ above: 20 }),
      depth({ above: 20 }, { schedule: [{ ...flood, levels: { red: { above: 30 } } }] }),
      ['depth red criterion'],
    ],
    [
      'a season without it',
      depth({ above: 20 }),
      depth({ above: 20 }, { schedule: [{ ...flood, levels: { blue: { above: 1 } } }] }),
      ['depth red removed'],
    ],
    [
      'a sharper season gone',
      depth({ above: 20 }, { schedule: [{ ...flood, levels: { red: { above: 10 } } }] }),
      depth({ above: 20 }),
      ['depth red criterion'],
    ],
    [
      'silence told later',
      { n: { noData: { after: '5m', level: 'orange' } } },
      { n: { noData: { after: '6m', level: 'orange' } } },
      ['n orange delay'],
    ],
    [
      'silence told later than by default',
      { n: { noData: { level: 'orange' } } },
      { n: { noData: { level: 'orange', after: '181s' } } },
      ['n orange delay'],
    ],
    [
      'silence of another level',
      { n: { noData: { level: 'red' } } },
      { n: { noData: { level: 'orange' } } },
      ['n red removed'],
    ],
    ['silence not told', { n: { noData: { level: 'red' } } }, { n: { noData: false } }, ['n red removed']],
    [
      'a looser look at a stuck sensor',
      { s: { metric: 'v', stuck: { after: '1h', tolerance: 2, level: 'orange' } } },
      { s: { metric: 'v', stuck: { after: '1h', tolerance: 1, level: 'orange' } } },
      ['s orange criterion'],
    ],
    [
      'more votes',
      { z: { vote: { points: ['a', 'b'], atLeast: 1, level: 'orange', raise: 'red' } } },
      { z: { vote: { points: ['a', 'b'], atLeast: 2, level: 'orange', raise: 'red' } } },
      ['z red criterion'],
    ],
    [
      'values that were compared are faults now',
      depth({ above: 20 }),
      { ...depth({ above: 20 }), r: { metric: 'v', range: { limits: [0, 10] } } },
      ['depth red range'],
    ],
    [
      'a sentinel that was a value',
      depth({ above: 20 }),
      { ...depth({ above: 20 }), r: { metric: 'v', range: { sentinels: [25] } } },
      ['depth red range'],
    ],
    [
      'a fault of the frequency',
      depth({ curve: { over: 'f', points: [[1, 5]] } }),
      { ...depth({ curve: { over: 'f', points: [[1, 5]] } }), r: { metric: 'f', range: { limits: [0, 10] } } },
      ['depth red range'],
    ],
  ])('%s', (_what, before, after, expected) => {
    expect(found(before, after)).toEqual(expected);
  });

  test.each<[string, Rules, Rules]>([
    ['a lower limit', depth({ above: 20 }), depth({ above: 19 })],
    ['a shorter delay', depth({ above: 20, for: '60s' }), depth({ above: 20, for: '1m' })],
    ['a larger deadband', depth({ above: 20, deadband: 1 }), depth({ above: 20, deadband: 9 })],
    [
      'no deadband, and another way back',
      depth({ above: 20, deadband: 1 }),
      depth({ above: 20, recover: 1, recoverFor: '1h' }),
    ],
    ['one more way to reach it', depth({ above: 20 }), depth({ any: [{ rise: 1, within: '1m' }, { above: 20 }] })],
    ['the same in another unit', depth({ above: 20 }), depth({ above: 0.2 }, { unit: 'm' })],
    ['any of two where all had to hold', depth({ all: [{ above: 20 }, { below: 30 }] }), depth({ above: 20 })],
    ['a longer window to rise in', depth({ rise: 8, within: '5m' }), depth({ rise: 7, within: '10m' })],
    [
      'a lower curve with more corners',
      depth({
        curve: {
          over: 'f',
          points: [
            [10, 5],
            [50, 15],
          ],
        },
      }),
      depth({
        curve: {
          over: 'f',
          points: [
            [10, 5],
            [30, 9],
            [50, 15],
          ],
        },
      }),
    ],
    [
      'a sharper season',
      depth({ above: 20 }),
      depth({ above: 20 }, { schedule: [{ ...flood, levels: { red: { above: 10 } } }] }),
    ],
    ['yellow and blue', { d: { metric: 'v', levels: { yellow: { above: 1 } } } }, {}],
    ['names', depth({ above: 20, label: 'a' }), depth({ above: 20, label: 'b' }, { labels: { who: 'me' } })],
    [
      'a wider range',
      { ...depth({ above: 20 }), r: { metric: 'v', range: { limits: [0, 10] } } },
      depth({ above: 20 }),
    ],
    ['a latch', depth({ above: 20 }), depth({ above: 20 }, { latch: true })],
    [
      'silence told earlier',
      { n: { noData: { level: 'orange' } } },
      { n: { noData: { level: 'orange', after: '3m' } } },
    ],
    [
      'fewer votes',
      { z: { vote: { points: ['a', 'b'], atLeast: 2, level: 'red' } } },
      { z: { vote: { points: ['a', 'b', 'c'], atLeast: 1, level: 'orange', raise: 'red' } } },
    ],
  ])('%s does not', (_what, before, after) => {
    expect(found(before, after)).toEqual([]);
  });
});

const limit = fc.integer({ min: 0, max: 12 });
const leaf = fc.oneof(
  fc.record({ above: limit }),
  fc.record({ below: limit }),
  fc.record({ above: limit, below: limit }),
  fc.record({ rise: fc.integer({ min: 1, max: 6 }), within: fc.constantFrom('10s', '30s') }),
  fc.record({ maximum: fc.constantFrom('10s', '30s'), above: limit }),
);
const criterion = fc.oneof(
  { weight: 4, arbitrary: leaf },
  { weight: 1, arbitrary: fc.record({ any: fc.array(leaf, { minLength: 1, maxLength: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ all: fc.array(leaf, { minLength: 1, maxLength: 3 }) }) },
);
const level = fc
  .tuple(criterion, fc.constantFrom(undefined, '5s', '20s'))
  .map(([test, wait]) => (wait === undefined ? test : { ...test, for: wait }));
const rules = fc.record({
  r: fc.tuple(fc.option(level, { nil: undefined }), level, fc.boolean()).map(([orange, red, latch]) => ({
    metric: 'v',
    latch,
    levels: { ...(orange === undefined ? {} : { orange }), red },
  })),
});

describe('properties', () => {
  test('nothing is weaker than itself, and a level that is gone always is', () => {
    fc.assert(
      fc.property(rules, (before) => {
        expect(found(before, structuredClone(before))).toEqual([]);
        expect(found(before, {})).toContain('r red removed');
      }),
    );
  });

  test('any step of a limit or delay away is seen, among whatever stays', () => {
    fc.assert(
      fc.property(
        fc.record({ above: limit, wait: fc.nat({ max: 60 }) }),
        fc.integer({ min: 1, max: 9 }),
        fc.boolean(),
        ({ above, wait }, step, isDelay) => {
          const rule = (more: number, longer: number) =>
            depth({ any: [{ above: above + more }], for: `${wait + longer}s` }, { deadband: step });
          expect(found(rule(0, 0), rule(isDelay ? 0 : step, isDelay ? step : 0))).toEqual([
            `depth red ${isDelay ? 'delay' : 'criterion'}`,
          ]);
          expect(found(rule(isDelay ? 0 : step, isDelay ? step : 0), rule(0, 0))).toEqual([]);
        },
      ),
    );
  });

  test('what is not called weaker raises at the latest when the former raised: the evaluator itself is asked', () => {
    let compared = 0;
    const mutation = fc.oneof(rules, fc.constant(undefined));
    fc.assert(
      fc.property(
        rules,
        mutation,
        fc.integer({ min: -3, max: 0 }),
        fc.array(fc.tuple(fc.integer({ min: -1, max: 14 }), fc.constantFrom(1, 3, 5, 7, 40)), {
          minLength: 1,
          maxLength: 40,
        }),
        (before, other, shift, readings) => {
          // Random rules are seldom comparable; the same rules with every limit moved by a step often are.
          const after = other ?? shifted(before, shift);
          if (found(before, after).length > 0) return;
          compared++;
          const standing = [before, after].map((each) => levelsOver(each, readings));
          for (let i = 0; i < readings.length; i++) {
            const [was, is] = [standing[0]?.[i] ?? 0, standing[1]?.[i] ?? 0];
            const risen = was > (standing[0]?.[i - 1] ?? 0);
            if (risen) expect(is, `reading ${i}`).toBeGreaterThanOrEqual(was);
          }
        },
      ),
      { numRuns: rounds(1_000, 50_000) },
    );
    expect(compared).toBeGreaterThan(50);
  });
});

/** The rules with upper limits lower, lower ones higher, and delays left alone. */
function shifted(before: Rules, by: number): Rules {
  return JSON.parse(JSON.stringify(before), (key, value: unknown) =>
    key === 'above' ? Number(value) + by : key === 'below' ? Number(value) - by : value,
  );
}

/** The rank at which the rule stands after each reading. */
function levelsOver(of: Rules, readings: readonly (readonly [value: number, waitS: number])[]): number[] {
  const evaluator = createEvaluator();
  let [position, at] = [1, T0];
  evaluator.define(pointWith(of, { metrics: METRICS }), position, at);
  return readings.map(([value, waitS]) => {
    at += waitS * 1_000;
    evaluator.message([reading(1, at, value)], at, ++position);
    const level = evaluator.rule('p', 'r')?.level;
    return level === undefined || level === null ? 0 : rankOf(level);
  });
}
