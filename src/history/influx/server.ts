import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { HttpError, InfluxDB, setLogger } from '@influxdata/influxdb-client';
import { failureOf, InfluxFailure, noAnswer, ORGANISATION_MISSING, statementFailure, wordsIn } from './failure.ts';
import { isAboutLines } from './rejections.ts';
import type { InfluxTarget } from './settings.ts';

export type WriteOutcome =
  | { readonly kind: 'stored' }
  /** Some or all of the lines can never be stored, in the server's words. */
  | { readonly kind: 'rejected'; readonly reason: string }
  | { readonly kind: 'too-large'; readonly reason: string };

/** One statement's rows: the column names and the values, null where there is none. */
export interface Rows {
  readonly columns: readonly string[];
  readonly values: readonly (readonly unknown[])[];
}

/**
 * An InfluxDB 1.8 or 2.x: written over /api/v2/write, read with InfluxQL over /query, which both know. What the server
 * does not do is an InfluxFailure.
 */
export interface InfluxServer {
  /** `lines`: joined by newlines. */
  write(lines: string): Promise<WriteOutcome>;
  /** The rows of each statement. */
  query(statements: readonly string[], timeoutMs: number): Promise<Rows[]>;
  /** Whether it is there and would take lines: writes none. */
  tryWriting(): Promise<void>;
  close(): void;
}

const WRITE_TIMEOUT_MS = 30_000;
const TRY_TIMEOUT_MS = 10_000;

export function connectServer(target: InfluxTarget): InfluxServer {
  // The client reports each failure to the console otherwise; the history tells it as its problem.
  setLogger({ warn: () => undefined, error: () => undefined });
  const { token, org, bucket } = target;
  const url = target.url.replace(/\/$/, '');
  const Agent = url.startsWith('https:') ? HttpsAgent : HttpAgent;
  const agent = new Agent({ keepAlive: true });
  const client = new InfluxDB({ url, token, timeout: WRITE_TIMEOUT_MS, transportOptions: { agent } });
  const authorization: Record<string, string> = token === '' ? {} : { authorization: `Token ${token}` };
  const closing = new AbortController();
  // One record a time, sent by `flush`, tried once: batches, cursor and retries are the follower's, because a line must
  // not be given up nor overtaken.
  const api = client.getWriteApi(org, bucket, 'ns', {
    batchSize: 2,
    maxBatchBytes: Number.MAX_SAFE_INTEGER,
    flushInterval: 0,
    maxRetries: 0,
    writeFailed: (error) => Promise.reject(error),
  });

  async function ask(
    address: URL,
    timeoutMs: number,
    options: RequestInit = {},
  ): Promise<{ response: Response; body: unknown }> {
    try {
      const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(timeoutMs)]);
      const headers = { accept: 'application/json', ...authorization };
      const response = await fetch(address, { ...options, headers, signal });
      return { response, body: await response.json().catch(() => null) };
    } catch (error) {
      throw noAnswer(error);
    }
  }

  async function query(statements: readonly string[], timeoutMs: number): Promise<Rows[]> {
    const address = new URL(`${url}/query`);
    for (const [key, value] of databaseOf(bucket)) address.searchParams.set(key, value);
    address.searchParams.set('epoch', 'u');
    address.searchParams.set('q', statements.join(';'));
    const { response, body } = await ask(address, timeoutMs);
    if (!response.ok) throw failureOf(response.status, wordsIn(body));
    const { results } = (body ?? {}) as QueryResponse;
    const words = wordsIn(body) ?? results?.find((result) => result.error !== undefined)?.error;
    if (words !== undefined) throw statementFailure(words);
    if (results === undefined) throw new InfluxFailure('server-error', 'InfluxDB answers a query without a result');
    return results.map((result) => joinSeries(result.series ?? []));
  }

  return {
    async write(lines) {
      try {
        api.writeRecord(lines);
        await api.flush();
        return { kind: 'stored' };
      } catch (error) {
        return outcomeOf(error);
      }
    },
    query,
    async tryWriting() {
      const address = new URL(`${url}/api/v2/write`);
      for (const [key, value] of Object.entries({ org, bucket, precision: 'ns' })) address.searchParams.set(key, value);
      const { response, body } = await ask(address, TRY_TIMEOUT_MS, { method: 'POST', body: '' });
      const words = wordsIn(body);
      if (response.ok || (words !== null && NOTHING_TO_WRITE.test(words))) return;
      const failure = failureOf(response.status, words);
      const version = response.headers.get('x-influxdb-version') ?? '';
      if (org === '' && /^v?2\./.test(version)) {
        throw new InfluxFailure('organisation', `${ORGANISATION_MISSING}; ${failure.message}`);
      }
      if (failure.outage === 'unauthorized' && /^v?1\./.test(version) && !token.includes(':')) {
        throw new InfluxFailure('unauthorized', `${failure.message} (InfluxDB 1.x takes user:password as the token)`);
      }
      throw failure;
    },
    close() {
      closing.abort(new Error('the history is being closed'));
      agent.destroy();
    },
  };
}

/** How the first of 2.x refuse an empty write, once everything else is in order. */
const NOTHING_TO_WRITE = /writing requires points/i;

interface QueryResponse {
  readonly results?: readonly { readonly series?: readonly Rows[]; readonly error?: string }[];
}

/** 2.x maps a bucket named database/policy to the two; elsewhere the bucket is the database. */
function databaseOf(bucket: string): [string, string][] {
  const slash = bucket.indexOf('/');
  if (slash < 0) return [['db', bucket]];
  return [
    ['db', bucket.slice(0, slash)],
    ['rp', bucket.slice(slash + 1)],
  ];
}

function joinSeries(series: readonly Rows[]): Rows {
  return { columns: series[0]?.columns ?? [], values: series.flatMap(({ values }) => values) };
}

/** Throws what is worth another try. */
function outcomeOf(error: unknown): WriteOutcome {
  if (!(error instanceof HttpError)) throw noAnswer(error);
  const { statusCode } = error;
  const words = wordsIn(error.json);
  if (statusCode === 413) return { kind: 'too-large', reason: words ?? 'the request is too large' };
  if (words !== null && isAboutLines(statusCode, words)) return { kind: 'rejected', reason: words };
  // The client gives the number of the header as it stands, which is seconds.
  const retryAfterMs = error.retryAfter() * 1_000;
  throw failureOf(statusCode, words, retryAfterMs > 0 ? retryAfterMs : null);
}
