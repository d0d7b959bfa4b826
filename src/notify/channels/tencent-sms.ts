import { z } from 'zod';
import { DAY_MS, MINUTE_MS } from '../../model/time.ts';
import type { ChannelType, Edge, ProofOf } from '../channel.ts';
import { originSchema } from './address.ts';
import { proof } from './aliyun.ts';
import { accepted, fieldsOf, objectsOf, parsedJson, type Read, textOf } from './answers.ts';
import { filledTemplate, phoneE164, templatesSchema } from './sms-template.ts';
import { callTencent, classifyTencent, tencentVerdict, valuesInOrder } from './tencent.ts';

/** Tencent SMS (sms 2021-01-11): approved texts with `{1}`, `{2}`; receipts and replies posted or fetched. */
const settingsSchema = z
  .object({
    secretId: z.string().min(1).max(128),
    secretKey: z.string().min(1).max(256),
    sdkAppId: z.string().min(1).max(32),
    signName: z.string().min(1).max(64),
    templates: templatesSchema(/\{(\d{1,2})\}/g),
    region: z.string().min(1).max(32).default('ap-guangzhou'),
    /** What one number may get in a day; the console of the platform can raise it. */
    perNumberAndDay: z.int().min(1).max(1_000).default(10),
    endpoint: originSchema.default('https://sms.tencentcloudapi.com'),
  })
  .strict();
type Settings = z.output<typeof settingsSchema>;

interface SmsBody {
  readonly phone: string;
  readonly template: string;
  readonly values: readonly string[];
  readonly id: string;
}

const VERSION = '2021-01-11';
const FETCHED_AT_ONCE = 100;

export const tencentSms: ChannelType<Settings> = {
  kind: 'tencent-sms',
  settings: settingsSchema,
  secrets: ['secretKey'],
  proof: 'answered',
  reaches: 'phone',
  budget: ({ perNumberAndDay }) => ({
    windows: [{ count: 600, perMs: MINUTE_MS, keptForRed: 60 }],
    perRecipient: [
      { count: 1, perMs: MINUTE_MS / 2 },
      { count: perNumberAndDay, perMs: DAY_MS },
    ],
    recipientsMax: 1,
    crowdedMinutes: [],
  }),
  compose(notice, to, { templates }) {
    const { code, values } = filledTemplate(templates, notice);
    const inOrder = valuesInOrder(values);
    const body: SmsBody = { phone: phoneE164(to[0]?.phone ?? ''), template: code, values: inOrder, id: notice.id };
    return { body, alerts: notice.items.map(({ alert }) => alert), leftOut: 0 };
  },
  readCallback(body, nowMs) {
    const list = Array.isArray(body) ? body : [body];
    const proofs = list.flatMap((entry) => proofOfEntry(entry, nowMs) ?? []);
    // One that cannot be read must not cost the others, which would never come again otherwise.
    const isNone = list.length > 0 && proofs.length === 0;
    return isNone ? undefined : { proofs, answer: { result: 0, errmsg: 'OK' } };
  },
  open(settings, edge) {
    const call = (action: string, body: unknown) =>
      callTencent(edge, { ...settings, service: 'sms', version: VERSION, action, body: JSON.stringify(body) });
    return {
      async send({ body }) {
        const { phone, template, values, id } = body as SmsBody;
        const asked = {
          PhoneNumberSet: [phone],
          SmsSdkAppId: settings.sdkAppId,
          SignName: settings.signName,
          TemplateId: template,
          TemplateParamSet: values,
          SessionContext: id,
        };
        return classifyTencent(await call('SendSms', asked), takenOf);
      },
      /** The platform keeps what has come since it was last asked, of all messages of the application. */
      async poll() {
        const asked = { SmsSdkAppId: settings.sdkAppId, Limit: FETCHED_AT_ONCE };
        const [reports, replies] = await Promise.all([
          call('PullSmsSendStatus', asked),
          call('PullSmsReplyStatus', asked),
        ]);
        return [
          ...setOf(reports, 'PullSmsSendStatusSet').map((entry) => proofOfReport(entry, edge)),
          ...setOf(replies, 'PullSmsReplyStatusSet').map((entry) => proofOfReply(entry, edge)),
        ];
      },
      close: () => {},
    };
  },
};

function takenOf(response: Readonly<Record<string, unknown>>): Read | undefined {
  const [status] = Array.isArray(response.SendStatusSet) ? response.SendStatusSet : [];
  const fields = fieldsOf(status);
  const code = textOf(fields?.Code);
  if (fields === undefined || code === null) return undefined;
  const words = `${code} ${textOf(fields.Message) ?? ''}`.trim();
  return { verdict: code === 'Ok' ? accepted(textOf(fields.SerialNo)) : tencentVerdict(code), words };
}

function setOf(answer: Awaited<ReturnType<typeof callTencent>>, name: string): Readonly<Record<string, unknown>>[] {
  if (!('text' in answer)) return [];
  const set = fieldsOf(fieldsOf(parsedJson(answer.text))?.Response)?.[name];
  return Array.isArray(set) ? objectsOf(set) : [];
}

function proofOfReport(entry: Readonly<Record<string, unknown>>, { nowMs }: Edge): ProofOf {
  return proof(entry.ReportStatus === 'SUCCESS' ? 'delivered' : 'undelivered', {
    ref: textOf(entry.SerialNo),
    phone: textOf(entry.PhoneNumber),
    text: null,
    atMs: secondsOf(entry.UserReceiveTime) ?? nowMs(),
    words: textOf(entry.Description) ?? '',
  });
}

function proofOfReply(entry: Readonly<Record<string, unknown>>, { nowMs }: Edge): ProofOf {
  return proof('answered', {
    ref: null,
    phone: textOf(entry.PhoneNumber),
    text: (textOf(entry.ReplyContent) ?? '').trim(),
    atMs: secondsOf(entry.ReplyTime) ?? nowMs(),
    words: 'SMS',
  });
}

/** A receipt `{mobile, nationcode, report_status, sid, …}` or a reply `{mobile, nationcode, text, time}`. */
function proofOfEntry(body: unknown, nowMs: number): ProofOf | undefined {
  const entry = fieldsOf(body);
  const mobile = textOf(entry?.mobile);
  if (entry === undefined || mobile === null) return undefined;
  const phone = `+${textOf(entry.nationcode) ?? '86'}${mobile}`;
  if (typeof entry.text === 'string') {
    const atMs = secondsOf(entry.time) ?? nowMs;
    return proof('answered', { ref: null, phone, text: entry.text.trim(), atMs, words: 'SMS' });
  }
  if (entry.report_status === undefined) return undefined;
  return proof(entry.report_status === 'SUCCESS' ? 'delivered' : 'undelivered', {
    ref: textOf(entry.sid),
    phone,
    text: null,
    atMs: beijingMs(entry.user_receive_time) ?? nowMs,
    words: textOf(entry.errmsg) ?? textOf(entry.description) ?? '',
  });
}

function secondsOf(value: unknown): number | undefined {
  return typeof value === 'number' && value > 0 ? value * 1_000 : undefined;
}

function beijingMs(value: unknown): number | undefined {
  const at = Date.parse(`${String(value).trim().replace(' ', 'T')}+08:00`);
  return Number.isNaN(at) ? undefined : at;
}
