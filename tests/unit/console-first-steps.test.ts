import { expect, test } from 'vitest';
import { type Progress, stepStates } from '../../src/console/first-steps/steps.ts';

const NOTHING: Progress = { areas: 0, devices: 0, heard: 0, hasLimit: false, users: 1 };

test.each<[string, Partial<Progress>, string]>([
  ['an empty site', {}, 'site'],
  ['a site without parts: they may be left out', { areas: 1 }, 'device'],
  ['a device that nobody has heard', { areas: 2, devices: 1 }, 'reading'],
  ['readings', { areas: 2, devices: 1, heard: 1 }, 'limit'],
  ['a limit before any reading', { areas: 2, devices: 1, hasLimit: true }, 'reading'],
  ['limits', { areas: 2, devices: 1, heard: 1, hasLimit: true }, 'people'],
  ['who may not see the users', { areas: 2, devices: 1, heard: 1, hasLimit: true, users: null }, 'people'],
])('%s', (_what, progress, next) => {
  const states = Object.entries(stepStates({ ...NOTHING, ...progress }));
  expect(states.filter(([, state]) => state === 'next').map(([step]) => step)).toEqual([next]);
});

test('all of it', () => {
  const states = stepStates({ areas: 2, devices: 1, heard: 1, hasLimit: true, users: 2 });
  expect(new Set(Object.values(states))).toEqual(new Set(['done']));
});
