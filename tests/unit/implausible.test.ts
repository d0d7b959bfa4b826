import { describe, expect, test } from 'vitest';
import { hardlyMeant } from '../../src/model/hardly-meant.ts';
import { implausibleLimits } from '../../src/model/implausible.ts';
import { problemText } from '../../src/model/problem-words.ts';
import { hasLimits, ruleSchema, thresholdDocumentSchema } from '../../src/model/threshold.ts';

const point = {
  metrics: {
    depth: { type: 'number', unit: 'cm', range: [0, 300] },
    battery: { type: 'number', unit: '%', range: [0, 100] },
    free: { type: 'number', unit: 'cm' },
    wet: { type: 'boolean' },
  },
  reportEveryMs: 15_000,
} as const;

const found = (rule: object, more: object = {}) =>
  implausibleLimits({ rules: { r: ruleSchema.parse({ metric: 'depth', ...rule }), ...more } }, point).map(
    ({ path, code }) => `${path.slice(2).join('.')} ${code.replace(/^(limit|silence)-/, '')}`,
  );
const red = (criterion: object, rule: object = {}) => found({ ...rule, levels: { red: criterion } });

describe('limits that what can be measured never reaches, or never leaves', () => {
  test.each<[string, object, 'never' | 'always' | 'never-left' | null]>([
    ['above', { above: 25 }, null],
    ['above the range', { above: 9_999 }, 'never'],
    ['at its end', { above: 300 }, null],
    ['above its beginning', { above: 0 }, 'always'],
    ['above what is below it', { above: -5 }, 'always'],
    ['below', { below: 25 }, null],
    ['below the range', { below: -5 }, 'never'],
    ['at its beginning', { below: 0 }, null],
    ['below its end', { below: 300 }, 'always'],
    ['a mean above the range', { average: '1h', above: 301 }, 'never'],
    ['a sum above the range', { sum: '1h', above: 3_000 }, null],
    ['a rise beyond it', { rise: 301, within: '10m' }, 'never'],
    ['a rise within it', { rise: 300, within: '10m' }, null],
    ['a fall beyond it', { fall: 301, within: '10m' }, 'never'],
    ['equal to what is not in it', { equals: 301 }, 'never'],
    ['a curve above it', { curve: { over: 'f', points: [[1, 400] as const, [10, 500] as const] } }, 'never'],
    ['a curve partly above it', { curve: { over: 'f', points: [[1, 200] as const, [10, 500] as const] } }, null],
    ['one of several', { any: [{ above: 25 }, { above: 400 }] }, 'never'],
    ['both at once, which cannot be', { all: [{ above: 30 }, { below: 20 }] }, 'never'],
    ['both at once', { all: [{ above: 20 }, { below: 30 }] }, null],
    ['one side or the other, without anything between', { above: 20, below: 30 }, 'always'],
    ['one side or the other', { above: 30, below: 20 }, null],
    ['the same as a list', { any: [{ above: 20 }, { below: 30 }] }, 'always'],
  ])('%s', (_, criterion, reason) => {
    expect(red(criterion).map((text) => text.split(' ')[1])).toEqual(reason === null ? [] : [reason]);
  });

  test('a level that is never left again', () => {
    expect(red({ above: 10 }, { deadband: 20 })).toEqual(['deadband never-left']);
    expect(red({ above: 10, deadband: 10 })).toEqual(['levels.red.deadband never-left']);
    expect(red({ above: 10, deadband: 2 }, { deadband: 20 })).toEqual([]);
    expect(red({ below: 290 }, { deadband: 20 })).toEqual(['deadband never-left']);
    expect(red({ above: 10, recover: -1 })).toEqual(['levels.red.recover never-left']);
    expect(red({ above: 10, recover: 0 })).toEqual([]);
  });

  test('in another unit, by a range of the document’s own, in schedules, and only where there is a range', () => {
    expect(red({ above: 4 }, { unit: 'm' })).toEqual(['levels.red.above never']);
    expect(red({ above: 2.5 }, { unit: 'm' })).toEqual([]);
    const wider = { sensor: ruleSchema.parse({ metric: 'depth', range: { limits: [0, 1_000] } }) };
    expect(found({ levels: { red: { above: 400 } } }, wider)).toEqual([]);
    const night = [{ hours: ['22:00', '06:00'] as [string, string], levels: { red: { above: 400 } } }];
    expect(found({ levels: { red: { above: 40 } }, schedule: night })).toEqual(['schedule.0.levels.red.above never']);
    expect(red({ above: 9_999 }, { metric: 'free' })).toEqual([]);
    expect(red({ equals: true }, { metric: 'wet' })).toEqual([]);
    expect(red({ above: 1 }, { metric: 'gone' })).toEqual([]);
  });

  test('silence between any two reports, and what counts as stuck whatever it does', () => {
    expect(found({ metric: undefined, noData: { after: '15s' } })).toEqual(['noData.after between-reports']);
    expect(found({ metric: undefined, noData: { after: '16s' } })).toEqual([]);
    expect(found({ stuck: { after: '6h', tolerance: 300 } })).toEqual(['stuck.tolerance always']);
  });

  test('are told with the range, in both languages', () => {
    const document = thresholdDocumentSchema.parse({
      rules: { battery: { metric: 'battery', levels: { blue: { below: -5 } } } },
    });
    const [warning] = hardlyMeant(document, point);
    expect(warning).toEqual({
      path: ['rules', 'battery', 'levels', 'blue', 'below'],
      code: 'limit-never',
      values: { limit: 'below -5', low: 0, high: 100, unit: '%' },
    });
    if (warning === undefined) return;
    expect(problemText(warning, 'en')).toBe(
      'found below -5, which is never reached, expected a limit within what can be measured, 0 to 100 %',
    );
    expect(problemText(warning, 'zh')).toContain('0～100 %');
    expect(hardlyMeant(document, undefined)).toEqual([]);
  });
});

test('a document has limits when something is compared with one', () => {
  const rules = (rule: object) => thresholdDocumentSchema.parse({ rules: { r: rule } });
  expect(hasLimits({ rules: {} })).toBe(false);
  expect(hasLimits(rules({ noData: { after: '1m' } }))).toBe(false);
  expect(hasLimits(rules({ metric: 'depth', stuck: { after: '6h' } }))).toBe(false);
  expect(hasLimits(rules({ metric: 'depth', levels: { red: { above: 1 } } }))).toBe(true);
  expect(hasLimits(rules({ vote: { points: ['a', 'b'], atLeast: 2, level: 'red' } }))).toBe(true);
});
