import { describe, expect, test } from 'vitest';
import { LINES_TYPE } from '../../src/model/progress.ts';
import type { ThresholdDocument } from '../../src/model/threshold.ts';
import { type Fixture, fixture } from './api-fixture.ts';

const URL = '/api/v1/points/underpass-01/thresholds';
const DOCUMENT: ThresholdDocument = {
  rules: {
    depth: {
      metric: 'depth',
      unit: 'cm',
      levels: {
        blue: { above: 10 },
        orange: { any: [{ above: 25 }, { rise: 8, within: '10m' }] },
        red: { above: 40, for: '10s', label: '一级报警' },
      },
      deadband: 2,
      recoverFor: '5m',
    },
    silent: { noData: { after: '15m', level: 'yellow' } },
  },
  source: { standard: 'GB 51222', verifiedBy: null },
};

function read(made: Fixture, headers: Record<string, string> = {}) {
  return made.app.inject({ url: URL, headers: { authorization: `Bearer ${made.tokens.viewer}`, ...headers } });
}

function put(made: Fixture, ifMatch: string | undefined, payload: object = DOCUMENT, url = URL) {
  return made.app.inject({
    method: 'PUT',
    url,
    headers: {
      authorization: `Bearer ${made.tokens.engineer}`,
      ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
    },
    payload,
  });
}

test('what is put can be read back, and every revision is kept with who and why', async () => {
  const made = await fixture();
  const before = await read(made);
  expect([before.statusCode, before.headers.etag, before.json()]).toEqual([200, '"0"', { rules: {} }]);
  const first = await put(made, '"0"', DOCUMENT, `${URL}?reason=${encodeURIComponent('汛期')}`);
  expect([first.statusCode, first.headers.etag, first.json()]).toEqual([200, '"1"', DOCUMENT]);
  const after = await read(made);
  expect([after.headers.etag, after.json()]).toEqual(['"1"', DOCUMENT]);
  // What was read can be put back as it is.
  expect((await put(made, after.headers.etag, after.json())).headers.etag).toBe('"2"');
  const headers = { authorization: `Bearer ${made.tokens.viewer}` };
  const revisions = (await made.app.inject({ url: `${URL}/revisions`, headers })).json();
  expect(revisions.items).toMatchObject([
    { revision: 2, author: 'token:engineer', reason: null },
    { revision: 1, author: 'token:engineer', reason: '汛期', document: DOCUMENT, at: made.clock.nowMs() },
  ]);
});

test('levels in the wrong order are put in force and told, with a header that any client can read', async () => {
  const made = await fixture();
  const document = { rules: { 液位: { metric: 'depth', levels: { yellow: { above: 25 }, red: { above: 15 } } } } };
  const answer = await put(made, '"0"', document);
  expect([answer.statusCode, answer.json()]).toEqual([200, document]);
  const header = String(answer.headers['x-brink-warnings']);
  expect(header).toMatch(/^[ -~]+$/);
  expect(JSON.parse(header)).toEqual([
    {
      path: '/rules/液位/levels/red',
      message: expect.stringContaining('easier to reach than yellow'),
      code: 'level-easier',
    },
  ]);
  expect((await put(made, '"1"', DOCUMENT)).headers['x-brink-warnings']).toBeUndefined();
  const never = await put(made, '"2"', { rules: { d: { metric: 'depth', levels: { red: { above: 9_999 } } } } });
  expect(JSON.parse(String(never.headers['x-brink-warnings']))).toEqual([
    { path: '/rules/d/levels/red/above', code: 'limit-never', message: expect.stringContaining('0 to 300 cm') },
  ]);
});

describe('If-Match', () => {
  test('without it nothing is changed', async () => {
    const made = await fixture();
    const answer = await put(made, undefined);
    expect(answer.json()).toMatchObject({ status: 428, code: 'if-match-required', revision: 0 });
    expect(made.state.revisions.size).toBe(0);
  });

  test('a lost race names the revision that won', async () => {
    const made = await fixture();
    await put(made, '"0"');
    const answer = await put(made, '"0"');
    expect(answer.json()).toMatchObject({ status: 412, code: 'revision-lost-race', revision: 1 });
    expect(answer.headers.etag).toBe('"1"');
    expect(made.state.revisions.get('underpass-01')?.length).toBe(1);
  });

  test('of two who write at the same time one wins', async () => {
    const made = await fixture();
    const answers = await Promise.all([put(made, '"0"'), put(made, '"0"'), put(made, '"0"')]);
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, 412, 412]);
  });

  test.each([
    ['W/"1"', 200],
    ['*', 200],
    ['"7", "1"', 200],
    ['"01"', 412],
    ['"7", W/"8"', 412],
    ['1', 400],
    ['""', 412],
    ['"1', 400],
  ])('%s against revision 1 gives %i', async (ifMatch, status) => {
    const made = await fixture();
    await put(made, '"0"');
    expect((await put(made, ifMatch)).statusCode).toBe(status);
  });
});

