import { expect, test } from 'vitest';
import { createEvaluator } from '../../src/evaluate/evaluator.ts';
import { pointWith, T0 } from '../support/evaluation.ts';

/** Series 1 is `v`, series 2 `f`. */
const reading = (s: number, value: number, series = 1) => ({ series, tsMs: T0 + s * 1_000, value, marks: 0 });

test('the late samples of one message are one entry, with the worst of them, in whatever order it comes', () => {
  for (const peakAt of [100, 110, 120]) {
    const evaluator = createEvaluator();
    evaluator.define(pointWith({ r: { metric: 'v', levels: { yellow: { above: 10 }, red: { above: 50 } } } }), 1, T0);
    evaluator.message([reading(4_000, 5)], T0 + 4_000_000, 2);
    const late = [100, 110, 120, 3_000].map((s) => reading(s, s === peakAt ? 30 : 12));
    const transitions = evaluator.message(late, T0 + 4_001_000, 3);
    expect(transitions).toMatchObject([
      {
        type: 'retrospective',
        level: 'yellow',
        atMs: T0 + peakAt * 1_000,
        value: 30,
        peak: { value: 30, at: T0 + peakAt * 1_000, level: 'yellow' },
      },
    ]);
    // The same again is known, and so is what lies close to it and is no worse a level.
    expect(evaluator.message([...late, reading(3_050, 40)], T0 + 4_002_000, 4)).toEqual([]);
    expect(evaluator.message([reading(115, 60)], T0 + 4_003_000, 5)).toMatchObject([{ level: 'red', value: 60 }]);
  }
});

test('a raise by its on-delay shows the value that breached, not a later one that could not be judged', () => {
  const evaluator = createEvaluator();
  const rules = {
    r: {
      metric: 'v',
      levels: {
        red: {
          curve: {
            over: 'f',
            points: [
              [10, 5],
              [50, 15],
            ],
          },
          for: '60s',
        },
      },
    },
  };
  evaluator.define(pointWith(rules, { metrics: { v: {}, f: {} } }), 1, T0);
  evaluator.message([reading(0, 12), reading(0, 10, 2)], T0, 2);
  // Without its frequency 7 lies between the lowest and the highest limit.
  evaluator.message([reading(30, 7)], T0 + 30_000, 3);
  expect(evaluator.tick(T0 + 60_000, 4)).toMatchObject([{ type: 'raised', value: 12, limit: 5, atMs: T0 + 60_000 }]);
});

test.each([
  ['above, at the limit', { above: 10 }, [[0, 10]], { side: 'above', of: 'value', windowMs: null }],
  ['below, at the limit', { below: 10 }, [[0, 10]], { side: 'below', of: 'value', windowMs: null }],
  ['the lower of two sides', { above: 23.5, below: 19.5 }, [[0, 18]], { side: 'below', of: 'value', windowMs: null }],
  ['the upper of two sides', { above: 23.5, below: 19.5 }, [[0, 24]], { side: 'above', of: 'value', windowMs: null }],
  [
    'a rise beside a level',
    { any: [{ rise: 5, within: '1h' }, { above: 100 }] },
    [
      [0, 1],
      [600, 7],
    ],
    { side: 'above', of: 'rise', windowMs: 3_600_000 },
  ],
  [
    'a mean over time',
    { average: '10m', above: 5, coverage: 0 },
    [
      [0, 6],
      [60, 6],
    ],
    { side: 'above', of: 'average', windowMs: 600_000 },
  ],
] as const)('a raise says how its value was compared: %s', (_what, criterion, samples, comparison) => {
  const evaluator = createEvaluator();
  evaluator.define(pointWith({ r: { metric: 'v', levels: { red: criterion } } }), 1, T0);
  const transitions = samples.flatMap(([s, value], i) => evaluator.message([reading(s, value)], T0 + s * 1_000, i + 2));
  expect(transitions).toMatchObject([{ type: 'raised', comparison }]);
});

test('a state is compared with no limit, and says so', () => {
  const evaluator = createEvaluator();
  const rules = { r: { metric: 'v', levels: { red: { equals: true } } } };
  evaluator.define(pointWith(rules, { metrics: { v: { type: 'boolean' } } }), 1, T0);
  const smoke = { series: 1, tsMs: T0, value: true, marks: 0 };
  expect(evaluator.message([smoke], T0, 2)).toMatchObject([{ type: 'raised', comparison: null }]);
});

test('what was summed up is shown without the errors of floats', () => {
  const evaluator = createEvaluator();
  evaluator.define(pointWith({ r: { metric: 'v', levels: { red: { sum: '10m', above: 0.5 } } } }), 1, T0);
  evaluator.message([reading(0, 0.1), reading(1, 0.2)], T0, 2);
  expect(0.1 + 0.2 + 0.3).not.toBe(0.6);
  expect(evaluator.message([reading(2, 0.3)], T0 + 2_000, 3)).toMatchObject([{ value: 0.6, peak: { value: 0.6 } }]);
});
