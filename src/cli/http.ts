import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

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

export interface Answer {
  /** The body of the answer, of the shape that the OpenAPI document gives for the call. */
  readonly body: unknown;
  readonly etag: string | undefined;
}

export interface CallOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Without it a call may take as long as it takes: a backup of a large site is minutes. */
  readonly timeoutMs?: number;
}

/** Calls the API below `url`. Throws ApiError and UnreachableError. */
export function callApi(
  url: string,
  token: string,
  method: string,
  path: string,
  { body, headers = {}, timeoutMs }: CallOptions = {},
): Promise<Answer> {
  const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
  const target = `${url.replace(/\/+$/, '')}/api/v1${path}`;
  const send = target.startsWith('https:') ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const unreachable = (reason: string, cause?: unknown) => reject(new UnreachableError(url, reason, { cause }));
    const request = send(target, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        'accept-language': 'en',
        ...(payload === undefined ? {} : { 'content-type': 'application/json', 'content-length': payload.length }),
        ...headers,
      },
      agent: false,
      ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
    });
    request.on('timeout', () => request.destroy(new Error('no answer')));
    request.on('error', (error) => unreachable(error.message, error));
    request.on('response', (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', (error) => unreachable(error.message, error));
      response.on('end', () => {
        const status = response.statusCode ?? 0;
        const parsed = parseJson(Buffer.concat(parts).toString());
        if (status >= 200 && status < 300) return resolve({ body: parsed, etag: response.headers.etag });
        if (isProblem(parsed)) return reject(new ApiError(status, parsed));
        unreachable(`it answers with status ${status}`);
      });
    });
    request.end(payload);
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
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
  const list = Array.isArray(errors) ? (errors as { path: string; message: string }[]) : [];
  const lines = list.map(({ path, message }) => `  ${path === '' ? '' : `${path}: `}${message}`);
  return [head, ...lines].join('\n');
}
