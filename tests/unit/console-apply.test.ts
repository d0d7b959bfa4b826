import { describe, expect, test } from 'vitest';
import {
  type ApplyMove,
  applyMove,
  documentAfter,
  isComplete,
  metricGap,
  NOTHING_CHOSEN,
  narrowest,
  wishesOf,
} from '../../src/console/templates/apply.ts';
import type { Template } from '../../src/model/template.ts';

const TEMPLATE: Template = {
  id: 'blasting',
  name: { zh: '爆破振动', en: 'Blasting' },
  standard: 'GB 6722',
  source: {},
  verifiedBy: null,
  applies: { family: 'vibration', metric: 'ppv', unit: 'mm/s', with: ['frequency'] },
  parameters: [{ id: 'limit', name: { zh: '限值', en: 'Limit' }, at: ['rules', 'ppv', 'levels', 'red', 'above'] }],
  document: { rules: { ppv: { metric: 'ppv', levels: { red: { above: 1 } } } } },
};
const point = (family: string, ...metrics: readonly string[]) => ({
  family,
  metrics: Object.fromEntries(metrics.map((metric) => [metric, {}])),
});
const afterMoves = (...moves: readonly ApplyMove[]) => moves.reduce(applyMove, NOTHING_CHOSEN);

describe('a template on its way onto points', () => {
  test('goes step by step, and past neither end', () => {
    expect(afterMoves({ go: 'on' }).step).toBe('values');
    expect(afterMoves({ go: 'on' }, { go: 'on' }, { go: 'on' }).step).toBe('difference');
    expect(afterMoves({ go: 'on' }, { go: 'back' }, { go: 'back' }).step).toBe('points');
  });

  test('asks for what was filled in, and for a point’s own figures only where there are some', () => {
    const choice = afterMoves({
      set: { chosen: ['a', 'b'], common: { limit: 10, other: null }, own: new Map([['b', { limit: 12 }]]) },
    });
    expect(wishesOf(choice)).toEqual({
      points: [{ point: 'a' }, { point: 'b', parameters: { limit: 12 } }],
      parameters: { limit: 10 },
      metrics: {},
      mode: 'merge',
    });
    const limitOf = (id: string) => documentAfter(choice, TEMPLATE, id, { rules: {} }).rules.ppv?.levels?.red;
    expect([limitOf('a'), limitOf('b')]).toEqual([{ above: 10 }, { above: 12 }]);
  });

  test('is complete when every point has every figure and every metric', () => {
    const fitting = [point('vibration', 'ppv', 'frequency')];
    const chosen = { chosen: ['a', 'b'], common: { limit: 10 } };
    expect(isComplete(afterMoves({ set: chosen }), TEMPLATE, fitting)).toBe(true);
    expect(isComplete(afterMoves({ set: { ...chosen, common: { limit: null } } }), TEMPLATE, fitting)).toBe(false);
    const own = new Map([['a', { limit: 1 }]]);
    expect(isComplete(afterMoves({ set: { chosen: ['a', 'b'], own } }), TEMPLATE, fitting)).toBe(false);
    expect(isComplete(afterMoves({ set: { chosen: ['a'], own } }), TEMPLATE, fitting)).toBe(true);
  });

  test('names the metrics that points call otherwise until somebody has said how', () => {
    const points = [point('vibration', 'ppv', 'frequency'), point('vibration', 'ppv', 'hz')];
    expect(metricGap(TEMPLATE, points, {})).toEqual(['frequency']);
    expect(metricGap(TEMPLATE, points.slice(1), { frequency: 'hz' })).toEqual([]);
  });

  test('looks at no more documents than it must', () => {
    expect(narrowest(TEMPLATE, [point('vibration', 'ppv')], {})).toEqual({ metric: 'ppv' });
    expect(narrowest(TEMPLATE, [point('crack', 'v')], {})).toEqual({ family: 'crack' });
    expect(narrowest(TEMPLATE, [point('crack', 'v'), point('vibration', 'ppv')], {})).toEqual({});
  });
});
