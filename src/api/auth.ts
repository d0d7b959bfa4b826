import { isIP } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { brief } from '../lib/brief.ts';
import type { Clock } from '../lib/clock.ts';
import { mayAct, type Role } from '../model/roles.ts';
import type { Accounts } from './accounts.ts';
import type { App } from './http.ts';
import type { Principal } from './principal.ts';
import { ProblemError } from './problems.ts';

/**
 * Who may call a route: everybody, a role and those above it, or a device with its own credentials, or a platform with
 * those of its push, which the route itself looks at.
 */
export type Access = 'open' | 'device' | 'platform' | Role;

declare module 'fastify' {
  interface FastifyRequest {
    principal: Principal | null;
  }
  interface FastifyContextConfig {
    access?: Access;
    /** Also for people who have yet to choose a password of their own. */
    beforeOwnPassword?: boolean;
  }
}

export const SESSION_COOKIE = 'brink_session';
/**
 * A page of another site can send our cookie along at most by a form or an image, and those can't set a header. The
 * check of the browser's own word for where a call comes from stands beside it.
 */
export const CSRF_HEADER = 'x-brink-csrf';

const CHANGES_NOTHING = new Set(['GET', 'HEAD', 'OPTIONS']);

/** A call whose right ends while it is answered has this long to come to its end: the one that ended it is such a call. */
const CALL_GRACE_MS = 300;

/** Authenticates and authorises every route below `prefix`; a route that doesn't say who may call it is refused. */
export function installAuth(app: App, accounts: Accounts, prefix: string, clock: Clock): void {
  app.decorateRequest('principal', null);

  app.addHook('onRoute', (route) => {
    if (route.url.startsWith(prefix) && route.config?.access === undefined) {
      throw new Error(`route ${route.url} does not say who may call it`);
    }
  });

  app.addHook('onRequest', async (request, reply) => {
    const access = request.routeOptions.config?.access;
    if (access === undefined || access === 'open') return;
    if (access === 'device' || access === 'platform') return;
    const { principal, byCookie } = authenticate(accounts, request, reply);
    if (byCookie) refuseForgery(request);
    if (!mayAct(principal.role, access)) {
      throw new ProblemError('forbidden', { members: { role: principal.role, needs: access } });
    }
    if (principal.mustChangePassword && request.routeOptions.config.beforeOwnPassword !== true) {
      throw new ProblemError('password-change-required');
    }
    request.principal = principal;
    // A live channel is ended by its route, with a word of why.
    if (request.headers.upgrade === undefined) endWithRight(accounts, clock, principal, request, reply);
  });
}

/** A long answer, or a long file that is being taken in, ends with the right that it was begun with. */
function endWithRight(
  accounts: Accounts,
  clock: Clock,
  principal: Principal,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  let cancel: (() => void) | undefined;
  const stop = accounts.whileHolds(principal, () => {
    cancel = clock.after(CALL_GRACE_MS, () => request.raw.destroy());
  });
  const isOver = () => {
    stop();
    cancel?.();
  };
  reply.raw.once('finish', isOver);
  reply.raw.once('close', isOver);
}

function authenticate(
  accounts: Accounts,
  request: FastifyRequest,
  reply: FastifyReply,
): { readonly principal: Principal; readonly byCookie: boolean } {
  const bearer = bearerToken(request);
  if (bearer !== undefined) {
    const principal = accounts.token(bearer);
    if (principal !== undefined) return { principal, byCookie: false };
    reply.header('www-authenticate', 'Bearer realm="brink", error="invalid_token"');
    throw new ProblemError('bad-token');
  }
  const cookie = request.cookies[SESSION_COOKIE];
  const principal = cookie === undefined ? undefined : (accounts.session(cookie) ?? screenOf(accounts, cookie));
  if (principal !== undefined) return { principal, byCookie: true };
  reply.header('www-authenticate', 'Bearer realm="brink"');
  throw new ProblemError('unauthenticated');
}

/**
 * A screen on the wall signs in with a token, which its cookie then holds: so it stays for as long as the token does,
 * and goes when the token is revoked. Nobody sits before it, so it may only look.
 */
export function screenOf(accounts: Accounts, token: string): Principal | undefined {
  const principal = accounts.token(token);
  return principal?.role === 'viewer' ? principal : undefined;
}

/** The token of an Authorization header; empty when the header is there but holds no bearer token. */
export function bearerToken(request: FastifyRequest): string | undefined {
  const header = request.headers.authorization;
  if (header === undefined) return undefined;
  return /^Bearer +(\S+)$/i.exec(header)?.[1] ?? '';
}

/** User name and password of an Authorization header of the scheme Basic (RFC 7617), if it holds them. */
export function basicCredentials(
  request: FastifyRequest,
): { readonly username: string; readonly password: Buffer } | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/=_-]+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64');
  const at = text.indexOf(':');
  if (at < 0) return undefined;
  return { username: text.toString('utf8', 0, at), password: text.subarray(at + 1) };
}

function refuseForgery(request: FastifyRequest): void {
  // A WebSocket is opened with GET and can do whatever its user may, so it is checked like a change; but a browser
  // can't set a header on it.
  if (request.headers.upgrade !== undefined) {
    refuseForeignOrigin(request);
    return;
  }
  if (CHANGES_NOTHING.has(request.method)) return;
  refuseForeignOrigin(request);
  if (request.headers[CSRF_HEADER] === undefined) {
    throw new ProblemError('csrf-refused', { detail: `send the header ${CSRF_HEADER}: 1` });
  }
}

/**
 * Refuses a call that a browser made for a page of another origin. Programs that are no browsers send neither header.
 * Host and port are compared, not the scheme: behind a proxy that ends TLS we see http where the browser saw https.
 */
export function refuseForeignOrigin(request: FastifyRequest): void {
  const { origin } = request.headers;
  if (origin !== undefined) {
    const from = hostOf(origin);
    if (from !== undefined && (from === hostOf(`http://${request.host}`) || from === request.host)) return;
    throw new ProblemError('origin-refused', { detail: `origin ${brief(origin)}` });
  }
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    throw new ProblemError('origin-refused', { detail: `sec-fetch-site ${brief(String(site))}` });
  }
}

function hostOf(address: string): string | undefined {
  return URL.canParse(address) ? new URL(address).host : undefined;
}

/**
 * Refuses calls by another name than those of this machine. Who owns a name can let it point at this machine (DNS
 * rebinding), and then the visitor's browser takes that page and this server for one: with that, it could publish where
 * nobody has to log in. An address is nobody's name.
 */
export function refuseForeignNames(app: App): void {
  app.addHook('onRequest', async (request) => {
    const { host } = request.headers;
    if (host === undefined || isOwnName(host)) return;
    throw new ProblemError('host-refused', { detail: `host ${brief(host)}` });
  });
}

function isOwnName(host: string): boolean {
  if (!URL.canParse(`http://${host}`)) return false;
  const { hostname } = new URL(`http://${host}`);
  const name = hostname.replace(/^\[|\]$/g, '');
  return isIP(name) !== 0 || name === 'localhost' || name.endsWith('.localhost');
}

/** Who made the call. Only for routes that are not open. */
export function principalOf(request: FastifyRequest): Principal {
  if (request.principal === null) throw new Error(`${request.routeOptions.url ?? request.url} is open`);
  return request.principal;
}
