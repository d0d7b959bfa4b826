import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Access } from '../../src/api/auth.ts';
import { mayAct, ROLES } from '../../src/model/roles.ts';
import { until } from '../support/until.ts';
import { alert, type Fixture, fixture } from './api-fixture.ts';

/**
 * The least role each call needs, as CONTRACT.md and README promise it. `open`: anybody; `device`: a device with its own
 * credentials, or a token of an engineer, and never a cookie.
 */
const NEEDS: Record<string, Access> = {
  'GET /health': 'open',
  'GET /metrics': 'open',
  'GET /version': 'viewer',
  'GET /system': 'viewer',
  'GET /sources': 'engineer',
  'PUT /sources/{name}': 'engineer',
  'DELETE /sources/{name}': 'engineer',
  'POST /sources/{name}/test': 'engineer',
  'GET /sources/{name}/revisions': 'engineer',
  'POST /session': 'open',
  'DELETE /session': 'viewer',
  'GET /me': 'viewer',
  'POST /me/password': 'viewer',
  'GET /users': 'admin',
  'POST /users': 'admin',
  'PATCH /users/{name}': 'admin',
  'DELETE /users/{name}': 'admin',
  'GET /tokens': 'admin',
  'POST /tokens': 'admin',
  'DELETE /tokens/{id}': 'admin',
  'GET /areas': 'viewer',
  'PUT /areas/{id}': 'engineer',
  'DELETE /areas/{id}': 'engineer',
  'GET /devices': 'viewer',
  'GET /devices/{id}': 'viewer',
  'PUT /devices/{id}': 'engineer',
  'DELETE /devices/{id}': 'engineer',
  'POST /devices/{id}/secret': 'engineer',
  'PATCH /devices/{id}': 'engineer',
  'POST /devices/{id}/move': 'engineer',
  'POST /devices/{id}/replace': 'engineer',
  'POST /devices/{id}/reread': 'engineer',
  'GET /devices/{id}/messages': 'engineer',
  'GET /devices/{id}/commands': 'viewer',
  'POST /devices/{id}/guard-check': 'operator',
  'POST /devices/{id}/read': 'operator',
  'POST /devices/{id}/set-time': 'engineer',
  'POST /devices/{id}/initialize': 'engineer',
  'POST /trials': 'engineer',
  'POST /ingest/{device}': 'device',
  'GET /push/{name}': 'platform',
  'POST /push/{name}': 'platform',
  'POST /notify/callbacks/{channel}/{key}': 'platform',
  'GET /refused-names': 'operator',
  'GET /profiles': 'viewer',
  'PUT /profiles/{id}/names': 'engineer',
  'POST /profiles/{id}/retry': 'engineer',
  'GET /site': 'engineer',
  'POST /site': 'admin',
  'POST /backup': 'admin',
  'GET /quarantine': 'viewer',
  'GET /readings/export': 'viewer',
  'POST /readings/import': 'engineer',
  'GET /points': 'viewer',
  'GET /points/{id}': 'viewer',
  'GET /points/{id}/definition': 'viewer',
  'PUT /points/{id}': 'engineer',
  'DELETE /points/{id}': 'engineer',
  'GET /points/{id}/readings': 'viewer',
  'GET /points/{id}/handovers': 'viewer',
  'GET /points/{id}/thresholds': 'viewer',
  'PUT /points/{id}/thresholds': 'engineer',
  'GET /points/{id}/thresholds/revisions': 'viewer',
  'GET /points/{id}/thresholds/scheduled': 'viewer',
  'DELETE /points/{id}/thresholds/scheduled': 'engineer',
  'GET /points/{id}/thresholds/revisions/{revision}': 'viewer',
  'POST /points/{id}/thresholds/revisions/{revision}/restore': 'engineer',
  'GET /points/{id}/thresholds/difference': 'viewer',
  'POST /points/{id}/thresholds/preview': 'operator',
  'GET /points/{id}/thresholds/advice': 'operator',
  'GET /thresholds': 'viewer',
  'PATCH /thresholds': 'engineer',
  'POST /points/{id}/thresholds/rule-test': 'operator',
  'GET /rule-tests': 'viewer',
  'GET /rule-tests/{name}': 'viewer',
  'DELETE /rule-tests/{name}': 'engineer',
  'POST /thresholds/preview': 'operator',
  'GET /thresholds/preview/{job}': 'operator',
  'DELETE /thresholds/preview/{job}': 'operator',
  'GET /thresholds/proposals': 'viewer',
  'GET /thresholds/proposals/{id}': 'viewer',
  'POST /thresholds/proposals/{id}/approve': 'engineer',
  'POST /thresholds/proposals/{id}/reject': 'engineer',
  'POST /thresholds/proposals/{id}/withdraw': 'engineer',
  'GET /spreadsheet': 'viewer',
  'POST /spreadsheet': 'engineer',
  'GET /templates': 'viewer',
  'GET /templates/{id}': 'viewer',
  'POST /templates/{id}/apply': 'engineer',
  'GET /alerts': 'viewer',
  'GET /alerts/{id}': 'viewer',
  'POST /alerts/{id}/ack': 'operator',
  'POST /alerts/{id}/reset': 'operator',
  'POST /alerts/{id}/note': 'operator',
  'POST /alerts/{id}/verdict': 'operator',
  'POST /alerts/{id}/steps/{step}': 'operator',
  'GET /plans': 'viewer',
  'PUT /plans': 'engineer',
  'GET /plans/revisions': 'viewer',
  'GET /plans/revisions/{revision}': 'viewer',
  'GET /alerts/{id}/card': 'viewer',
  'GET /points/{id}/card': 'viewer',
  'POST /alerts/{id}/dispatch': 'operator',
  'POST /alerts/{id}/accept': 'operator',
  'POST /alerts/{id}/decline': 'operator',
  'POST /alerts/{id}/arrive': 'operator',
  'POST /alerts/{id}/handle': 'operator',
  'POST /alerts/{id}/feedback': 'operator',
  'POST /alerts/{id}/close': 'operator',
  'POST /alerts/{id}/reopen': 'operator',
  'POST /alerts/{id}/shelve': 'operator',
  'POST /alerts/{id}/unshelve': 'operator',
  'GET /maintenance': 'viewer',
  'GET /maintenance/{id}': 'viewer',
  'POST /maintenance': 'operator',
  'DELETE /maintenance/{id}': 'operator',
  'PUT /points/{id}/out-of-service': 'engineer',
  'DELETE /points/{id}/out-of-service': 'engineer',
  'GET /notify/silences': 'viewer',
  'POST /notify/silences': 'operator',
  'DELETE /notify/silences/{id}': 'operator',
  'POST /notify/explain': 'operator',
  'POST /notify/preview': 'operator',
  'GET /notify/setup': 'operator',
  'PUT /notify/setup': 'engineer',
  'GET /notify/setup/revisions': 'operator',
  'GET /notify/setup/revisions/{revision}': 'operator',
  'GET /notify/people/sheet': 'operator',
  'POST /notify/people/sheet': 'engineer',
  'GET /notify/calendar/sheet': 'operator',
  'POST /notify/calendar/sheet': 'engineer',
  'GET /notify/duties': 'viewer',
  'GET /notify/duties/gaps': 'viewer',
  'GET /notify/channels': 'operator',
  'POST /notify/channels/{id}/test': 'engineer',
  'POST /notify/texts': 'operator',
  'POST /notify/rehearsals': 'operator',
  'GET /notify/rehearsals/{id}': 'operator',
  'GET /notify/channels/{id}/messages': 'operator',
  'GET /alerts/{id}/told': 'viewer',
  'GET /notify/told': 'viewer',
  'GET /notify/told/sheet': 'viewer',
  'GET /events': 'viewer',
  'GET /live': 'viewer',
};

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

