import { describe, expect, test } from 'vitest';
import { compilePoint } from '../../src/evaluate/compile.ts';
import { placedText, problemText } from '../../src/model/problem-words.ts';
import { conversionBetween, convert } from '../../src/model/units.ts';
import { bench, pointWith } from '../support/evaluation.ts';

function converted(value: number, from: string, to: string, metric = 'v'): number | string {
  const result = conversionBetween(from, to, metric);
  return result.ok ? convert(value, result.conversion) : problemText(result.problem, 'en');
}

describe('units', () => {
  test.each([
    [25, 'cm', 'mm', 250],
    [0.3, 'm', 'cm', 30],
    [2.5, 'cm/s', 'mm/s', 25],
    [0.14, 'MPa', 'kPa', 140],
    [1.4, 'bar', 'MPa', 0.14],
    [1, 'g', 'm/s²', 9.80665],
    [1, 'm/s²', 'gal', 100],
    [70, '℃', '°C', 70],
    [212, '°F', '℃', 100],
    [300, 'mA', 'A', 0.3],
    [4_900, 'kg', 't', 4.9],
    [2_100, 'kN', 'N', 2_100_000],
    [1, '%', '‰', 10],
    [19.5, '%VOL', 'ppm', 195_000],
  ])('%d %s is in %s %d', (value, from, to, expected) => {
    expect(converted(value, from, to)).toBeCloseTo(expected, 9);
  });

  // DOMAIN: one table gives H2S 10 mg/m³ as 6 ppm, another as 7; at 20 °C and 101.3 kPa it is 7.06.
  test.each([
    [10, 'mg/m³', 'ppm', 'h2s', 7.059],
    [20, 'mg/m³', 'ppm', 'co', 17.18],
    [10, 'mg/m³@25℃', 'ppm', 'h2s', 7.179],
    [10, 'mg/m³@0℃,101.3kPa', 'ppm', 'h2s', 6.577],
    [10, 'mg/m³', 'ppm(H2S)', 'gas', 7.059],
    [1, 'ppm', 'mg/m³', 'tank.nh3', 0.7093],
    [25, '%LEL', '%VOL', 'ch4', 1.25],
    [25, '%LEL', 'ppm', 'ch4', 12_500],
    [50, '%LEL(C3H8)', '%VOL', 'gas', 1.05],
  ])('%d %s of %s in %s (%s)', (value, from, to, metric, expected) => {
    expect(converted(value, from, to, metric)).toBeCloseTo(expected, expected > 1_000 ? 6 : 2);
  });

  test.each([
    ['mm', 'kPa', 'v', 'cannot convert mm to kPa: they measure different things'],
    ['mg/m³', 'ppm', 'gas', 'cannot convert mg/m³ to ppm: needs a known gas, as in ppm(H2S); metric gas names none'],
    ['ppm(CO)', 'mg/m³(H2S)', 'v', 'cannot convert ppm(CO) to mg/m³(H2S): two different gases'],
    ['kg', 'mg/m³', 'h2s', 'cannot convert kg to mg/m³: they measure different things'],
    ['furlong', 'm', 'v', 'unknown unit furlong (metric v is in m)'],
    ['%LEL', 'ppm', 'cl2', 'cannot convert %LEL to ppm: needs a known gas, as in ppm(H2S); metric cl2 names none'],
  ])('%s to %s of %s cannot be', (from, to, metric, problem) => {
    expect(converted(1, from, to, metric)).toBe(problem);
  });

  test('limits, deadbands and changes are written in the rule’s unit; alerts show it', () => {
    const p = bench(
      pointWith(
        {
          r: {
            metric: 'v',
            unit: 'cm',
            deadband: 2,
            levels: { yellow: { above: 15 }, red: { rise: 20, within: '1h' } },
          },
        },
        { metrics: { v: { unit: 'mm' } } },
      ),
    );
    expect(p.at(0, 150)).toEqual(['r: raised yellow @0']);
    expect(p.log.at(-1)).toMatchObject({ value: 15, limit: 15, unit: 'cm', peak: { value: 15 } });
    expect(p.at(1, 350)).toEqual(['r: escalated red @1']);
    expect(p.log.at(-1)).toMatchObject({ value: 20, limit: 20 });
    expect(p.at(2, 130)).toEqual(['r: deescalated yellow @2']);
    expect(p.at(3, 129)).toEqual(['r: cleared yellow @3']);
  });

  test('temperatures: limits are converted with their zero, deadbands without', () => {
    const p = bench(
      pointWith(
        { r: { metric: 't', unit: '°F', deadband: 9, levels: { red: { above: 212 } } } },
        { metrics: { t: { unit: '℃' } } },
      ),
    );
    expect(p.at(0, 100)).toEqual(['r: raised red @0']);
    expect(p.at(1, 95)).toEqual([]);
    expect(p.at(2, 94.9)).toEqual(['r: cleared red @2']);
    expect(p.log.at(-1)?.value).toBeCloseTo(202.82, 9);
  });
});

