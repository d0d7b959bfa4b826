import { createHash, createHmac } from 'node:crypto';
import type { Gateway, GatewayRequest, GatewayResult } from './gateway.ts';

/** Aliyun's SMS and voice as they answer: signature V3 by their own clock, an id of each message, and what became of it. */

export interface AliyunAccount {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
}

/** A message or a call that was taken. */
export interface AliyunTaken {
  readonly action: string;
  readonly phone: string;
  /** BizId or CallId. */
  readonly ref: string;
  readonly query: Readonly<Record<string, string>>;
  /** What asking about it says; undefined: it is on its way. */
  outcome?: { readonly isDelivered: boolean; readonly key?: string };
}

export interface AliyunGateway extends Gateway {
  readonly taken: readonly AliyunTaken[];
}

const MINUTE_MS = 60_000;
const SKEW_MS = 15 * MINUTE_MS;

export function createAliyunGateway({ accessKeyId, accessKeySecret }: AliyunAccount): AliyunGateway {
  const taken: AliyunTaken[] = [];
  const nonces = new Set<string>();

  function guard(request: GatewayRequest): GatewayResult | undefined {
    const { headers, nowMs } = request;
    const authorization = String(headers.authorization ?? '');
    const [, id, names, signature] =
      /^ACS3-HMAC-SHA256 Credential=([^,]+),SignedHeaders=([^,]+),Signature=([\da-f]{64})$/.exec(authorization) ?? [];
    if (id !== accessKeyId) return refused(404, 'InvalidAccessKeyId.NotFound', 'Specified access key is not found.');
    const at = Date.parse(String(headers['x-acs-date']));
    if (!(Math.abs(at - nowMs) <= SKEW_MS)) {
      return refused(400, 'InvalidTimeStamp.Expired', 'Specified time stamp or date value is expired.');
    }
    const nonce = String(headers['x-acs-signature-nonce']);
    if (nonces.has(nonce)) return refused(400, 'SignatureNonceUsed', 'Specified signature nonce was used already.');
    nonces.add(nonce);
    if (signature !== signatureOf(request, names ?? '', accessKeySecret)) {
      return refused(400, 'SignatureDoesNotMatch', 'Specified signature is not matched with our calculation.');
    }
    return undefined;
  }

  function take(request: GatewayRequest): GatewayResult {
    const query = Object.fromEntries(request.query);
    const action = String(request.headers['x-acs-action']);
    const ok = (more: Readonly<Record<string, unknown>>, isTaken = false): GatewayResult => ({
      status: 200,
      body: { RequestId: 'F655A8D5', Code: 'OK', Message: 'OK', ...more },
      isTaken,
    });
    switch (action) {
      case 'SendSms': {
        const phone = query.PhoneNumbers ?? '';
        if (!/^1\d{10}$/.test(phone)) return refused(200, 'isv.MOBILE_NUMBER_ILLEGAL', `${phone}无效的手机号码`);
        if (/https?:|[^"{},:]{36,}/.test(query.TemplateParam ?? '')) {
          return refused(200, 'isv.PARAM_LENGTH_LIMIT', '参数超过长度限制');
        }
        const ref = `9006${taken.length}`;
        taken.push({ action, phone, ref, query });
        return ok({ BizId: ref }, true);
      }
      case 'SingleCallByTts':
      case 'IvrCall': {
        const ref = `1160${taken.length}^1028${taken.length}`;
        taken.push({ action, phone: query.CalledNumber ?? '', ref, query });
        return ok({ CallId: ref }, true);
      }
      case 'QuerySendDetails': {
        const found = taken.filter(({ ref, phone }) => ref === query.BizId && phone === query.PhoneNumber);
        const details = found.map(({ outcome, phone }) => ({
          PhoneNum: phone,
          SendStatus: outcome === undefined ? 1 : outcome.isDelivered ? 3 : 2,
          ReceiveDate: '2026-07-03 02:14:09',
          ErrCode: outcome?.isDelivered ? 'DELIVERED' : 'MOBILE_NOT_ON_SERVICE',
        }));
        return ok({ TotalCount: details.length, SmsSendDetailDTOs: { SmsSendDetailDTO: details } });
      }
      case 'QueryCallDetailByCallId': {
        const call = taken.find(({ ref }) => ref === query.CallId);
        if (call?.outcome === undefined) return ok({});
        const { isDelivered, key } = call.outcome;
        const state = isDelivered ? '200000' : '200010';
        const stateDesc = isDelivered ? '用户接听' : '用户关机';
        return ok({
          Data: JSON.stringify({
            state,
            stateDesc,
            callee: call.phone,
            endDate: '2026-07-03 02:15:00',
            ...(key && { dtmf: key }),
          }),
        });
      }
      default:
        return refused(400, 'InvalidAction.NotFound', 'Specified api is not found.');
    }
  }

  return { path: '/', taken, answer: (request) => guard(request) ?? take(request) };
}

function refused(status: number, code: string, message: string): GatewayResult {
  return { status, body: { RequestId: 'F655A8D5', Code: code, Message: message }, isTaken: false };
}

/** What Aliyun computes from what it was sent: the headers named, as they came. */
function signatureOf({ method, query, headers, text }: GatewayRequest, names: string, secret: string): string {
  const escaped = (part: string) =>
    encodeURIComponent(part).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
  const sorted = [...query]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${escaped(name)}=${escaped(value)}`);
  const lines = names.split(';').map((name) => `${name}:${String(headers[name]).trim()}\n`);
  const hash = (part: string) => createHash('sha256').update(part).digest('hex');
  const canonical = [method, '/', sorted.join('&'), lines.join(''), names, hash(text)].join('\n');
  return createHmac('sha256', secret)
    .update(`ACS3-HMAC-SHA256\n${hash(canonical)}`)
    .digest('hex');
}
