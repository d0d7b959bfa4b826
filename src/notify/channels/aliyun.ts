import { createHash, createHmac, randomUUID } from 'node:crypto';
import { HOUR_MS, MINUTE_MS } from '../../model/time.ts';
import type { Edge, HttpAnswer, Outcome, ProofOf } from '../channel.ts';
import { accepted, fieldsOf, later, objectsOf, outcomeOf, refused, textOf, type Verdict } from './answers.ts';

/** What Aliyun's SMS and voice share: signature V3 (ACS3-HMAC-SHA256), codes of errors, receipts. */

export interface AliyunCall {
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly action: string;
  readonly version: string;
  readonly query: Readonly<Record<string, string>>;
}

export interface AliyunSigned {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The request with its signature. `nonce` is never the same twice; `atMs` may be 15 minutes off for Aliyun. */
export function signAliyun(call: AliyunCall, atMs: number, nonce: string): AliyunSigned {
  const { host, origin } = new URL(call.endpoint);
  const query = Object.entries(call.query)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${percent(name)}=${percent(value)}`)
    .join('&');
  const bodyHash = sha256('');
  const headers: Record<string, string> = {
    host,
    'x-acs-action': call.action,
    'x-acs-content-sha256': bodyHash,
    'x-acs-date': new Date(atMs).toISOString().replace(/\.\d{3}Z$/, 'Z'),
    'x-acs-signature-nonce': nonce,
    'x-acs-version': call.version,
  };
  const names = Object.keys(headers).sort();
  const lines = names.map((name) => `${name}:${headers[name]}\n`).join('');
  const canonical = ['POST', '/', query, lines, names.join(';'), bodyHash].join('\n');
  const signature = createHmac('sha256', call.accessKeySecret)
    .update(`ACS3-HMAC-SHA256\n${sha256(canonical)}`)
    .digest('hex');
  const authorization = `ACS3-HMAC-SHA256 Credential=${call.accessKeyId},SignedHeaders=${names.join(';')},Signature=${signature}`;
  return { url: `${origin}/?${query}`, headers: { ...headers, authorization, accept: 'application/json' } };
}

export async function callAliyun(edge: Edge, call: AliyunCall): Promise<HttpAnswer> {
  const { url, headers } = signAliyun(call, edge.nowMs(), randomUUID());
  return edge.http.request({ method: 'POST', url, headers, body: '' });
}

/** RFC 3986: what encodeURIComponent leaves is written out too. */
function percent(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** `ref`: the field of the answer by which receipts name the message. */
export function classifyAliyun(answer: HttpAnswer, ref: 'BizId' | 'CallId'): Outcome {
  return outcomeOf(answer, (body) => {
    const fields = fieldsOf(body);
    const code = textOf(fields?.Code);
    if (fields === undefined || code === null) return undefined;
    const said = textOf(fields.Message) ?? '';
    const verdict = code === 'OK' ? accepted(textOf(fields[ref])) : verdictOf(code, said);
    return { verdict, words: `${code} ${said}`.trim() };
  });
}

/** Codes as the error tables of dysmsapi and dyvmsapi name them; the part behind the last point is what differs. */
function verdictOf(code: string, said: string): Verdict {
  if (/SignatureDoesNotMatch|InvalidTimeStamp|IllegalTimestamp|SignatureNonceUsed|IncompleteSignature/i.test(code)) {
    return refused('signature');
  }
  if (/^Throttling|SYSTEM_BUSY|FLOW_LIMIT/i.test(code)) return later('too-many', MINUTE_MS);
  if (/SYSTEM_ERROR|ServiceUnavailable|InternalError|UNKNOWN/i.test(code)) return later('server-error');
  // One code for limits of a minute, an hour and a day; only of the first the message is still worth something after.
  if (/LIMIT_CONTROL/i.test(code)) {
    // It counts messages to one number, so that what goes to others need not wait with it.
    return /分钟|minute/i.test(said) ? later('server-error', MINUTE_MS) : refused('quota');
  }
  if (/AMOUNT_NOT_ENOUGH|OUT_OF_SERVICE|BALANCE/i.test(code)) return refused('quota');
  if (/MOBILE_NUMBER|MOBILE_COUNT|CALLED_NUMBER|BLACK_LIST|INVALID_CALLED/i.test(code)) return refused('recipient');
  if (/PARAM|BLACK_KEY|TEMPLATE_MISSING|JSON|CONTENT|VARIABLE/i.test(code)) return refused('content');
  return refused('settings');
}

/** `2026-07-03 02:14:09` as the platform writes it, in Beijing time, or ms; the present when there is none. */
export function aliyunTimeMs(value: unknown, nowMs: number): number {
  if (typeof value === 'number') return value;
  const at = Date.parse(`${String(value).trim().replace(' ', 'T')}+08:00`);
  return Number.isNaN(at) ? nowMs : at;
}

/** The day of a time in Beijing, `YYYYMMDD`, as queries are made by day. */
export function beijingDay(atMs: number): string {
  return new Date(atMs + 8 * HOUR_MS).toISOString().slice(0, 10).replaceAll('-', '');
}

/** The entries of what the platform posts, one or a list, as far as they can be read. Undefined when nothing of it can. */
export function entriesOf(body: unknown): readonly Readonly<Record<string, unknown>>[] | undefined {
  const list = Array.isArray(body) ? body : [body];
  const entries = objectsOf(list);
  return entries.length === 0 && list.length > 0 ? undefined : entries;
}

/** That it was heard; otherwise it comes again after 1, 5 and 10 minutes. */
export const ALIYUN_HEARD = { code: 0, msg: 'OK' } as const;

export function proof(state: ProofOf['state'], of: Omit<ProofOf, 'state'>): ProofOf {
  return { state, ...of };
}
