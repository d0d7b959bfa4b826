import { describe, expect, test } from 'vitest';
import { createFakeClock } from '../support/fake-clock.ts';
import { type Fixture, fixture, NOW_MS } from './api-fixture.ts';

function login({ app }: Fixture, username: string, password: string, remoteAddress = '10.0.0.1') {
  return app.inject({ method: 'POST', url: '/api/v1/session', remoteAddress, payload: { username, password } });
}

function cookieOf(answer: { headers: { 'set-cookie'?: string | string[] | undefined } }): string {
  return String(answer.headers['set-cookie']).split(';')[0] ?? '';
}

describe('logging in', () => {
  test('sets a cookie that scripts and other sites cannot use', async () => {
    const made = await fixture();
    const answer = await login(made, 'operator', 'operator-password');
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({
      username: 'operator',
      role: 'operator',
      via: 'session',
      mustChangePassword: false,
      expiresAt: made.clock.nowMs() + 86_400_000,
    });
    const [cookie, device] = [answer.headers['set-cookie']].flat();
    expect(device).toMatch(
      /^brink_device=[\w.-]{45}; Max-Age=34560000; Path=\/api\/v1\/session; HttpOnly; SameSite=Strict$/,
    );
    expect(cookie).toMatch(/^brink_session=[\w-]{43}; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Strict$/);
    const me = await made.app.inject({ url: '/api/v1/me', headers: { cookie: cookieOf(answer) } });
    expect(me.json()).toMatchObject({ username: 'operator', role: 'operator' });
  });

  test('behind a proxy that ends TLS the cookie is for TLS alone', async () => {
    const made = await fixture({ trustProxy: '127.0.0.1' });
    const answer = await made.app.inject({
      method: 'POST',
      url: '/api/v1/session',
      headers: { 'x-forwarded-proto': 'https', 'x-forwarded-for': '10.9.9.9' },
      payload: { username: 'viewer', password: 'viewer-password' },
    });
    expect(String(answer.headers['set-cookie'])).toContain('Secure');
    const told = await fixture({ secureCookies: true });
    expect(String((await login(told, 'viewer', 'viewer-password')).headers['set-cookie'])).toContain('Secure');
  });

  test('tells nobody whether the name or the password was wrong', async () => {
    const made = await fixture();
    const wrong = [await login(made, 'operator', 'wrong'), await login(made, 'nobody', 'wrong')];
    for (const answer of wrong) {
      expect(answer.statusCode).toBe(401);
      expect(answer.json()).toMatchObject({ code: 'bad-credentials' });
      expect(answer.headers['set-cookie']).toBeUndefined();
    }
    expect(wrong[0]?.body).toBe(wrong[1]?.body);
  });

  test('a stranger behind the same proxy uses up the attempts, and who has the right password gets in', async () => {
    const made = await fixture();
    for (let i = 0; i < 20; i++) expect((await login(made, `guess-${i}`, 'wrong')).statusCode).toBe(401);
    for (let i = 0; i < 20; i++) await login(made, 'operator', 'wrong');
    expect((await login(made, 'operator', 'operator-password')).statusCode).toBe(200);
    for (let i = 0; i < 40; i++) await login(made, 'operator', `guess ${i}`);
    const refused = await login(made, 'operator', 'another guess');
    expect([refused.statusCode, refused.json().code]).toEqual([429, 'too-many-attempts']);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(1);
    // A desk that is known by its cookie is not concerned, nor is any other address.
    const elsewhere = await login(made, 'operator', 'operator-password', '10.0.0.2');
    expect(elsewhere.statusCode).toBe(200);
    const device = [elsewhere.headers['set-cookie']].flat().find((one) => one?.startsWith('brink_device='));
    const known = await made.app.inject({
      method: 'POST',
      url: '/api/v1/session',
      remoteAddress: '10.0.0.1',
      headers: { cookie: String(device).split(';')[0] ?? '' },
      payload: { username: 'Operator', password: 'operator-password' },
    });
    expect(known.statusCode).toBe(200);
  });

  test('a proxy that is trusted tells strangers apart; without that its word counts for nothing', async () => {
    const guess = (made: Fixture, from: string, password: string) =>
      made.app.inject({
        method: 'POST',
        url: '/api/v1/session',
        headers: { 'x-forwarded-for': from },
        payload: { username: 'operator', password },
      });
    for (const trustProxy of [undefined, '127.0.0.1']) {
      const made = await fixture({ trustProxy });
      for (let i = 0; i < 24; i++) await guess(made, '203.0.113.9', `guess ${i}`);
      const other = await guess(made, '203.0.113.10', 'mistyped');
      expect([trustProxy, other.statusCode]).toEqual([trustProxy, trustProxy === undefined ? 429 : 401]);
    }
  });
});

