import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatProblem } from '../../src/lib/errors.ts';
import { type Plan, planFor, planSchema } from '../../src/model/plan.ts';
import { readPlanFiles } from '../../src/registry/plan-files.ts';
import { temporaryFolder } from '../support/temporary.ts';

const STEPS = [{ id: 'look', type: 'patrol', do: '到场查看' }];
const plan = (id: string, applies: object = {}): Plan => planSchema.parse({ id, name: id, applies, steps: STEPS });

describe('the plan that applies', () => {
  const all = [
    plan('any'),
    plan('red', { levels: ['red'] }),
    plan('gas', { families: ['gas'] }),
    plan('town', { areas: ['town'] }),
    plan('market', { areas: ['market'] }),
    plan('market-gas', { areas: ['market'], families: ['gas'] }),
    plan('canteen', { points: ['canteen'] }),
    plan('canteen-red', { points: ['canteen'], levels: ['red'] }),
    plan('second', { points: ['canteen'] }),
  ];
  const found = (point: string, areas: string[], family: string, level: 'blue' | 'red') =>
    planFor(all, { point, areas, family, level })?.id;

  test('names the point, else the nearest area, else the family, else the level; of equals it is the first', () => {
    expect(found('canteen', ['market', 'town'], 'gas', 'red')).toBe('canteen-red');
    expect(found('canteen', ['market', 'town'], 'gas', 'blue')).toBe('canteen');
    expect(found('store', ['market', 'town'], 'gas', 'red')).toBe('market-gas');
    expect(found('store', ['market', 'town'], 'fire', 'red')).toBe('market');
    expect(found('store', ['riverside', 'town'], 'gas', 'red')).toBe('town');
    expect(found('store', ['elsewhere'], 'gas', 'red')).toBe('gas');
    expect(found('store', ['elsewhere'], 'fire', 'red')).toBe('red');
    expect(found('store', ['elsewhere'], 'fire', 'blue')).toBe('any');
  });

  test('may be none', () => {
    expect(planFor([plan('red', { levels: ['red'] })], { point: 'p', areas: [], family: 'gas', level: 'blue' })).toBe(
      undefined,
    );
  });
});

test('files: every mistake at once, each with its file and line, what was found and what is expected', () => {
  const folder = join(temporaryFolder(), 'plans');
  mkdirSync(folder);
  writeFileSync(
    join(folder, 'a.yaml'),
    [
      '- id: one',
      '  name: One',
      '  steps:',
      '    - { id: a, type: evacuate, do: leave }',
      '    - { id: b, type: dance, do: x }',
      '    - { id: c, type: stop, do: x, orders: li, confirms: wang, within: soon }',
    ].join('\n'),
  );
  writeFileSync(join(folder, 'b.yaml'), '- { id: two, name: Two, steps: [], phones: [{ name: x, number: none }] }');
  const texts = readPlanFiles(folder).problems.map(formatProblem);
  const places = texts.map((text) => /[ab]\.yaml:?\d*[^:]*: *([\w[\].]+)/.exec(text)?.[1] ?? text);
  expect(texts).toHaveLength(5);
  expect(places.join('\n')).toMatch(/steps\[0\][\s\S]*steps\[1\][\s\S]*steps\[2\][\s\S]*steps[\s\S]*phones/);
  writeFileSync(
    join(folder, 'a.yaml'),
    '- { id: two, name: x, steps: [{ id: s, type: patrol, do: x }, { id: s, type: patrol, do: y }] }',
  );
  writeFileSync(join(folder, 'b.yaml'), '- { id: two, name: x, steps: [{ id: s, type: patrol, do: x }] }');
  const repeated = readPlanFiles(folder).problems.map(formatProblem);
  expect(repeated).toHaveLength(2);
  expect(repeated.join('\n')).toMatch(/b\.yaml.*"two" again[\s\S]*a\.yaml.*"s" again/);
});

test('the sample plans are right, and each kind of step is in them', () => {
  const { plans, problems } = readPlanFiles('plans');
  expect(problems).toEqual([]);
  const types = new Set(plans.flatMap(({ steps }) => steps.map(({ type }) => type)));
  expect([...types].sort()).toEqual(['close', 'evacuate', 'inform', 'patrol', 'stop', 'switch']);
});
