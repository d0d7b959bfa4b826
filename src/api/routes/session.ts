import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import { brief } from '../../lib/brief.ts';
import type { Clock } from '../../lib/clock.ts';
import { createLineLimit } from '../../lib/line-limit.ts';
import { DAY_MS } from '../../model/time.ts';
import type { meSchema } from '../../wire/accounts.ts';
import { SESSION_MAX_MS } from '../account-sessions.ts';
import type { UserView } from '../accounts.ts';
import { principalOf, refuseForeignOrigin, SESSION_COOKIE, screenOf } from '../auth.ts';
import type { ApiDeps } from '../deps.ts';
import { createKnownDevices } from '../known-devices.ts';
import { createLoginGuard } from '../login-guard.ts';
import type { Principal } from '../principal.ts';
import { ProblemError } from '../problems.ts';
import { route } from '../route.ts';
import { changedUser, unlessBusy } from '../user-change.ts';

/** Longer than this no browser keeps a cookie (RFC 6265bis, 5.5). */
const COOKIE_MAX_MS = 400 * DAY_MS;

/** Nobody's name and password are longer, and anybody may send them. */
const LOGIN_BYTES_MAX = 16 * 1024;
const LINES_PER_MINUTE = 60;
const DEVICE_COOKIE = 'brink_device';
/** It is of use where a password is asked for, and sent nowhere else. */
const DEVICE_COOKIE_PATH = '/api/v1/session';

/** Logging in and out, and what the caller is. */
export function sessionRoutes(deps: ApiDeps, clock: Clock, secureCookies: boolean): FastifyPluginAsyncZod {
  const { accounts } = deps;
  const guard = createLoginGuard({ steadyMs: clock.steadyMs });
  const devices = createKnownDevices(accounts.deviceKey);
  const mayLog = createLineLimit(clock, LINES_PER_MINUTE, (logins) =>
    deps.log.warn({ logins }, 'failed logins that were too many to log'),
  );

  /** The user, if the password is right; a problem otherwise, the same one whatever was wrong. */
  async function checked(
    request: FastifyRequest,
    username: string,
    password: string,
    device: string | undefined,
  ): Promise<UserView> {
    const user = accounts.userKey(username);
    const attempt = guard.attempt({ address: request.ip, name: username, user, device, password });
    const who = { address: request.ip, username: brief(username) };
    if (!attempt.allowed) {
      if (attempt.isFirst && mayLog()) request.log.warn(who, 'too many failed logins');
      throw tooMany(attempt.retryAfterMs);
    }
    let view: UserView | undefined;
    try {
      view = await unlessBusy(accounts.checkPassword(username, password, attempt.isKnown));
    } catch (error) {
      attempt.unchecked();
      throw error;
    }
    if (view === undefined) {
      if (mayLog()) request.log.warn(who, 'failed login');
      const waitMs = attempt.failed();
      throw waitMs === undefined ? new ProblemError('bad-credentials') : tooMany(waitMs);
    }
    attempt.succeeded();
    return view;
  }

  /** Starts a session and sets its cookie. */
  function begin(username: string, request: FastifyRequest, reply: FastifyReply): Principal {
    const { secret, principal } = accounts.startSession(username);
    // The browser keeps it as long as any session can last; the server ends it earlier.
    setCookie(request, reply, secret, SESSION_MAX_MS);
    return principal;
  }

  /** Marks the browser as one in which the user has logged in. */
  function rememberDevice(username: string, request: FastifyRequest, reply: FastifyReply): void {
    const user = accounts.userKey(username);
    if (user === undefined) return;
    reply.setCookie(DEVICE_COOKIE, devices.mark(request.cookies[DEVICE_COOKIE], user), {
      ...cookieOptions(request, COOKIE_MAX_MS),
      path: DEVICE_COOKIE_PATH,
    });
  }

  /** Lets a screen on the wall in with its token. */
  function beginScreen(token: string, request: FastifyRequest, reply: FastifyReply): Principal {
    const principal = screenOf(accounts, token);
    if (principal !== undefined) {
      setCookie(request, reply, token, COOKIE_MAX_MS);
      return principal;
    }
    const isKnown = accounts.token(token) !== undefined;
    if (mayLog())
      request.log.warn({ address: request.ip }, isKnown ? 'screen with a token that may do more' : 'failed login');
    throw isKnown ? new ProblemError('forbidden', { members: { needs: 'viewer' } }) : new ProblemError('bad-token');
  }

  function cookieOptions(request: FastifyRequest, keptMs: number) {
    const secure = secureCookies || request.protocol === 'https';
    return { path: '/', httpOnly: true, sameSite: 'strict', secure, maxAge: keptMs / 1_000 } as const;
  }

  function setCookie(request: FastifyRequest, reply: FastifyReply, secret: string, keptMs: number): void {
    reply.setCookie(SESSION_COOKIE, secret, cookieOptions(request, keptMs));
  }

  return async (app) => {
    route(
      app,
      'POST /session',
      {
        access: 'open',
        bodyLimit: LOGIN_BYTES_MAX,
        tags: ['session'],
        summary: 'Log in; sets the session cookie',
        description:
          'With a name and a password: ends after a day without use, and after 30 days at the latest. With a token ' +
          'of the role viewer, for a screen on the wall: lasts as long as the token.',
      },
      async (request, reply) => {
        refuseForeignOrigin(request);
        if ('token' in request.body) return meView(beginScreen(request.body.token, request, reply));
        const { username, password } = request.body;
        const known = accounts.userKey(username);
        const mark = request.cookies[DEVICE_COOKIE];
        const device = known === undefined ? undefined : devices.known(mark, known);
        const user = await checked(request, username, password, device);
        const principal = begin(user.username, request, reply);
        if (device === undefined) rememberDevice(user.username, request, reply);
        return meView(principal);
      },
    );

    route(
      app,
      'DELETE /session',
      { access: 'viewer', beforeOwnPassword: true, tags: ['session'], summary: 'Log out' },
      async (request, reply) => {
        const principal = principalOf(request);
        if (request.cookies[SESSION_COOKIE] === undefined) throw new ProblemError('no-session');
        if (principal.via === 'session') accounts.endSession(principal.id);
        return reply.clearCookie(SESSION_COOKIE, { path: '/' }).code(204).send();
      },
    );

    route(
      app,
      'GET /me',
      {
        access: 'viewer',
        beforeOwnPassword: true,
        tags: ['session'],
        summary: 'Who is calling, and what the caller may do',
      },
      async (request) => meView(principalOf(request)),
    );

    route(
      app,
      'POST /me/password',
      {
        access: 'viewer',
        beforeOwnPassword: true,
        tags: ['session'],
        summary: 'Change the own password; every other session of the user ends',
      },
      async (request, reply) => {
        const principal = principalOf(request);
        if (principal.via !== 'session') throw new ProblemError('no-session');
        // Strangers' guesses are not this session's, which has shown the password before.
        await checked(request, principal.name, request.body.current, principal.id);
        changedUser(await unlessBusy(accounts.setPassword(principal.name, request.body.new, false)));
        return meView(begin(principal.name, request, reply));
      },
    );
  };
}

function tooMany(waitMs: number): ProblemError {
  return new ProblemError('too-many-attempts', { retryAfterSeconds: Math.ceil(waitMs / 1_000) });
}

function meView(principal: Principal): z.infer<typeof meSchema> {
  const { name, role, via, mustChangePassword, expiresAtMs } = principal;
  return { username: name, role, via, mustChangePassword, expiresAt: expiresAtMs };
}