function call(app: Fixture['app'], route: string, headers: Record<string, string>) {
  const [method, path = ''] = route.split(' ');
  const url = `/api/v1${path.replace('{id}', 'canteen-gas').replace('{device}', 'gas-01').replace('{name}', 'nobody').replace('{revision}', '1')}`;
  return app.inject({ method: method as Method, url, headers });
}

function documented(app: Fixture['app']): string[] {
  return Object.entries(app.swagger().paths ?? {}).flatMap(([path, methods]) =>
    Object.keys(methods ?? {}).map((method) => `${method.toUpperCase()} ${path.replace('/api/v1', '')}`),
  );
}

test('every route is in the table, and the table in the OpenAPI document', async () => {
  const { app } = await fixture();
  expect(documented(app).sort()).toEqual(Object.keys(NEEDS).sort());
});

describe.each(Object.entries(NEEDS))('%s needs %s', (route, needs) => {
  test('and gives 401 or 403 to everybody below, with a cookie as with a token', async () => {
    const { app, tokens, session } = await fixture();
    const anonymous = await call(app, route, {});
    const wrongToken = await call(app, route, { authorization: 'Bearer brink_wrong' });
    if (needs === 'open') {
      expect([401, 403]).not.toContain(anonymous.statusCode);
      return;
    }
    if (needs === 'platform') {
      const query = '?msg=m&nonce=n&signature=s&key=k';
      for (const headers of [{}, { authorization: `Bearer ${tokens.admin}` }, await session('admin')]) {
        const answer = await call(app, `${route}${query}`, headers);
        expect([answer.statusCode, answer.json().code]).toEqual([401, 'bad-credentials']);
      }
      return;
    }
    expect([anonymous.statusCode, anonymous.json().code]).toEqual([401, 'unauthenticated']);
    expect(String(anonymous.headers['www-authenticate'])).toContain('Bearer');
    expect([wrongToken.statusCode, wrongToken.json().code]).toEqual([401, 'bad-token']);
    for (const role of ROLES) {
      const byToken = await call(app, route, { authorization: `Bearer ${tokens[role]}` });
      const byCookie = await call(app, route, await session(role));
      if (needs === 'device') {
        expect([role, byCookie.statusCode]).toEqual([role, 401]);
        const isEngineer = mayAct(role, 'engineer');
        expect([role, byToken.statusCode]).toEqual([role, isEngineer ? 200 : 403]);
        continue;
      }
      const isAllowed = ROLES.indexOf(role) >= ROLES.indexOf(needs);
      for (const answer of [byToken, byCookie]) {
        if (isAllowed) expect([401, 403]).not.toContain(answer.statusCode);
        else expect([answer.statusCode, answer.json().code, role]).toEqual([403, 'forbidden', role]);
      }
    }
  });
});