describe('what could never run is an error at load', () => {
  const problems = (rules: Readonly<Record<string, unknown>>, metrics = {}) => {
    const result = compilePoint(
      pointWith(rules, {
        metrics: { v: { unit: 'cm' }, b: { type: 'boolean' }, s: { type: 'string', values: ['a'] }, ...metrics },
      }),
    );
    return result.ok ? [] : result.problems.map((problem) => placedText(problem, 'en'));
  };

  test.each<[string, Record<string, unknown>, string]>([
    [
      'an unknown metric',
      { metric: 'x', levels: { red: { above: 1 } } },
      'rules.r.metric: found "x", expected a metric of the point: v, b, s',
    ],
    [
      'an impossible unit',
      { metric: 'v', unit: 'kPa', levels: { red: { above: 1 } } },
      'rules.r.unit: cannot convert kPa to cm: they measure different things',
    ],
    [
      'a recovery beyond the limit',
      { metric: 'v', recover: 12, levels: { red: { above: 10 } } },
      'rules.r.levels.red.recover: 12 must lie below the limit 10',
    ],
    [
      'a recovery of two sides',
      { metric: 'v', recover: 5, levels: { red: { above: 10, below: 1 } } },
      'rules.r.levels.red.recover: has two sides to recover on (above and below); use deadband',
    ],
    [
      'deadbands that meet',
      { metric: 'v', deadband: 5, levels: { red: { above: 10, below: 1 } } },
      'rules.r.levels.red.deadband: leaves nothing between 1 and 10 to recover in',
    ],
    [
      'a recovery without a limit',
      { metric: 'b', recover: 5, levels: { red: { equals: true } } },
      'rules.r.levels.red.recover: needs a limit (above, below or curve) to recover from',
    ],
    [
      'a limit on a boolean',
      { metric: 'b', levels: { red: { above: 1 } } },
      'rules.r.levels.red: a limit needs a number; metric b is a boolean',
    ],
    [
      'a value that is none',
      { metric: 's', levels: { red: { equals: 'b' } } },
      'rules.r.levels.red.equals: "b" is not a value of metric s: a',
    ],
    [
      'a curve over nothing',
      { metric: 'v', levels: { red: { curve: { over: 'f', points: [[1, 1]] } } } },
      'rules.r.levels.red.curve.over: found "f", expected a metric of the point: v, b, s',
    ],
    [
      'a window of no length',
      { metric: 'v', levels: { red: { sum: '0s', above: 1 } } },
      'rules.r.levels.red.sum: must be longer than nothing',
    ],
    ['delays of a fault', { metric: 'v', for: '5s', stuck: { after: '1h' } }, 'rules.r.for: is for rules with levels'],
    [
      'a range of what is no number',
      { metric: 'b', range: { limits: [0, 5] } },
      'rules.r.range: limits and sentinels are for numbers; metric b is a boolean',
    ],
    [
      'a range that is none',
      { metric: 'v', range: { limits: [5, 5] } },
      'rules.r.range.limits: expected [low, high] with low below high',
    ],
    [
      'a time zone that is none',
      { metric: 'v', levels: { red: { above: 1 } }, schedule: [{ timezone: 'X/Y', levels: { red: { above: 2 } } }] },
      'rules.r.schedule[0].timezone: X/Y is not a time zone of the IANA list',
    ],
    [
      'a vote with a metric',
      { metric: 'v', vote: { points: ['p'], atLeast: 1, level: 'red' } },
      'rules.r.metric: is not for a rule with vote',
    ],
  ])('%s', (_what, rule, problem) => {
    expect(problems({ r: rule })).toEqual([problem]);
  });

  test('the other rules of such a document run all the same', () => {
    const p = bench(
      pointWith({
        bad: { metric: 'x', levels: { red: { above: 1 } } },
        good: { metric: 'v', levels: { red: { above: 1 } } },
      }),
    );
    expect(p.at(0, 2)).toEqual(['good: raised red @0']);
  });
});
