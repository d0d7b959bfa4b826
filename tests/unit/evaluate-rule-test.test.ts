import { describe, expect, test } from 'vitest';
import { type RuleTestFailure, ruleTestSchema, runRuleTest } from '../../src/evaluate/rule-test.ts';
import { parseSeries } from '../../src/evaluate/rule-test-series.ts';

const DOCUMENT = {
  noData: false,
  rules: {
    depth: { metric: 'depth', levels: { yellow: { above: 15, for: '60s' }, red: { above: 40 } } },
    leak: { metric: 'wet', latch: true, levels: { blue: { equals: true } } },
  },
};
const METRICS = { depth: { unit: 'cm', range: [0, 100] }, wet: { type: 'boolean' } };

function run(test: Readonly<Record<string, unknown>>): string[] {
  const parsed = ruleTestSchema.parse({ name: 'n', document: DOCUMENT, metrics: METRICS, every: '30s', ...test });
  const document = parsed.document ?? { rules: {} };
  return runRuleTest(parsed, { document, metrics: {}, reportEveryMs: undefined }).map(failureText);
}

function failureText({ path, at, expected, found }: RuleTestFailure): string {
  return `${path.join('.')} at ${at}: expected ${expected}; found ${found}`;
}

describe('series in the compact notation', () => {
  const samples = (text: string) => {
    const parsed = parseSeries(text, 1_000);
    if ('problem' in parsed) return parsed.problem;
    return parsed.samples.map(({ tsMs, arrivesMs, value }) => {
      const shown = typeof value === 'object' && value !== null ? value.text : value;
      return tsMs === arrivesMs ? `${shown}@${tsMs / 1_000}` : `${shown}@${tsMs / 1_000}>${arrivesMs / 1_000}`;
    });
  };

  test.each<[string, string[]]>([
    ['5 -0.5 1e-3', ['5@0', '-0.5@1', '0.001@2']],
    ['20x3', ['20@0', '20@1', '20@2']],
    ['0.1+0.1x3 10-1.5x2', ['0.1@0', '0.2@1', '0.3@2', '10@3', '8.5@4']],
    ['1 _ 2 _x3 3', ['1@0', '2@2', '3@6']],
    ["true false 'two words' 'a'x2", ['true@0', 'false@1', 'two words@2', 'a@3', 'a@4']],
    ['1 nullx2 bad', ['1@0', 'null@1', 'null@2', 'bad@3']],
    ['7 = _ =x2', ['7@0', '7@0>1', '7@0>3', '7@0>4']],
    ['1 7@-1h 8@+30s', ['1@0', '7@-3599>1', '8@32>2']],
    ['1 7>2m 8x2>500ms', ['1@0', '7@1>121', '8@2>2.5', '8@3>3.5']],
    ['7@-1m>10s', ['7@-60>10']],
  ])('%s', (text, expected) => {
    expect(samples(text)).toEqual(expected);
  });

  test.each([
    ['5 20y3', '20y3'],
    ['=', '='],
    ['5@1h', '5@1h'],
    ['5>soon', '5>soon'],
    ["'open", "'open"],
    ['1x9999999', '1x9999999'],
  ])('%s has a mistake', (text, token) => {
    expect(samples(text)).toBe(token);
  });
});