/** Calls that no person makes, or anybody. */
const OF_NO_PERSON: readonly Access[] = ['open', 'device', 'platform'];

/** What somebody may do whose password was chosen by somebody else. */
const BEFORE_OWN_PASSWORD = ['GET /me', 'POST /me/password', 'DELETE /session'];

test('who has yet to choose a password of their own may do that, leave, and nothing else', async () => {
  const { app, accounts, tokens } = await fixture();
  await accounts.setPassword('admin', 'set-by-somebody', true);
  const { secret } = accounts.startSession('admin');
  const headers = { cookie: `brink_session=${secret}`, 'x-brink-csrf': '1' };
  // The session ends with the last of them.
  const routes = Object.keys(NEEDS).sort((a, b) => BEFORE_OWN_PASSWORD.indexOf(a) - BEFORE_OWN_PASSWORD.indexOf(b));
  for (const route of routes) {
    if (OF_NO_PERSON.includes(NEEDS[route] ?? 'open')) continue;
    const answer = await call(app, route, headers);
    if (BEFORE_OWN_PASSWORD.includes(route)) expect([route, answer.statusCode]).not.toEqual([route, 403]);
    else expect([route, answer.statusCode, answer.json().code]).toEqual([route, 403, 'password-change-required']);
  }
  // A token has no password.
  expect((await call(app, 'GET /users', { authorization: `Bearer ${tokens.admin}` })).statusCode).toBe(200);
});

test('with a password of their own the same person may do what the role allows', async () => {
  const { app, accounts } = await fixture();
  await accounts.setPassword('operator', 'set-by-somebody', true);
  const { secret } = accounts.startSession('operator');
  const changed = await app.inject({
    method: 'POST',
    url: '/api/v1/me/password',
    headers: { cookie: `brink_session=${secret}`, 'x-brink-csrf': '1' },
    payload: { current: 'set-by-somebody', new: 'chosen-by-myself' },
  });
  const cookie = String([changed.headers['set-cookie']].flat()[0]).split(';')[0] ?? '';
  expect((await call(app, 'GET /alerts', { cookie })).statusCode).toBe(200);
});

