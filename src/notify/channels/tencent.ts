import { createHash, createHmac } from 'node:crypto';
import { MINUTE_MS } from '../../model/time.ts';
import type { Edge, HttpAnswer, Outcome } from '../channel.ts';
import { fieldsOf, later, outcomeOf, type Read, refused, textOf, type Verdict } from './answers.ts';

/** What Tencent's SMS and voice share: signature TC3-HMAC-SHA256, codes of errors. */

export interface TencentCall {
  readonly endpoint: string;
  readonly secretId: string;
  readonly secretKey: string;
  readonly service: 'sms' | 'vms';
  readonly action: string;
  readonly version: string;
  readonly region: string;
  readonly body: string;
}

const CONTENT_TYPE = 'application/json; charset=utf-8';

/** The signature of a body, hex; `atSeconds` may be five minutes off for Tencent, and its day is that of UTC. */
export function tencentSignature(
  call: { readonly host: string; readonly service: string; readonly secretKey: string; readonly body: string },
  atSeconds: number,
): string {
  const { host, service, secretKey, body } = call;
  const day = dayOf(atSeconds);
  const headers = `content-type:${CONTENT_TYPE}\nhost:${host}\n`;
  const canonical = ['POST', '/', '', headers, 'content-type;host', sha256(body)].join('\n');
  const toSign = ['TC3-HMAC-SHA256', atSeconds, `${day}/${service}/tc3_request`, sha256(canonical)].join('\n');
  const key = hmac(hmac(hmac(`TC3${secretKey}`, day), service), 'tc3_request');
  return hmac(key, toSign).toString('hex');
}

export async function callTencent(edge: Edge, call: TencentCall): Promise<HttpAnswer> {
  const { host, origin } = new URL(call.endpoint);
  const at = Math.floor(edge.nowMs() / 1_000);
  const signature = tencentSignature({ ...call, host }, at);
  const credential = `${call.secretId}/${dayOf(at)}/${call.service}/tc3_request`;
  const headers = {
    'content-type': CONTENT_TYPE,
    host,
    authorization: `TC3-HMAC-SHA256 Credential=${credential}, SignedHeaders=content-type;host, Signature=${signature}`,
    'x-tc-action': call.action,
    'x-tc-version': call.version,
    'x-tc-timestamp': String(at),
    'x-tc-region': call.region,
  };
  return edge.http.request({ method: 'POST', url: `${origin}/`, headers, body: call.body });
}

function dayOf(atSeconds: number): string {
  return new Date(atSeconds * 1_000).toISOString().slice(0, 10);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

/** `taken` reads the response of a call that went well as a whole. */
export function classifyTencent(
  answer: HttpAnswer,
  taken: (response: Readonly<Record<string, unknown>>) => Read | undefined,
): Outcome {
  return outcomeOf(answer, (body) => {
    const response = fieldsOf(fieldsOf(body)?.Response);
    if (response === undefined) return undefined;
    const error = fieldsOf(response.Error);
    if (error === undefined) return taken(response);
    const code = textOf(error.Code) ?? '';
    return { verdict: tencentVerdict(code), words: `${code} ${textOf(error.Message) ?? ''}`.trim() };
  });
}

/** Codes of the API 3.0 and of one number's status, which are of one family. */
export function tencentVerdict(code: string): Verdict {
  if (/^AuthFailure\.(Signature|InvalidAuthorization)/.test(code)) return refused('signature');
  if (/^AuthFailure|^UnauthorizedOperation|UnapprovedOrMismatch|IncorrectOrUnapproved|SdkAppId/i.test(code)) {
    return refused('settings');
  }
  // Of one number: what goes to others need not wait with it.
  if (/ThirtySecondLimit/.test(code)) return later('server-error', MINUTE_MS / 2);
  if (/^LimitExceeded.*(Daily|OneHour|Month|SameContent)/.test(code)) return refused('quota');
  if (/^(RequestLimitExceeded|LimitExceeded|ResourceInsufficient)/.test(code)) return later('too-many', MINUTE_MS);
  if (/^(InternalError|ResourceUnavailable)|Timeout/.test(code)) return later('server-error');
  if (/Insufficient|Balance|Package/i.test(code)) return refused('quota');
  if (/PhoneNumber|CalledNumber|Blacklist/i.test(code)) return refused('recipient');
  return refused('content');
}

/** Values of a template in the order of their numbers, which is how Tencent takes them. */
export function valuesInOrder(values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values)
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, value]) => value);
}
