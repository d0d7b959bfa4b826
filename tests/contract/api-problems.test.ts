import { describe, expect, test } from 'vitest';
import { PROBLEMS } from '../../src/api/problems.ts';
import { fixture } from './api-fixture.ts';

const THRESHOLDS = '/points/underpass-01/thresholds';
const NESTED = `{"rules":{"r":{"metric":"depth","levels":{"red":${'{"any":['.repeat(5_000)}{"above":1}${']}'.repeat(5_000)}}}}}`;
const JSON_TYPE = { 'content-type': 'application/json' };

describe('every failure is a problem document', () => {
  test.each([
    ['an unknown route', 'GET', '/nope', {}, undefined, 404, 'not-found'],
    ['a method a route does not have', 'DELETE', '/points', {}, undefined, 404, 'not-found'],
    ['a broken address', 'GET', '/points/%ZZ', {}, undefined, 400, 'bad-request'],
    ['an unknown point', 'GET', '/points/nowhere', {}, undefined, 404, 'unknown-point'],
    ['an unknown alert', 'GET', '/alerts/none', {}, undefined, 404, 'unknown-alert'],
    ['broken JSON', 'POST', '/tokens', JSON_TYPE, '{"name":', 400, 'bad-json'],
    ['a poisoned prototype', 'POST', '/tokens', JSON_TYPE, '{"__proto__":{"role":"admin"}}', 400, 'bad-json'],
    ['a form', 'POST', '/tokens', { 'content-type': 'text/plain' }, 'name=x', 415, 'unsupported-media-type'],
    ['a huge body', 'POST', '/tokens', JSON_TYPE, `"${'x'.repeat(1_100_000)}"`, 413, 'body-too-large'],
    ['a document nested without end', 'PUT', THRESHOLDS, JSON_TYPE, NESTED, 400, 'validation-failed'],
    ['a parameter nobody knows', 'GET', '/points?stat=red', {}, undefined, 400, 'validation-failed'],
    ['a state that is none', 'GET', '/points?state=purple', {}, undefined, 400, 'validation-failed'],
    ['a limit of nothing', 'GET', '/alerts?limit=0', {}, undefined, 400, 'validation-failed'],
    ['a limit without end', 'GET', '/alerts?limit=100000', {}, undefined, 400, 'validation-failed'],
    ['a cursor of one’s own making', 'GET', '/alerts?cursor=abc', {}, undefined, 400, 'bad-cursor'],
    ['a cursor of another list', 'GET', '/alerts?cursor=MTIz', {}, undefined, 400, 'bad-cursor'],
    ['a time without a zone', 'GET', '/alerts?from=2026-07-01T08:00:00', {}, undefined, 400, 'validation-failed'],
    ['a plain GET of the live channel', 'GET', '/live', {}, undefined, 426, 'upgrade-required'],
  ] as const)('%s', async (_what, method, path, headers, payload, status, code) => {
    const { app, tokens } = await fixture();
    const answer = await app.inject({
      method,
      url: `/api/v1${path}`,
      headers: { ...headers, authorization: `Bearer ${tokens.admin}` },
      ...(payload === undefined ? {} : { payload }),
    });
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.json()).toMatchObject({ type: `urn:brink:problem:${code}`, status, code });
    expect(answer.statusCode).toBe(status);
    expect(PROBLEMS[code].status).toBe(status);
    expect(answer.body).not.toMatch(/\.ts\b|\bat \S+ \(|node_modules|FST_/);
  });

  test('of our own mistakes nothing is told but a number to find them by', async () => {
    const { app, tokens, state } = await fixture();
    Object.defineProperty(state, 'areas', {
      get: () => {
        throw new Error('secret reason');
      },
    });
    const answer = await app.inject({ url: '/api/v1/areas', headers: { authorization: `Bearer ${tokens.admin}` } });
    expect([answer.statusCode, answer.json().code]).toEqual([500, 'internal']);
    expect(answer.json().requestId).toBeTypeOf('string');
    expect(answer.body).not.toContain('secret');
  });

  test('validation names every field that is wrong', async () => {
    const { app, tokens } = await fixture();
    const answer = await app.inject({
      method: 'POST',
      url: '/api/v1/users',
      headers: { authorization: `Bearer ${tokens.admin}` },
      payload: { username: '', role: 'emperor', password: 'short', shoe: 1 },
    });
    expect(answer.statusCode).toBe(400);
    const paths = (answer.json().errors as { path: string }[]).map(({ path }) => path);
    expect(new Set(paths)).toEqual(new Set(['/username', '/role', '/password', '']));
  });

  test('of a value that may take several forms the nearest one is explained', async () => {
    const { app, tokens } = await fixture();
    const answer = await app.inject({
      method: 'PUT',
      url: '/api/v1/points/canteen-gas/thresholds',
      headers: { authorization: `Bearer ${tokens.admin}`, 'if-match': '"0"' },
      payload: {
        rules: {
          'not an id': { noData: false },
          silent: { noData: { after: 5 } },
          gas: { metric: 'ch4', levels: { red: { any: [{ above: 1 }, { abve: 2 }] } } },
          nothing: { metric: 'ch4' },
        },
      },
    });
    expect(answer.statusCode).toBe(400);
    const paths = (answer.json().errors as { path: string }[]).map(({ path }) => path);
    for (const path of [
      '/rules/not an id',
      '/rules/silent/noData/after',
      '/rules/gas/levels/red/any/1',
      '/rules/nothing',
    ]) {
      expect(paths).toContain(path);
    }
  });

  test.each([
    ['zh-CN,zh;q=0.9,en;q=0.8', 'zh', '监测点不存在'],
    ['en-GB', 'en', 'There is no such monitoring point'],
    ['fr', 'en', 'There is no such monitoring point'],
    [undefined, 'en', 'There is no such monitoring point'],
  ])('in the language of the reader: %s', async (header, language, title) => {
    const { app, tokens } = await fixture();
    const answer = await app.inject({
      url: '/api/v1/points/nowhere',
      headers: {
        authorization: `Bearer ${tokens.viewer}`,
        ...(header === undefined ? {} : { 'accept-language': header }),
      },
    });
    expect(answer.json().title).toBe(title);
    expect(answer.headers['content-language']).toBe(language);
  });
});

test('nothing the API answers is kept by caches', async () => {
  const { app, tokens } = await fixture();
  const answer = await app.inject({ url: '/api/v1/alerts', headers: { authorization: `Bearer ${tokens.viewer}` } });
  expect(answer.headers['cache-control']).toBe('no-store');
});