test.each([
  ['"1"', 304],
  ['W/"1"', 304],
  ['*', 304],
  ['"2"', 200],
])('If-None-Match %s gives %i', async (header, status) => {
  const made = await fixture();
  await put(made, '"0"');
  const answer = await read(made, { 'if-none-match': header });
  expect([answer.statusCode, answer.headers.etag]).toEqual([status, '"1"']);
  if (status === 304) expect(answer.body).toBe('');
});

test('what evaluation could not run is refused with its reasons', async () => {
  const made = await fixture();
  const answer = await put(made, '"0"', { rules: { x: { metric: 'unobtainium', levels: { red: { above: 1 } } } } });
  expect(answer.json()).toMatchObject({
    status: 422,
    code: 'threshold-invalid',
    errors: [
      {
        path: '/rules/x/metric',
        message: 'found "unobtainium", expected a metric of the point: depth',
        code: 'unknown-metric',
        values: { metric: 'unobtainium', known: ['depth'], more: 0 },
      },
    ],
  });
  expect(made.state.revisions.size).toBe(0);
});

test('what is wrong is said down to the field in the language of the reader, and to programs by code', async () => {
  const made = await fixture();
  const call = async (method: 'PUT' | 'PATCH', url: string, payload: object, language: string) => {
    const headers = { authorization: `Bearer ${made.tokens.engineer}`, 'if-match': '"0"', 'accept-language': language };
    return (await made.app.inject({ method, url, headers, payload })).json();
  };
  const soon = { rules: { 'a/b': {}, x: { metric: 'depth', for: 'soon', levels: { red: { above: 1 } } } } };
  const inverted = { rules: { x: { metric: 'depth', levels: { yellow: { above: 25 }, red: { above: 15 } } } } };
  const refused = (code: string, path: string, message: unknown) =>
    expect.objectContaining({ errors: expect.arrayContaining([expect.objectContaining({ code, path, message })]) });
  for (const [language, words, order] of [
    ['en', 'expected a duration such as 500ms, 30s, 10m, 8h or 1h30m', /easier to reach/],
    ['zh', '应为时长，如 500ms、30s、10m、8h 或 1h30m', /红色比黄色更容易达到/],
  ] as const) {
    const answer = await call('PUT', URL, soon, language);
    expect(answer).toEqual(refused('no-duration', '/rules/x/for', words));
    expect(answer).toEqual(refused('key-refused', '/rules/a~1b', expect.any(String)));
    const items = [{ point: 'underpass-01', revision: 0, document: inverted }];
    const looked = await call('PATCH', '/api/v1/thresholds?dryRun=true', { items }, language);
    expect(looked.items[0].warnings[0]).toMatchObject({
      code: 'level-easier',
      path: '/rules/x/levels/red',
      message: expect.stringMatching(order),
    });
  }
});

test('an unknown point has no thresholds', async () => {
  const made = await fixture();
  const url = '/api/v1/points/nowhere/thresholds';
  expect((await put(made, '"0"', DOCUMENT, url)).json()).toMatchObject({ status: 404, code: 'unknown-point' });
  const headers = { authorization: `Bearer ${made.tokens.viewer}` };
  for (const path of [url, `${url}/revisions`]) {
    expect((await made.app.inject({ url: path, headers })).statusCode).toBe(404);
  }
});

test('what fails after it was told how far it is is the last line', async () => {
  const made = await fixture();
  const ask = (headers: Record<string, string>) =>
    made.app.inject({
      url: `${URL}/advice?rule=depth`,
      headers: { authorization: `Bearer ${made.tokens.operator}`, 'accept-language': 'zh-CN', ...headers },
    });
  const plain = await ask({});
  expect([plain.statusCode, plain.json().code]).toEqual([503, 'busy']);
  const { statusCode, body } = await ask({ accept: LINES_TYPE });
  const lines = body
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as object);
  expect([statusCode, lines]).toEqual([200, [{ share: 0.25 }, { problem: plain.json() }]]);
});
