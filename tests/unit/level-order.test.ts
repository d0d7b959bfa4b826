import { describe, expect, test } from 'vitest';
import { documentWarnings } from '../../src/api/threshold-changes.ts';
import { levelOrderWarnings } from '../../src/model/level-order.ts';
import { type LevelRule, type Rule, ruleSchema } from '../../src/model/threshold.ts';

const told = (rule: object) =>
  levelOrderWarnings({ r: ruleSchema.parse({ metric: 'm', ...rule }) }).map(
    ({ path, code, values }) => `${path.slice(2).join('.')} ${values.level} ${values.than} ${code}`,
  );
const order = (yellow: LevelRule, red: LevelRule, rule: Partial<Rule> = {}) =>
  told({ ...rule, levels: { yellow, red } });

const curve = (...points: [number, number][]) => ({ curve: { over: 'f', points } });

describe('a level that is easier to reach than a less severe one is told', () => {
  const LIMIT = ['levels.red red yellow level-easier'];
  const DELAY = ['levels.red red yellow level-sooner'];
  test.each<[string, LevelRule, LevelRule, string[]]>([
    ['above', { above: 25 }, { above: 15 }, LIMIT],
    ['in order', { above: 15 }, { above: 25 }, []],
    ['the same limit', { above: 15 }, { above: 15 }, []],
    ['the same limit, sooner', { above: 15, for: '60s' }, { above: 15, for: '10s' }, DELAY],
    ['a higher limit, sooner', { above: 15, for: '60s' }, { above: 25 }, []],
    ['below', { below: 10 }, { below: 18 }, LIMIT],
    ['below, in order', { below: 18 }, { below: 10 }, []],
    ['one side of two', { above: 23, below: 19.5 }, { above: 25, below: 20 }, LIMIT],
    ['another side', { above: 23 }, { below: 19.5 }, []],
    ['rise', { rise: 8, within: '10m' }, { rise: 5, within: '10m' }, LIMIT],
    ['the same rise within longer', { rise: 8, within: '10m' }, { rise: 8, within: '20m' }, LIMIT],
    ['a higher rise within longer', { rise: 8, within: '10m' }, { rise: 9, within: '20m' }, []],
    ['fall', { fall: 8, within: '10m' }, { fall: 5, within: '600s' }, LIMIT],
    ['average', { average: '8h', above: 30 }, { average: '8h', above: 20 }, LIMIT],
    ['averages of other windows', { average: '8h', above: 30 }, { average: '1h', above: 20 }, []],
    ['curve', curve([10, 5], [50, 15]), curve([10, 4], [50, 10]), LIMIT],
    ['curves that cross', curve([10, 5], [50, 15]), curve([10, 6], [50, 10]), LIMIT],
    ['curves in order', curve([10, 5], [50, 15]), curve([20, 20]), []],
    ['one of several', { above: 25 }, { any: [{ rise: 8, within: '10m' }, { above: 20 }] }, LIMIT],
    ['more than one criterion before', { any: [{ above: 25 }, { above: 10 }] }, { above: 15 }, []],
    ['all of several, harder', { above: 25 }, { all: [{ above: 25 }, { rise: 8, within: '10m' }] }, []],
    ['all of several, easier', { all: [{ above: 25 }, { above: 30 }] }, { above: 25 }, LIMIT],
    ['a state, sooner', { equals: true, for: '60s' }, { equals: true }, DELAY],
  ])('%s', (_, yellow, red, expected) => {
    expect(order(yellow, red)).toEqual(expected);
  });

  test('once for each level, against the nearest; by schedule too; delays of the rule count', () => {
    const levels = { blue: { above: 40 }, yellow: { above: 25 }, orange: { above: 30 }, red: { above: 20 } };
    expect(
      told({ levels, schedule: [{ hours: ['18:00', '24:00'], levels: { blue: { above: 9 }, red: { above: 8 } } }] }),
    ).toEqual([
      'levels.yellow yellow blue level-easier',
      'levels.orange orange blue level-easier',
      'levels.red red orange level-easier',
      'schedule.0.levels.red red blue level-easier',
    ]);
    expect(order({ above: 15 }, { above: 15, for: '5s' }, { for: '60s' })).toEqual(DELAY);
    expect(order({ above: 15 }, { above: 15, for: '90s' }, { for: '60s' })).toEqual([]);
  });

  test('with its place and what both levels say', () => {
    const rules = {
      '液位/a': { metric: 'm', for: '10s', levels: { yellow: { above: 25 }, red: { above: 15, label: 'x' } } },
    };
    expect(documentWarnings({ rules }, undefined)).toEqual([
      {
        path: '/rules/液位~1a/levels/red',
        message:
          'found red (above 15, for 10s), which is easier to reach than yellow (above 25, for 10s), expected yellow before red',
        code: 'level-easier',
        values: { level: 'red', than: 'yellow', found: 'above 15, for 10s', other: 'above 25, for 10s' },
      },
    ]);
  });
});
