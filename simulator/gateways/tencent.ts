import { createHash, createHmac } from 'node:crypto';
import type { Gateway, GatewayRequest, GatewayResult } from './gateway.ts';

/** Tencent's SMS and voice as they answer: signature TC3 by their own clock, and queues of receipts and replies. */

export interface TencentAccount {
  readonly secretId: string;
  readonly secretKey: string;
}

export interface TencentTaken {
  readonly action: string;
  readonly phone: string;
  /** SerialNo or CallId. */
  readonly ref: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface TencentGateway extends Gateway {
  readonly taken: readonly TencentTaken[];
  /** What is fetched next, and then gone. */
  report(ref: string, phone: string, isDelivered: boolean): void;
  reply(phone: string, text: string): void;
}

const SKEW_S = 300;

export function createTencentGateway({ secretId, secretKey }: TencentAccount): TencentGateway {
  const taken: TencentTaken[] = [];
  let reports: Readonly<Record<string, unknown>>[] = [];
  let replies: Readonly<Record<string, unknown>>[] = [];
  let atSeconds = 0;

  function guard(request: GatewayRequest): GatewayResult | undefined {
    const { headers, nowMs } = request;
    const [, id, day, service, signature] =
      /^TC3-HMAC-SHA256 Credential=([^/]+)\/([\d-]+)\/(\w+)\/tc3_request, SignedHeaders=content-type;host, Signature=([\da-f]{64})$/.exec(
        String(headers.authorization ?? ''),
      ) ?? [];
    if (id !== secretId) return refused('AuthFailure.SecretIdNotFound', 'The SecretId is not found.');
    const at = Number(headers['x-tc-timestamp']);
    if (!(Math.abs(at - nowMs / 1_000) <= SKEW_S)) return refused('AuthFailure.SignatureExpire', 'Signature expired.');
    const isDay = day === new Date(at * 1_000).toISOString().slice(0, 10);
    if (!isDay || signature !== signatureOf(request, day ?? '', service ?? '', secretKey)) {
      return refused('AuthFailure.SignatureFailure', 'The provided credentials could not be validated.');
    }
    return undefined;
  }

  function take(request: GatewayRequest): GatewayResult {
    const body = request.json as Readonly<Record<string, unknown>>;
    const action = String(request.headers['x-tc-action']);
    atSeconds = Math.floor(request.nowMs / 1_000);
    switch (action) {
      case 'SendSms': {
        const [phone = ''] = body.PhoneNumberSet as readonly string[];
        const isNumber = /^\+86\d{11}$/.test(phone);
        const ref = isNumber ? `2640:${taken.length}` : '';
        if (isNumber) taken.push({ action, phone, ref, body });
        const code = isNumber ? 'Ok' : 'InvalidParameterValue.IncorrectPhoneNumber';
        const status = {
          SerialNo: ref,
          PhoneNumber: phone,
          Fee: 1,
          SessionContext: body.SessionContext,
          Code: code,
          Message: code,
        };
        return response({ SendStatusSet: [status] }, isNumber);
      }
      case 'SendTtsVoice': {
        const ref = `call-${taken.length}`;
        taken.push({ action, phone: String(body.CalledNumber), ref, body });
        return response({ SendStatus: { CallId: ref, SessionContext: body.SessionContext } }, true);
      }
      case 'PullSmsSendStatus': {
        const set = reports;
        reports = [];
        return response({ PullSmsSendStatusSet: set });
      }
      case 'PullSmsReplyStatus': {
        const set = replies;
        replies = [];
        return response({ PullSmsReplyStatusSet: set });
      }
      default:
        return refused('InvalidAction', 'The action is invalid.');
    }
  }

  return {
    path: '/',
    taken,
    answer: (request) => guard(request) ?? take(request),
    report(ref, phone, isDelivered) {
      const description = isDelivered ? 'DELIVRD' : 'MK:0001';
      const status = isDelivered ? 'SUCCESS' : 'FAIL';
      reports.push({
        UserReceiveTime: atSeconds,
        PhoneNumber: phone,
        SerialNo: ref,
        ReportStatus: status,
        Description: description,
      });
    },
    reply(phone, text) {
      replies.push({
        ExtendCode: '',
        CountryCode: '86',
        PhoneNumber: phone,
        SignName: '',
        ReplyContent: text,
        ReplyTime: atSeconds,
      });
    },
  };
}

function response(body: Readonly<Record<string, unknown>>, isTaken = false): GatewayResult {
  return { status: 200, body: { Response: { ...body, RequestId: 'a0aabda6' } }, isTaken };
}

function refused(code: string, message: string): GatewayResult {
  return response({ Error: { Code: code, Message: message } });
}

function signatureOf({ method, headers, text }: GatewayRequest, day: string, service: string, secret: string): string {
  const hash = (part: string) => createHash('sha256').update(part).digest('hex');
  const sign = (key: string | Buffer, part: string) => createHmac('sha256', key).update(part).digest();
  const lines = `content-type:${headers['content-type']}\nhost:${headers.host}\n`;
  const canonical = [method, '/', '', lines, 'content-type;host', hash(text)].join('\n');
  const toSign = `TC3-HMAC-SHA256\n${headers['x-tc-timestamp']}\n${day}/${service}/tc3_request\n${hash(canonical)}`;
  return sign(sign(sign(sign(`TC3${secret}`, day), service), 'tc3_request'), toSign).toString('hex');
}
