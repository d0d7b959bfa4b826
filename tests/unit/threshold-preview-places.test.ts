import { expect, test } from 'vitest';
import { problemPlace } from '../../src/api/threshold-problems.ts';

const DOCUMENT = {
  rules: {
    depth: { metric: 'depth', levels: { red: { any: [{ above: 1 }, { rise: 2 }] } } },
    'a.b/c: d': { levels: {}, vote: { points: ['x'] } },
    a: {},
  },
};

test.each([
  ['rules.depth.levels.red: never', '/rules/depth/levels/red', 'never'],
  ['rules.depth.levels.red.any[1]: never: ever', '/rules/depth/levels/red/any/1', 'never: ever'],
  ['rules.depth.unit: unknown unit', '/rules/depth/unit', 'unknown unit'],
  ['rules.a.b/c: d.vote.points[0]: found "x"', '/rules/a.b~1c: d/vote/points/0', 'found "x"'],
  ['rules.a.metric: none', '/rules/a/metric', 'none'],
  ['there is no point p', '', 'there is no point p'],
  ['', '', ''],
])('%s stands at %s', (problem, path, message) => {
  expect(problemPlace(DOCUMENT, problem)).toEqual({ path, message });
});
