import { LINES_TYPE, type Line } from '../../model/progress.ts';
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

type Query = Readonly<Record<string, string | number | boolean | null | undefined>>;

export interface RequestOptions {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly query?: Query;
  readonly body?: unknown;
  /** Sent as it is, instead of a body; `headers` say what it is. */
  readonly file?: Blob;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** For what takes long by its nature. */
  readonly timeoutMs?: number;
}

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

export function apiPath(path: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') search.set(name, String(value));
  }
  const text = search.toString();
  return `${BASE}${path}${text === '' ? '' : `?${text}`}`;
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

/** The answer and its headers. Throws ApiError for every other outcome. */
export async function send(path: string, options: RequestOptions = {}): Promise<Response> {
  const method = options.method ?? 'GET';
  const headers: Record<string, string> = {
    accept: 'application/json',
    'accept-language': document.documentElement.lang,
    ...options.headers,
  };
  if (method !== 'GET') headers['x-brink-csrf'] = '1';
  if (options.body !== undefined) headers['content-type'] = 'application/json';
  const timeout = AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS);
  let response: Response;
  try {
    response = await fetch(apiPath(path, options.query), {
      method,
      headers,
      credentials: 'same-origin',
      cache: 'no-store',
      signal: options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]),
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      ...(options.file === undefined ? {} : { body: options.file }),
    });
  } catch (cause) {
    if (options.signal?.aborted) throw cause;
    throw new ApiError(0, 'network', cause instanceof Error ? cause.message : String(cause));
  }
  const serverMs = Date.parse(response.headers.get('date') ?? '');
  if (Number.isFinite(serverMs)) onServerTime(serverMs);
  if (response.ok) return response;
  const problem = await problemOf(response);
  // A wrong password is no lost session: it was asked for on the way.
  const isLost = response.status === 401 && problem.code !== 'bad-credentials';
  if (isLost && path !== '/session') onUnauthorized();
  throw problem;
}

export async function request<T>(path: string, options: RequestOptions = {}): Promise<T> {
  const response = await send(path, options);
  if (response.status === 204) return undefined as T;
  return (await response.json()) as T;
}

/** Calls for work that tells how far it is (0 to 1), and gives what came of it. */
export async function requestFollowed<T>(
  path: string,
  onProgress: (share: number) => void,
  options: RequestOptions = {},
): Promise<T> {
  const response = await send(path, { ...options, headers: { ...options.headers, accept: LINES_TYPE } });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (let read = await reader?.read(); read?.value !== undefined; read = await reader?.read()) {
    const lines = (rest + read.value).split('\n');
    rest = lines.pop() ?? '';
    for (const text of lines) {
      const line = JSON.parse(text) as Line<T>;
      if ('result' in line) return line.result;
      if ('problem' in line) throw problemIn(Number(line.problem.status), line.problem, '');
      onProgress(line.share);
    }
  }
  throw new ApiError(0, 'network', 'the answer ended before its end');
}

/** Every page of a list, one after the other. */
export async function requestAll<T>(path: string, options: RequestOptions = {}, pageSize = 1_000): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<T> = await request(path, { ...options, query: { ...options.query, limit: pageSize, cursor } });
    items.push(...page.items);
    cursor = page.next;
  } while (cursor !== null);
  return items;
}
