import { callPath, type PathParts, type QueryParts } from '../../model/call-path.ts';
import { LINES_TYPE, type Line } from '../../model/progress.ts';
import type { Answer, CallName, Given, GivenOrNot, ItemOf, ListName, Outcome } from '../../wire/calls.ts';
import type { Page } from '../../wire/page.ts';
import type { FieldError } from '../../wire/problem.ts';

export type { FieldError, Page };

/** A problem document of the server (RFC 9457), or the lack of an answer. */
export class ApiError extends Error {
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  /** The stable code of the problem; `network` when no answer came. */
  readonly code: string;
  /** What is wrong with single fields: their path and words. */
  readonly errors: readonly FieldError[];
  /** After how many seconds another attempt is worth it, as the server says; null when it does not. */
  readonly retryAfterS: number | null;
  constructor(
    status: number,
    code: string,
    words: string,
    errors: readonly FieldError[] = [],
    retryAfterS: number | null = null,
  ) {
    super(words);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.errors = errors;
    this.retryAfterS = retryAfterS;
  }
}

/** What goes with a call beside what its name asks for. */
interface More {
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** For what takes long by its nature. */
  readonly timeoutMs?: number;
  /** A status of failure that comes with the answer all the same. */
  readonly alsoGood?: number;
}

interface Sent extends More {
  readonly path?: PathParts | undefined;
  readonly query?: QueryParts | undefined;
  /** A file goes as it is, with its own type. */
  readonly body?: unknown;
}

/** A call's name and what it is given; what it may take is in the table of calls. */
export type CallArgs<N extends CallName> = GivenOrNot<N, More>;

/** What a call of any name is given, as its arguments: a compiler that does not know the name can't see that it fits. */
export const argsOf = <N extends CallName>(given: Given<N> | undefined, more: More = {}) =>
  [{ ...given, ...more }] as unknown as CallArgs<N>;

const BASE = '/api/v1';
/** A server that does not answer for so long is treated as unreachable, so that a button never spins for ever. */
const TIMEOUT_MS = 20_000;

let onUnauthorized: () => void = () => {};
let onServerTime: (serverMs: number) => void = () => {};

/** Called whenever the server no longer knows the session. */
export function whenUnauthorized(listener: () => void): void {
  onUnauthorized = listener;
}

/** Called with the server's time, to the second, whenever an answer tells it. */
export function whenServerTime(listener: (serverMs: number) => void): void {
  onServerTime = listener;
}

/** Where a call of `GET` is found, for a link that the browser follows itself. */
export function addressOf<N extends CallName>(name: N, ...[given]: GivenOrNot<N>): string {
  return pathOf(name, given).path;
}

function pathOf(name: string, { path, query }: Sent = {}): { readonly method: string; readonly path: string } {
  // A field that is empty asks for nothing.
  const filled = Object.fromEntries(Object.entries(query ?? {}).filter(([, value]) => value !== ''));
  const to = callPath(name, path, filled);
  return { method: to.method, path: `${BASE}${to.path}` };
}

async function problemOf(response: Response): Promise<ApiError> {
  let body: unknown;
  try {
    body = await response.json();
  } catch {
    body = undefined;
  }
  const retryAfterS = secondsOf(response.headers.get('retry-after'));
  return problemIn(response.status, body, response.statusText, retryAfterS);
}

function problemIn(status: number, body: unknown, otherwise: string, retryAfterS: number | null = null): ApiError {
  const document = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  const text = (name: string) => (typeof document[name] === 'string' ? document[name] : undefined);
  return new ApiError(
    status,
    text('code') ?? `http-${status}`,
    [text('title'), text('detail')].filter(Boolean).join(' – ') || otherwise,
    Array.isArray(document.errors) ? (document.errors as FieldError[]) : [],
    retryAfterS,
  );
}

function secondsOf(header: string | null): number | null {
  const seconds = header === null ? Number.NaN : Number(header);
  return Number.isFinite(seconds) ? seconds : null;
}

/** The response to a call. Throws ApiError when it is not a good one. */
async function respond(name: CallName, given: Sent = {}): Promise<Response> {
  const { method, path } = pathOf(name, given);
  const { body, signal, alsoGood, timeoutMs = TIMEOUT_MS } = given;
  const headers: Record<string, string> = {
    accept: 'application/json',
    'accept-language': document.documentElement.lang,
    ...given.headers,
  };
  if (method !== 'GET') headers['x-brink-csrf'] = '1';
  const isFile = body instanceof Blob;
  if (body !== undefined && !isFile) headers['content-type'] = 'application/json';
  const timeout = AbortSignal.timeout(timeoutMs);
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers,
      credentials: 'same-origin',
      cache: 'no-store',
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      ...(body === undefined ? {} : { body: isFile ? body : JSON.stringify(body) }),
    });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new ApiError(0, 'network', cause instanceof Error ? cause.message : String(cause));
  }
  const serverMs = Date.parse(response.headers.get('date') ?? '');
  if (Number.isFinite(serverMs)) onServerTime(serverMs);
  if (response.ok || response.status === alsoGood) return response;
  const problem = await problemOf(response);
  // A wrong password is no lost session: it was asked for on the way.
  const isLost = response.status === 401 && problem.code !== 'bad-credentials';
  if (isLost && path !== `${BASE}/session`) onUnauthorized();
  throw problem;
}

const bodyOf = async (response: Response): Promise<unknown> =>
  response.status === 204 ? undefined : await response.json();

/** Makes a call and gives its answer. Throws ApiError for every other outcome. */
export async function call<N extends CallName>(name: N, ...[given]: CallArgs<N>): Promise<Answer<N>> {
  return (await bodyOf(await respond(name, given))) as Answer<N>;
}

interface Headed {
  readonly headers: Headers;
}

/** The same for who needs to know which of several answers it was, or what version it is of. */
export async function exchange<N extends CallName>(name: N, ...[given]: CallArgs<N>): Promise<Outcome<N> & Headed> {
  const response = await respond(name, given);
  const { status, headers } = response;
  const body = await bodyOf(response);
  return { status, body, etag: headers.get('etag') ?? undefined, headers } as unknown as Outcome<N> & Headed;
}

/** Calls for work that tells how far it is (0 to 1), and gives what came of it. */
export async function follow<N extends CallName>(
  name: N,
  onProgress: (share: number) => void,
  ...[given]: CallArgs<N>
): Promise<Answer<N>> {
  const response = await respond(name, { ...given, headers: { ...given?.headers, accept: LINES_TYPE } });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (let read = await reader?.read(); read?.value !== undefined; read = await reader?.read()) {
    const lines = (rest + read.value).split('\n');
    rest = lines.pop() ?? '';
    for (const text of lines) {
      const line = JSON.parse(text) as Line<Answer<N>>;
      if ('result' in line) return line.result;
      if ('problem' in line) throw problemIn(Number(line.problem.status), line.problem, '');
      onProgress(line.share);
    }
  }
  throw new ApiError(0, 'network', 'the answer ended before its end');
}

const PAGE_SIZE = 1_000;

/** Every page of a list, one after the other; `limit` is how much is asked for at a time. */
export async function callAll<N extends ListName>(name: N, ...[given]: CallArgs<N>): Promise<ItemOf<N>[]> {
  const { query, ...more }: Sent = given ?? {};
  const items: ItemOf<N>[] = [];
  let cursor: string | null = null;
  do {
    const response = await respond(name, { ...more, query: { limit: PAGE_SIZE, ...query, cursor } });
    const page = (await response.json()) as Page<ItemOf<N>>;
    items.push(...page.items);
    cursor = page.next;
  } while (cursor !== null);
  return items;
}