test('logging out ends the session, not only the cookie', async () => {
  const made = await fixture();
  const headers = await made.session('viewer');
  const answer = await made.app.inject({ method: 'DELETE', url: '/api/v1/session', headers });
  expect(answer.statusCode).toBe(204);
  expect(String(answer.headers['set-cookie'])).toMatch(/^brink_session=;.*Path=\//);
  expect((await made.app.inject({ url: '/api/v1/me', headers })).statusCode).toBe(401);
  const byToken = await made.app.inject({
    method: 'DELETE',
    url: '/api/v1/session',
    headers: { authorization: `Bearer ${made.tokens.viewer}` },
  });
  expect(byToken.json()).toMatchObject({ status: 409, code: 'no-session' });
});

describe('changing the own password', () => {
  const change = (made: Fixture, headers: Record<string, string>, current: string, next: string) =>
    made.app.inject({ method: 'POST', url: '/api/v1/me/password', headers, payload: { current, new: next } });

  test('needs the present one, ends every other session, and begins a new one', async () => {
    const made = await fixture();
    const [desk, wall] = [await made.session('operator'), await made.session('operator')];
    expect((await change(made, desk, 'wrong', 'another-password')).json()).toMatchObject({ code: 'bad-credentials' });
    const answer = await change(made, desk, 'operator-password', 'another-password');
    expect([answer.statusCode, answer.json().mustChangePassword]).toEqual([200, false]);
    for (const headers of [desk, wall]) {
      expect((await made.app.inject({ url: '/api/v1/me', headers })).statusCode).toBe(401);
    }
    const fresh = await made.app.inject({ url: '/api/v1/me', headers: { cookie: cookieOf(answer) } });
    expect(fresh.statusCode).toBe(200);
    expect((await login(made, 'operator', 'operator-password')).statusCode).toBe(401);
    expect((await login(made, 'operator', 'another-password')).statusCode).toBe(200);
  });

  test('refuses a short one, and tokens', async () => {
    const made = await fixture();
    const short = await change(made, await made.session('operator'), 'operator-password', '1234567');
    expect(short.json()).toMatchObject({ status: 400, errors: [{ path: '/new' }] });
    const byToken = await change(
      made,
      { authorization: `Bearer ${made.tokens.operator}` },
      'operator-password',
      'another-password',
    );
    expect(byToken.json()).toMatchObject({ status: 409, code: 'no-session' });
  });
});

describe('administering', () => {
  async function admin(made: Fixture, method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, payload?: object) {
    const answer = await made.app.inject({
      method,
      url: `/api/v1${path}`,
      headers: await made.session('admin'),
      ...(payload === undefined ? {} : { payload }),
    });
    return { status: answer.statusCode, body: answer.body === '' ? undefined : answer.json() };
  }

  test('a user is added, changed and removed', async () => {
    const made = await fixture();
    const user = { username: '王敏', role: 'viewer', password: 'first-password' };
    expect(await admin(made, 'POST', '/users', user)).toMatchObject({
      status: 201,
      body: { username: '王敏', role: 'viewer', mustChangePassword: true, lastLoginAt: null },
    });
    expect(await admin(made, 'POST', '/users', user)).toMatchObject({ status: 409, body: { code: 'user-exists' } });
    const name = encodeURIComponent('王敏');
    expect(await admin(made, 'PATCH', `/users/${name}`, { role: 'engineer' })).toMatchObject({
      status: 200,
      body: { role: 'engineer' },
    });
    expect((await login(made, '王敏', 'first-password')).json()).toMatchObject({ role: 'engineer' });
    await admin(made, 'PATCH', `/users/${name}`, { password: 'second-password' });
    expect((await login(made, '王敏', 'second-password')).json()).toMatchObject({ mustChangePassword: true });
    expect(await admin(made, 'PATCH', `/users/${name}`, {})).toMatchObject({ status: 400 });
    expect(await admin(made, 'DELETE', `/users/${name}`)).toMatchObject({ status: 204 });
    expect(await admin(made, 'DELETE', `/users/${name}`)).toMatchObject({
      status: 404,
      body: { code: 'unknown-user' },
    });
  });

  test('a password is set only together with the role that was asked for', async () => {
    const made = await fixture();
    const change = { role: 'viewer', password: 'another-password' };
    expect(await admin(made, 'PATCH', '/users/admin', change)).toMatchObject({
      status: 409,
      body: { code: 'last-admin' },
    });
    expect((await login(made, 'admin', 'admin-password')).statusCode).toBe(200);
  });

  test('a token is shown once, works, is seen to be used, and is revoked', async () => {
    const made = await fixture();
    const { status, body } = await admin(made, 'POST', '/tokens', { name: '警号', role: 'operator', expiresInDays: 1 });
    expect([status, body.expiresAt]).toEqual([201, made.clock.nowMs() + 86_400_000]);
    const headers = { authorization: `Bearer ${body.token}` };
    expect((await made.app.inject({ url: '/api/v1/me', headers })).json()).toMatchObject({ username: 'token:警号' });
    const listed = await admin(made, 'GET', '/tokens');
    expect(JSON.stringify(listed.body)).not.toContain(body.token);
    expect(listed.body.items).toContainEqual(
      expect.objectContaining({ id: body.id, createdBy: 'admin', lastUsedAt: made.clock.nowMs() }),
    );
    expect(await admin(made, 'DELETE', `/tokens/${body.id}`)).toMatchObject({ status: 204 });
    expect((await made.app.inject({ url: '/api/v1/me', headers })).statusCode).toBe(401);
    expect(await admin(made, 'DELETE', `/tokens/${body.id}`)).toMatchObject({ status: 404 });
  });
});

describe('a screen on the wall', () => {
  const enter = ({ app }: Fixture, token: string, headers: Record<string, string> = {}) =>
    app.inject({ method: 'POST', url: '/api/v1/session', headers, payload: { token } });

  test('signs in with a token that may only look, and stays as long as the token does', async () => {
    const fake = createFakeClock(NOW_MS);
    let laterMs = 0;
    const made = await fixture({ clock: { ...fake, nowMs: () => fake.nowMs() + laterMs } });
    const answer = await enter(made, made.tokens.viewer);
    expect([answer.statusCode, answer.json()]).toEqual([
      200,
      { username: 'token:viewer', role: 'viewer', via: 'token', mustChangePassword: false, expiresAt: null },
    ]);
    expect(String(answer.headers['set-cookie'])).toMatch(/; Max-Age=34560000; Path=\/; HttpOnly; SameSite=Strict$/);
    const cookie = cookieOf(answer);
    laterMs = 200 * 86_400_000;
    expect((await made.app.inject({ url: '/api/v1/me', headers: { cookie } })).statusCode).toBe(200);
    const [token] = made.accounts.tokens().filter(({ role }) => role === 'viewer');
    made.accounts.removeToken(token?.id ?? '');
    expect((await made.app.inject({ url: '/api/v1/me', headers: { cookie } })).statusCode).toBe(401);
  });

  test('gets in neither with a token that may do more nor with none at all', async () => {
    const made = await fixture();
    const answers = [await enter(made, made.tokens.operator), await enter(made, 'brink_made-up')];
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([403, 401]);
    for (const { headers } of answers) expect(headers['set-cookie']).toBeUndefined();
    const cookie = `brink_session=${made.tokens.admin}`;
    expect((await made.app.inject({ url: '/api/v1/me', headers: { cookie } })).statusCode).toBe(401);
  });

  test('is protected from other sites like any other session', async () => {
    const made = await fixture();
    const elsewhere = { origin: 'http://evil.example' };
    expect((await enter(made, made.tokens.viewer, elsewhere)).statusCode).toBe(403);
    const cookie = cookieOf(await enter(made, made.tokens.viewer));
    const out = (headers: Record<string, string>) =>
      made.app.inject({ method: 'DELETE', url: '/api/v1/session', headers: { cookie, ...headers } });
    expect((await out({})).json()).toMatchObject({ code: 'csrf-refused' });
    const done = await out({ 'x-brink-csrf': '1' });
    expect([done.statusCode, String(done.headers['set-cookie'])]).toEqual([
      204,
      expect.stringContaining('brink_session=;'),
    ]);
  });
});
