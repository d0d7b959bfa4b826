import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { HttpError, InfluxDB, setLogger } from '@influxdata/influxdb-client';
import type { InfluxTarget } from './settings.ts';

export type WriteOutcome =
  | { readonly kind: 'stored' }
  /** Some or all of the lines can never be stored; `dropped` says how many, when the server does. */
  | { readonly kind: 'rejected'; readonly reason: string; readonly dropped: number | null }
  | { readonly kind: 'too-large'; readonly reason: string }
  /** Worth another try; not before `retryAfterMs`, when the server says so. */
  | { readonly kind: 'failed'; readonly reason: string; readonly retryAfterMs: number | null };

/** One statement's rows: the column names and the values, null where there is none. */
export interface Rows {
  readonly columns: readonly string[];
  readonly values: readonly (readonly unknown[])[];
}

/** An InfluxDB 1.8 or 2.x: written over /api/v2/write, read with InfluxQL over /query, which both know. */
export interface InfluxServer {
  /** `lines`: joined by newlines. Never rejects. */
  write(lines: string): Promise<WriteOutcome>;
  /** The rows of each statement. Rejects when the server does not answer in time, or answers with an error. */
  query(statements: readonly string[], timeoutMs: number): Promise<Rows[]>;
  close(): void;
}

const WRITE_TIMEOUT_MS = 30_000;

export function connectServer(target: InfluxTarget): InfluxServer {
  // The client reports each failure to the console otherwise; the history tells it as its problem.
  setLogger({ warn: () => undefined, error: () => undefined });
  const { url, token, org, bucket } = target;
  const Agent = url.startsWith('https:') ? HttpsAgent : HttpAgent;
  const agent = new Agent({ keepAlive: true });
  const client = new InfluxDB({ url, token, timeout: WRITE_TIMEOUT_MS, transportOptions: { agent } });
  // One record a time, sent by `flush`, tried once: batches, cursor and retries are the follower's, because a line must
  // not be given up nor overtaken.
  const api = client.getWriteApi(org, bucket, 'ms', {
    batchSize: 2,
    maxBatchBytes: Number.MAX_SAFE_INTEGER,
    flushInterval: 0,
    maxRetries: 0,
    writeFailed: (error) => Promise.reject(error),
  });

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
    async query(statements, timeoutMs) {
      const address = new URL(`${url.replace(/\/$/, '')}/query`);
      for (const [key, value] of databaseOf(bucket)) address.searchParams.set(key, value);
      address.searchParams.set('epoch', 'ms');
      address.searchParams.set('q', statements.join(';'));
      const response = await fetch(address, {
        headers: { accept: 'application/json', ...(token === '' ? {} : { authorization: `Token ${token}` }) },
        signal: AbortSignal.timeout(timeoutMs),
      }).catch((error: unknown) => {
        throw new Error(`InfluxDB does not answer: ${describe(error)}`, { cause: error });
      });
      const body = (await response.json().catch(() => null)) as QueryResponse | null;
      const error = body?.error ?? body?.message ?? body?.results?.find((result) => result.error !== undefined)?.error;
      if (!response.ok || error !== undefined || body?.results === undefined) {
        throw new Error(`InfluxDB answers ${response.status}: ${error ?? 'without a result'}`);
      }
      return body.results.map((result) => joinSeries(result.series ?? []));
    },
    close: () => agent.destroy(),
  };
}

interface QueryResponse {
  readonly results?: readonly { readonly series?: readonly Rows[]; readonly error?: string }[];
  readonly error?: string;
  readonly message?: string;
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

function outcomeOf(error: unknown): WriteOutcome {
  if (!(error instanceof HttpError)) {
    return { kind: 'failed', reason: `InfluxDB does not answer: ${describe(error)}`, retryAfterMs: null };
  }
  const { statusCode } = error;
  const words = wordsOf(error);
  const reason = `InfluxDB answers ${statusCode}: ${words ?? error.message}`;
  if (statusCode === 413) return { kind: 'too-large', reason };
  // Without words of InfluxDB's own it is something between us and it that refuses, and not the lines that are wrong.
  if ((statusCode === 400 || statusCode === 422) && words !== null) {
    const dropped = /dropped=(\d+)/.exec(words)?.[1];
    return { kind: 'rejected', reason: words, dropped: dropped === undefined ? null : Number(dropped) };
  }
  const retryAfterMs = error.retryAfter();
  return { kind: 'failed', reason, retryAfterMs: retryAfterMs > 0 ? retryAfterMs : null };
}

function wordsOf(error: HttpError): string | null {
  const body = error.json as { message?: unknown; error?: unknown; data?: unknown } | undefined;
  for (const words of [body?.message, body?.error]) {
    if (typeof words === 'string' && words !== '') {
      return body?.data === undefined ? words : `${words}: ${JSON.stringify(body.data)}`;
    }
  }
  return null;
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? error.cause : error;
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : null;
  return cause.message !== '' ? cause.message : (code ?? cause.name);
}