describe('a rule test', () => {
  test('passes when alerts and log are as written', () => {
    expect(
      run({
        input: { depth: '15x3 41 10', wet: 'true false' },
        resets: [{ at: '40s', rule: 'leak' }],
        expect: [
          { at: '0s', alerts: { leak: { level: 'blue', value: true } } },
          { at: '35s', alerts: { leak: { level: 'blue', recovered: true, since: '0s' } } },
          { at: '59s', alerts: {} },
          { at: '60s', alerts: { depth: 'yellow' } },
          { at: '90s', alerts: { depth: { level: 'red', limit: 40, value: 41, since: '60s' } } },
          { at: '2m', alerts: {} },
        ],
        log: [
          '0s leak raised blue',
          '30s leak recovered blue',
          '1m depth raised yellow',
          '90s depth escalated red',
          '120s depth cleared red',
        ],
      }),
    ).toEqual([]);
  });

  test('says at which time which alert was expected and which was found', () => {
    expect(
      run({
        input: { depth: '15x3', wet: 'true false' },
        expect: [
          { at: '30s', alerts: { depth: 'yellow', leak: 'blue' } },
          { at: '60s', alerts: { depth: { level: 'yellow', since: '1m', value: 14 } } },
        ],
      }),
    ).toEqual([
      'expect.0.alerts.depth at 30s: expected depth yellow; found no alert of depth',
      'expect.0.alerts.leak at 30s: expected leak blue; found leak blue, recovered',
      'expect.1.alerts.depth at 60s: expected depth yellow, value 14, since 1m; found depth yellow, value 15, since 1m',
      'expect.1.alerts at 60s: expected no alert of leak; found leak blue, recovered, value true, limit true, since 0s',
    ]);
  });

  test('says which lines of the log are missing and which too many', () => {
    const input = { depth: '15x4 0 41 0' };
    const log = [
      '60s depth raised yellow',
      '120s depth cleared yellow',
      '150s depth raised red',
      '180s depth cleared red',
    ];
    expect(run({ input, log })).toEqual([]);
    expect(run({ input, log: log.toSpliced(1, 1) })).toEqual([
      'log.1 at 2m: expected nothing more here; found 2m depth cleared yellow',
    ]);
    expect(run({ input, log: log.toSpliced(1, 0, '90s depth escalated red') })).toEqual([
      'log.1 at 1m30s: expected 1m30s depth escalated red; found nothing of the kind',
    ]);
    expect(run({ input, log: log.with(2, '151s depth raised red') })).toEqual([
      'log.2 at 2m31s: expected 2m31s depth raised red; found 2m30s depth raised red',
    ]);
    expect(run({ input, log: log.slice(0, 3) })).toEqual([
      'log.2 at 3m: expected nothing more here; found 3m depth cleared red',
    ]);
  });

  test('late samples, batches and delays of arrival reach evaluation as they would from a device', () => {
    expect(
      run({
        input: { depth: '5x10 20@-2m 5' },
        batches: [{ at: '10m', from: '5m', every: '10s', input: { depth: '5x20 50x2 5' } }],
        log: ['3m depth retrospective yellow', '8m20s depth raised red', '8m40s depth cleared red'],
      }),
    ).toEqual([]);
    expect(
      run({
        input: { depth: '41>10m' },
        expect: [
          { at: '599s', alerts: {} },
          { at: '10m', alerts: { depth: 'red' } },
        ],
      }),
    ).toEqual([]);
    expect(
      run({
        input: { depth: '5x3' },
        batches: [{ at: '2m', from: '0s', input: { depth: '41@-1h' } }],
        log: ['-1h depth retrospective red'],
      }),
    ).toEqual([]);
  });

  test('what the sensor cannot measure is bad, by the metrics given', () => {
    expect(
      run({
        input: { depth: '50 101 bad 50', wet: 'true x'.replace('x', "'x'") },
        log: [
          '0s depth raised red',
          '0s leak raised blue',
          '30s depth unverified red',
          '30s leak unverified blue',
          '30s range-depth raised blue',
          '30s range-wet raised blue',
          '90s depth verified red',
          '90s range-depth cleared blue',
        ],
      }),
    ).toEqual([]);
  });

  test('a message at the moment of a deadline comes before its tick', () => {
    expect(run({ input: { depth: '15 15 14' }, log: [] })).toEqual([]);
  });

  test('mistakes of the test itself are said', () => {
    expect(run({ input: { rain: '5', depth: '5 y' }, log: [] })).toEqual([
      'input.rain at undefined: expected a metric of the point: depth, wet; found "rain"',
      'input.depth at undefined: expected samples such as 5, 20x10, 0+2x5, _x3, null, bad, =, 7@-1h, 7>2m; found "y"',
    ]);
    expect(run({ input: { wet: 'true' }, resets: [{ at: '1s', rule: 'leak' }], log: ['0s leak raised blue'] })).toEqual(
      ['resets.0 at 1s: expected an alert of leak to reset; found still-breaching'],
    );
  });

  test.each<[object, string]>([
    [{ document: undefined, log: [] }, 'exactly one of point, template and document'],
    [{}, 'expect or log, or nothing is tested'],
    [{ log: ['soon depth raised red'] }, 'a line such as'],
    [{ log: ['1m depth raised purple'] }, 'a line such as'],
    [{ log: [], parameters: { x: 1 } }, 'a template, whose parameters they are'],
    [{ input: { depth: 6 }, log: [] }, 'in quotes when YAML takes it for something else'],
  ])('%j is refused', (spec, message) => {
    const parsed = ruleTestSchema.safeParse({ name: 'n', document: DOCUMENT, metrics: METRICS, ...spec });
    expect(JSON.stringify(parsed.error?.issues)).toContain(message);
  });
});
