/** Why the server takes or tells nothing: stable names, for figures and for programs. */
export type OutageCause =
  /** No organisation is set, and the server asks for one. */
  | 'organisation'
  | 'unauthorized'
  | 'forbidden'
  | 'not-found'
  | 'bad-request'
  | 'too-many-requests'
  | 'server-error'
  | 'refused'
  | 'timeout'
  | 'unreachable';

/** The server did not do what it was asked for; the message is for an operator. Worth another try. */
export class InfluxFailure extends Error {
  readonly outage: OutageCause;
  /** Not before this, when the server says so. */
  readonly retryAfterMs: number | null;
  constructor(outage: OutageCause, message: string, retryAfterMs: number | null = null, cause?: unknown) {
    super(message, { cause });
    this.outage = outage;
    this.retryAfterMs = retryAfterMs;
  }
}

/** What 2.x says to a request without an organisation. */
const ORGANISATION_NEEDED = /\bprovide either orgID or org\b/i;

export const ORGANISATION_MISSING =
  'InfluxDB 2 asks for the organisation of the bucket, and none is set (--influx-org, BRINK_INFLUX_ORG)';

/** The failure behind an answer with this status and these words of the server's own, or without any. */
export function failureOf(status: number, words: string | null, retryAfterMs: number | null = null): InfluxFailure {
  if (words !== null && ORGANISATION_NEEDED.test(words)) return new InfluxFailure('organisation', ORGANISATION_MISSING);
  return new InfluxFailure(
    causeOf(status),
    `InfluxDB answers ${status}${words === null ? '' : `: ${words}`}`,
    retryAfterMs,
  );
}

function causeOf(status: number): OutageCause {
  switch (status) {
    case 401:
      return 'unauthorized';
    case 403:
      return 'forbidden';
    case 404:
      return 'not-found';
    case 408:
      return 'timeout';
    case 429:
      return 'too-many-requests';
    default:
      return status >= 500 ? 'server-error' : 'bad-request';
  }
}

/** What a statement of InfluxQL failed with, which comes with the status 200. */
export function statementFailure(words: string): InfluxFailure {
  if (/^database not found/.test(words)) {
    // 2.x shows a token only what it may read.
    const why = 'there is none, its name is mapped elsewhere, or the token may not read it';
    return new InfluxFailure('not-found', `InfluxDB cannot answer: ${words} (${why})`);
  }
  const cause = /not found/i.test(words) ? 'not-found' : /auth|permission/i.test(words) ? 'forbidden' : 'bad-request';
  return new InfluxFailure(cause, `InfluxDB cannot answer: ${words}`);
}

/** The failure behind what a request was rejected with before there was an answer. */
export function noAnswer(error: unknown): InfluxFailure {
  if (error instanceof InfluxFailure) return error;
  const code = codeOf(error);
  const cause: OutageCause = code === 'ECONNREFUSED' ? 'refused' : isTimeout(error, code) ? 'timeout' : 'unreachable';
  return new InfluxFailure(cause, `InfluxDB does not answer: ${describe(error)}`, null, error);
}

function isTimeout(error: unknown, code: string | null): boolean {
  return code === 'ETIMEDOUT' || (error instanceof Error && /Time(out|dOut)Error$/.test(error.name));
}

function innermost(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error ? error.cause : error;
}

function codeOf(error: unknown): string | null {
  const cause = innermost(error);
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : null;
}

function describe(error: unknown): string {
  const cause = innermost(error);
  if (!(cause instanceof Error)) return String(cause);
  return cause.message !== '' ? cause.message : (codeOf(error) ?? cause.name);
}

/** The words of InfluxDB's own in an answer; null when something between us and it has answered instead. */
export function wordsIn(body: unknown): string | null {
  const { message, error, data } = (body ?? {}) as { message?: unknown; error?: unknown; data?: unknown };
  for (const words of [message, error]) {
    if (typeof words === 'string' && words !== '') {
      return data === undefined ? words : `${words}: ${JSON.stringify(data)}`;
    }
  }
  return null;
}