describe('without a login', () => {
  test.each([
    ['localhost:8080', 200],
    ['LOCALHOST', 200],
    ['brink.localhost:8080', 200],
    ['127.0.0.1:8080', 200],
    ['[::1]:8080', 200],
    ['evil.example', 403],
    ['evil.example:8080', 403],
    ['127.0.0.1.evil.example', 403],
    ['localhost.evil.example', 403],
    ['a b', 403],
  ])('a call to %s gives %i, so that no other name can be led here', async (host, status) => {
    const { app, tokens } = await fixture({ isWithoutLogin: true, onMqttSocket: (stream) => void stream.destroy() });
    const headers = { host, authorization: `Bearer ${tokens.viewer}` };
    expect((await app.inject({ url: '/api/v1/me', headers })).statusCode).toBe(status);
    for (const url of ['/mqtt', '/api/v1/live', '/', '/nowhere']) {
      const answer = await app.inject({ url, headers: { ...headers, origin: `http://${host}` } });
      if (status === 403) expect([url, answer.statusCode, answer.json().code]).toEqual([url, 403, 'host-refused']);
      else expect([url, answer.statusCode]).not.toEqual([url, 403]);
    }
  });

  test('a page of another site may not send for a device, a program on this machine may', async () => {
    const { app } = await fixture({ isWithoutLogin: true });
    const post = (headers: Record<string, string>) =>
      app.inject({ method: 'POST', url: '/api/v1/ingest/gas-01', headers, payload: '{"ch4": 1}' });
    const statusOf = async (headers: Record<string, string>) => (await post(headers)).statusCode;
    expect(await statusOf({ host: 'localhost:8080' })).toBe(200);
    expect(await statusOf({ host: 'localhost:8080', origin: 'http://evil.example' })).toBe(403);
    expect(await statusOf({ host: 'localhost:8080', 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await statusOf({ host: 'evil.example' })).toBe(403);
  });

  test('with a login any name will do', async () => {
    const { app, tokens } = await fixture();
    const headers = { host: 'brink.example', authorization: `Bearer ${tokens.viewer}` };
    expect((await app.inject({ url: '/api/v1/me', headers })).statusCode).toBe(200);
  });
});

test('a wrong bearer token is not made up for by a cookie', async () => {
  const { app, session } = await fixture();
  const answer = await call(app, 'GET /me', { ...(await session('admin')), authorization: 'Bearer brink_wrong' });
  expect(answer.statusCode).toBe(401);
});

test.each(['Basic YWRtaW46YWRtaW4=', 'Bearer', 'Bearer a b', ''])('the authorization %j is refused', async (value) => {
  const { app } = await fixture();
  const answer = await call(app, 'GET /me', { authorization: value });
  expect(answer.statusCode).toBe(401);
});

test('tokens are never taken from the address', async () => {
  const { app, tokens } = await fixture();
  for (const name of ['token', 'access_token']) {
    const answer = await app.inject({ url: `/api/v1/me?${name}=${tokens.admin}` });
    expect(answer.statusCode).toBe(401);
  }
});

test('the local token is an administrator', async () => {
  const { app } = await fixture();
  const answer = await call(app, 'GET /me', { authorization: 'Bearer the-local-token' });
  expect(answer.json()).toMatchObject({ username: 'local:cli', role: 'admin', via: 'local' });
});

describe('forged calls', () => {
  const changing = Object.keys(NEEDS).filter(
    (route) => !route.startsWith('GET') && !OF_NO_PERSON.includes(NEEDS[route] ?? 'open'),
  );

  test.each(changing)('%s with a cookie needs the header', async (route) => {
    const { app, session, tokens } = await fixture();
    const { cookie = '' } = await session('admin');
    const without = await call(app, route, { cookie });
    expect([without.statusCode, without.json().code]).toEqual([403, 'csrf-refused']);
    const byToken = await call(app, route, { authorization: `Bearer ${tokens.admin}` });
    expect(byToken.statusCode).not.toBe(403);
  });

  test.each([
    ['another origin', { origin: 'http://evil.example', host: 'brink.example' }, 403],
    ['another port', { origin: 'http://brink.example:81', host: 'brink.example' }, 403],
    ['an origin while the host is none', { origin: 'http://brink.example', host: 'a b' }, 403],
    ['no origin at all', { origin: 'null', host: 'brink.example' }, 403],
    ['a sibling site', { 'sec-fetch-site': 'same-site', host: 'brink.example' }, 403],
    ['another site', { 'sec-fetch-site': 'cross-site', host: 'brink.example' }, 403],
    ['the own origin', { origin: 'http://brink.example', host: 'brink.example' }, 200],
    ['the own origin behind TLS', { origin: 'https://brink.example', host: 'brink.example' }, 200],
    ['the own origin with its port', { origin: 'http://127.0.0.1:8080', host: '127.0.0.1:8080' }, 200],
    ['the browser itself', { 'sec-fetch-site': 'none', host: 'brink.example' }, 200],
    ['a program', { host: 'brink.example' }, 200],
  ])('from %s: %j gives %i', async (_who, headers, status) => {
    const { app, session, emit } = await fixture();
    emit('raised', alert('a'));
    const answer = await app.inject({
      method: 'POST',
      url: '/api/v1/alerts/a/note',
      headers: { ...(await session('operator')), ...headers },
      payload: { note: 'seen' },
    });
    expect(answer.statusCode).toBe(status);
  });

  test('logging in is refused to pages of other sites too', async () => {
    const { app } = await fixture();
    const answer = await app.inject({
      method: 'POST',
      url: '/api/v1/session',
      headers: { origin: 'http://evil.example', host: 'brink.example' },
      payload: { username: 'admin', password: 'admin-password' },
    });
    expect([answer.statusCode, answer.json().code]).toEqual([403, 'origin-refused']);
  });
});

describe('an answer under way', () => {
  test.each([
    ['the token is revoked', (made: Fixture) => void made.accounts.removeToken(tokenId(made, 'viewer'))],
    ['the token is another’s', (made: Fixture) => void made.accounts.removeToken(tokenId(made, 'operator'))],
  ])('ends, or goes on, when %s', async (why, act) => {
    const made = await fixture();
    let isOver = false;
    made.state.file = (async function* endless() {
      try {
        for (;;) {
          yield Buffer.alloc(1_000);
          await new Promise((resolve) => setImmediate(resolve));
        }
      } finally {
        isOver = true;
      }
    })();
    await made.app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = made.app.server.address() as AddressInfo;
    const leave = new AbortController();
    onTestFinished(() => leave.abort());
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/readings/export`, {
      headers: { authorization: `Bearer ${made.tokens.viewer}` },
      signal: leave.signal,
    });
    const reader = answer.body?.getReader();
    await reader?.read();
    act(made);
    made.clock.advance(300);
    if (why.includes('another')) {
      for (let piece = 0; piece < 10; piece++) expect((await reader?.read())?.done).toBe(false);
      return;
    }
    const rest = async () => {
      while ((await reader?.read())?.done === false);
    };
    await expect(rest()).rejects.toThrow();
    await until('the end of the work', () => isOver);
  });

  const tokenId = (made: Fixture, name: string) => made.accounts.tokens().find((one) => one.name === name)?.id ?? '';
});

describe('metrics', () => {
  test.each([
    ['from this machine', '127.0.0.1', {}, 200],
    ['from this machine over IPv6', '::1', {}, 200],
    ['from this machine as IPv4 in IPv6', '::ffff:127.0.0.1', {}, 200],
    ['from elsewhere', '10.1.2.3', {}, 403],
    ['through a proxy on this machine', '127.0.0.1', { 'x-forwarded-for': '10.1.2.3' }, 403],
    ['with the token from elsewhere', '10.1.2.3', { authorization: 'Bearer the-metrics-token' }, 200],
    ['with another token from elsewhere', '10.1.2.3', { authorization: 'Bearer the-local-token' }, 403],
  ])('%s', async (_how, remoteAddress, headers, status) => {
    const { app } = await fixture({ metricsToken: 'the-metrics-token' });
    const answer = await app.inject({ url: '/api/v1/metrics', remoteAddress, headers });
    expect(answer.statusCode).toBe(status);
    if (status === 200) expect(answer.body).toContain('brink_up 1');
  });

  test('no token is right when none is set', async () => {
    const { app } = await fixture();
    for (const authorization of ['Bearer undefined', 'Bearer']) {
      const answer = await app.inject({
        url: '/api/v1/metrics',
        remoteAddress: '10.1.2.3',
        headers: { authorization },
      });
      expect(answer.statusCode).toBe(403);
    }
  });
});

test('health is 503 only when failing', async () => {
  const { app, state } = await fixture();
  for (const [status, code] of [
    ['ok', 200],
    ['degraded', 200],
    ['failing', 503],
  ] as const) {
    state.healthy = status;
    const answer = await app.inject({ url: '/api/v1/health' });
    expect([answer.statusCode, answer.json().status]).toEqual([code, status]);
    expect(answer.json().checks.journal).toEqual({ status, lag: 0 });
  }
});
