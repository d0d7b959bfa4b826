import { expect, test } from 'vitest';
import { callPath } from '../../src/model/call-path.ts';

test('a call is made by its name; ids are escaped, whatever they are', () => {
  expect(callPath('GET /points')).toEqual({ method: 'GET', path: '/points' });
  expect(
    callPath('POST /points/{id}/thresholds/revisions/{revision}/restore', { id: '测点/1 ?', revision: 3 }),
  ).toEqual({
    method: 'POST',
    path: '/points/%E6%B5%8B%E7%82%B9%2F1%20%3F/thresholds/revisions/3/restore',
  });
});

test('of a query what is not given is left out, and false and 0 are given', () => {
  const query = { area: 'a&b', family: null, state: undefined, after: 0, documents: false };
  expect(callPath('GET /points', {}, query).path).toBe('/points?area=a%26b&after=0&documents=false');
  expect(callPath('GET /points', {}, { area: null }).path).toBe('/points');
});
