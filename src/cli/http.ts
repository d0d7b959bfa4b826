import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { callPath, type PathParts, type QueryParts } from '../model/call-path.ts';
import { LINES_TYPE, type Line } from '../model/progress.ts';
import type { FieldError } from '../wire/problem.ts';

/** A call that was refused; `problem` is the server's RFC 9457 document. */
export class ApiError extends Error {
  readonly status: number;
  readonly problem: Readonly<Record<string, unknown>>;
  constructor(status: number, problem: Readonly<Record<string, unknown>>) {
    super(problemText(status, problem));
    this.name = 'ApiError';
    this.status = status;
    this.problem = problem;
  }
}

/** The server cannot be reached, or what answers there is no Brink. */
export class UnreachableError extends Error {
  constructor(url: string, reason: string, options?: ErrorOptions) {
    super(`no Brink answers at ${url}: ${reason}`, options);
    this.name = 'UnreachableError';
  }
}

/** A file that was being given ended before its end. */
export class CutOffError extends Error {
  constructor(reason: string, options?: ErrorOptions) {
    super(`the file was cut off: ${reason}`, options);
    this.name = 'CutOffError';
  }
}

export interface Answer {
  readonly status: number;
  /** The body of the answer, of the shape that the table of calls gives for the call. */
  readonly body: unknown;
  readonly etag: string | undefined;
}

/** The server that is called, below `/api/v1`. */
export interface Target {
  readonly url: string;
  readonly token: string;
}

export interface CallOptions {
  readonly path?: PathParts | undefined;
  readonly query?: QueryParts | undefined;
  /** Bytes go as they are, with the content type of `headers`; anything else goes as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** A status of failure that comes with the answer all the same. */
  readonly alsoGood?: number;
  /** Without it a call may take as long as it takes: a backup of a large site is minutes. */
  readonly timeoutMs?: number;
}

/** Makes a call of the table. Throws ApiError and UnreachableError. */
export async function callApi(target: Target, name: string, options: CallOptions = {}): Promise<Answer> {
  const { path, query, body, headers = {}, ...rest } = options;
  const isFile = body instanceof Uint8Array;
  const payload = body === undefined ? undefined : Buffer.from(isFile ? body : JSON.stringify(body));
  const type: Record<string, string> = payload === undefined || isFile ? {} : { 'content-type': 'application/json' };
  const sent = { ...callPath(name, path, query), payload, headers: { ...type, ...headers }, ...rest };
  const response = await send(target, sent);
  const text = await textOf(target.url, response);
  return { status: response.statusCode ?? 0, body: parseJson(text), etag: response.headers.etag };
}

/** Gets a file, to be read at the caller's own speed. Throws as `callApi` does; the stream fails when it is cut off. */
export function downloadApi(target: Target, name: string, { path, query }: CallOptions = {}): Promise<Readable> {
  return send(target, callPath(name, path, query));
}

/**
 * Calls for work that tells how far it is, and gives what came of it. Throws as `callApi` does.
 */
export async function followApi(
  target: Target,
  name: string,
  onProgress: (share: number) => void,
  { path, query }: CallOptions = {},
): Promise<unknown> {
  const response = await send(target, { ...callPath(name, path, query), headers: { accept: LINES_TYPE } });
  try {
    for await (const text of createInterface({ input: response })) {
      const line = JSON.parse(text) as Line<unknown>;
      if ('result' in line) return line.result;
      if ('problem' in line) throw new ApiError(Number(line.problem.status), line.problem);
      onProgress(line.share);
    }
  } catch (error) {
    throw error instanceof ApiError ? error : unreachable(target.url, error);
  }
  throw unreachable(target.url, new Error('the answer ended before its end'));
}

/** Sends a file of any length and gives the answer's body. Throws as `callApi` does. */
export async function uploadApi(
  target: Target,
  name: string,
  { file, type }: { readonly file: Readable; readonly type: string },
): Promise<unknown> {
  const sent = { ...callPath(name), payload: file, headers: { 'content-type': type } };
  return parseJson(await textOf(target.url, await send(target, sent)));
}

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly payload?: Buffer | Readable | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number | undefined;
  readonly alsoGood?: number | undefined;
}

/** Resolves with the answer once its headers are there; rejects when it is not a good one. */
function send({ url, token }: Target, { method, path, payload, headers, timeoutMs, alsoGood }: Sent) {
  const target = `${url.replace(/\/+$/, '')}/api/v1${path}`;
  const start = target.startsWith('https:') ? httpsRequest : httpRequest;
  return new Promise<IncomingMessage>((resolve, reject) => {
    const request = start(target, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        'accept-language': 'en',
        ...(Buffer.isBuffer(payload) ? { 'content-length': payload.length } : {}),
        ...headers,
      },
      agent: false,
      ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
    });
    request.on('timeout', () => request.destroy(new Error('no answer')));
    request.on('error', (error) => reject(unreachable(url, error)));
    request.on('response', (response) => {
      const status = response.statusCode ?? 0;
      if ((status >= 200 && status < 300) || status === alsoGood) return resolve(response);
      // It may come before the whole file has been sent, and nobody will read the rest.
      if (payload !== undefined && !Buffer.isBuffer(payload)) payload.destroy();
      textOf(url, response).then((text) => {
        const problem = parseJson(text);
        reject(
          isProblem(problem) ? new ApiError(status, problem) : unreachable(url, `it answers with status ${status}`),
        );
      }, reject);
    });
    if (payload === undefined || Buffer.isBuffer(payload)) {
      request.end(payload);
      return;
    }
    payload.on('error', (error) => {
      request.destroy();
      reject(error);
    });
    payload.pipe(request);
  });
}

function unreachable(url: string, cause: unknown): UnreachableError {
  return new UnreachableError(url, cause instanceof Error ? cause.message : String(cause), { cause });
}

async function textOf(url: string, response: IncomingMessage): Promise<string> {
  try {
    return await text(response);
  } catch (error) {
    throw unreachable(url, error);
  }
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function isProblem(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && 'code' in value;
}

/** Title, detail, and every field that is wrong on a line of its own. */
function problemText(status: number, { title, detail, errors }: Readonly<Record<string, unknown>>): string {
  const head = [title ?? `status ${status}`, ...(detail === undefined ? [] : [detail])].join(': ');
  const list = Array.isArray(errors) ? (errors as FieldError[]) : [];
  const lines = list.map(({ path, message }) => `  ${path === '' ? '' : `${path}: `}${message}`);
  return [head, ...lines].join('\n');
}
