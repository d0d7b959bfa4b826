import { z } from 'zod';
import { DAY_MS, MINUTE_MS } from '../../model/time.ts';
import type { ChannelType, Edge, Pending, ProofOf } from '../channel.ts';
import { originSchema } from './address.ts';
import { ALIYUN_HEARD, aliyunTimeMs, beijingDay, callAliyun, classifyAliyun, entriesOf, proof } from './aliyun.ts';
import { fieldsOf, parsedJson, textOf } from './answers.ts';
import { filledTemplate, phoneDigits, templatesSchema } from './sms-template.ts';

/** Aliyun SMS (dysmsapi 2017-05-25): approved texts with `${variables}`, receipts and replies posted or asked for. */
const settingsSchema = z
  .object({
    accessKeyId: z.string().min(1).max(128),
    accessKeySecret: z.string().min(1).max(256),
    signName: z.string().min(1).max(64),
    templates: templatesSchema(/\$\{(\w+)\}/g),
    endpoint: originSchema.default('https://dysmsapi.aliyuncs.com'),
  })
  .strict();
type Settings = z.output<typeof settingsSchema>;

interface SmsBody {
  readonly phone: string;
  readonly template: string;
  readonly param: string;
  readonly outId: string;
}

const VERSION = '2017-05-25';

export const aliyunSms: ChannelType<Settings> = {
  kind: 'aliyun-sms',
  settings: settingsSchema,
  secrets: ['accessKeySecret'],
  proof: 'answered',
  reaches: 'phone',
  budget: () => ({
    windows: [{ count: 600, perMs: MINUTE_MS, keptForRed: 60 }],
    perRecipient: [{ count: 50, perMs: DAY_MS }],
    // One each: of several in one request a wrong number refuses all.
    recipientsMax: 1,
    crowdedMinutes: [],
  }),
  compose(notice, to, { templates }) {
    const { code, values } = filledTemplate(templates, notice);
    const body: SmsBody = {
      phone: phoneDigits(to[0]?.phone ?? ''),
      template: code,
      param: JSON.stringify(values),
      outId: notice.id,
    };
    return { body, alerts: notice.items.map(({ alert }) => alert), leftOut: 0 };
  },
  readCallback(body, nowMs) {
    const proofs = entriesOf(body)?.flatMap((entry) => proofOfEntry(entry, nowMs));
    return proofs === undefined ? undefined : { proofs, answer: ALIYUN_HEARD };
  },
  open(settings, edge) {
    return {
      async send({ body }) {
        const { phone, template, param, outId } = body as SmsBody;
        const query = {
          PhoneNumbers: phone,
          SignName: settings.signName,
          TemplateCode: template,
          TemplateParam: param,
          OutId: outId,
        };
        const call = { ...settings, action: 'SendSms', version: VERSION, query };
        return classifyAliyun(await callAliyun(edge, call), 'BizId');
      },
      async poll(pending) {
        // Whatever the platform can be asked of a message is known with its receipt.
        const open = pending.filter(({ isDelivered }) => !isDelivered);
        const found = await Promise.all(open.map((one) => askFor(settings, edge, one)));
        return found.flat();
      },
      close: () => {},
    };
  },
};

/** A receipt `{phone_number, success, err_code, biz_id, report_time}` or a reply `{phone_number, content, send_time}`. */
function proofOfEntry(entry: Readonly<Record<string, unknown>>, nowMs: number): ProofOf[] {
  const phone = textOf(entry.phone_number);
  if (typeof entry.content === 'string') {
    const at = aliyunTimeMs(entry.send_time, nowMs);
    return [proof('answered', { ref: null, phone, text: entry.content.trim(), atMs: at, words: 'SMS' })];
  }
  const isDelivered = entry.success === true || entry.success === 'true';
  if (entry.success === undefined) return [];
  const words = [textOf(entry.err_code), textOf(entry.err_msg)].filter((text) => text !== null).join(' ');
  const common = { ref: textOf(entry.biz_id), phone, text: null, atMs: aliyunTimeMs(entry.report_time, nowMs), words };
  return [proof(isDelivered ? 'delivered' : 'undelivered', common)];
}

/** QuerySendDetails: SendStatus 1 waits, 2 failed, 3 is on the device. */
async function askFor(settings: Settings, edge: Edge, { ref, phone, acceptedAtMs }: Pending): Promise<ProofOf[]> {
  const query = {
    PhoneNumber: phoneDigits(phone),
    BizId: ref,
    SendDate: beijingDay(acceptedAtMs),
    PageSize: '10',
    CurrentPage: '1',
  };
  const answer = await callAliyun(edge, { ...settings, action: 'QuerySendDetails', version: VERSION, query });
  if (!('text' in answer)) return [];
  const details = fieldsOf(fieldsOf(parsedJson(answer.text))?.SmsSendDetailDTOs)?.SmsSendDetailDTO;
  return (Array.isArray(details) ? details : []).flatMap((detail) => {
    const fields = fieldsOf(detail);
    const status = Number(fields?.SendStatus);
    if (fields === undefined || (status !== 2 && status !== 3)) return [];
    const atMs = aliyunTimeMs(fields.ReceiveDate, edge.nowMs());
    const common = { ref, phone, text: null, atMs, words: textOf(fields.ErrCode) ?? '' };
    return [proof(status === 3 ? 'delivered' : 'undelivered', common)];
  });
}
