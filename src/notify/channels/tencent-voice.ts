import { z } from 'zod';
import { MINUTE_MS } from '../../model/time.ts';
import type { Callback, ChannelType } from '../channel.ts';
import { originSchema } from './address.ts';
import { proof } from './aliyun.ts';
import { accepted, fieldsOf, textOf } from './answers.ts';
import { CALLS_OF_ONE_NUMBER } from './calls.ts';
import { filledTemplate, phoneE164, templatesSchema } from './sms-template.ts';
import { callTencent, classifyTencent, valuesInOrder } from './tencent.ts';

/**
 * Tencent voice (vms 2020-09-02): an approved text is said, keys are posted to the channel's address. What became of a call
 * cannot be asked for: without a callback a call never gets past accepted.
 */
const settingsSchema = z
  .object({
    secretId: z.string().min(1).max(128),
    secretKey: z.string().min(1).max(256),
    voiceSdkAppId: z.string().min(1).max(32),
    templates: templatesSchema(/\{(\d{1,2})\}/g),
    playTimes: z.int().min(1).max(3).default(2),
    region: z.string().min(1).max(32).default('ap-guangzhou'),
    endpoint: originSchema.default('https://vms.tencentcloudapi.com'),
  })
  .strict();
type Settings = z.output<typeof settingsSchema>;

interface CallBody {
  readonly phone: string;
  readonly template: string;
  readonly values: readonly string[];
  readonly id: string;
}

const VERSION = '2020-09-02';

export const tencentVoice: ChannelType<Settings> = {
  kind: 'tencent-voice',
  settings: settingsSchema,
  secrets: ['secretKey'],
  proof: 'answered',
  reaches: 'phone',
  budget: () => ({
    windows: [{ count: 100, perMs: MINUTE_MS, keptForRed: 20 }],
    // Taken to be as careful with people as the other platform is.
    perRecipient: CALLS_OF_ONE_NUMBER,
    recipientsMax: 1,
    crowdedMinutes: [],
  }),
  compose(notice, to, { templates }) {
    const { code, values } = filledTemplate(templates, notice);
    const inOrder = valuesInOrder(values);
    const body: CallBody = { phone: phoneE164(to[0]?.phone ?? ''), template: code, values: inOrder, id: notice.id };
    return { body, alerts: notice.items.map(({ alert }) => alert), leftOut: 0 };
  },
  readCallback: readVoiceCallback,
  open(settings, edge) {
    return {
      async send({ body }) {
        const { phone, template, values, id } = body as CallBody;
        const asked = {
          TemplateId: template,
          CalledNumber: phone,
          VoiceSdkAppid: settings.voiceSdkAppId,
          TemplateParamSet: values,
          PlayTimes: settings.playTimes,
          SessionContext: id,
        };
        const { region, endpoint, secretId, secretKey } = settings;
        const call = { region, endpoint, secretId, secretKey, service: 'vms', version: VERSION } as const;
        const answer = await callTencent(edge, { ...call, action: 'SendTtsVoice', body: JSON.stringify(asked) });
        return classifyTencent(answer, (response) => {
          const id = textOf(fieldsOf(response.SendStatus)?.CallId);
          return id === null ? undefined : { verdict: accepted(id), words: 'Ok' };
        });
      },
      close: () => {},
    };
  },
};

/**
 * `voiceprompt_callback` says whether somebody took the call off (result 0), `voicekey_callback` which key was pressed,
 * `voice_failure_callback` why a call was none (document/product/216/37726).
 */
function readVoiceCallback(body: unknown, nowMs: number): Callback | undefined {
  const fields = fieldsOf(body);
  const heard = (
    state: 'delivered' | 'undelivered' | 'answered',
    of: Readonly<Record<string, unknown>>,
    text: string | null,
  ) => {
    const phone = `+${textOf(of.nationcode) ?? '86'}${textOf(of.mobile) ?? ''}`;
    const at = Number(of.accept_time ?? of.end_calltime);
    const atMs = at > 0 ? at * 1_000 : nowMs;
    const words = textOf(of.failure_reason) ?? textOf(of.result) ?? '';
    return {
      proofs: [proof(state, { ref: textOf(of.callid), phone, text, atMs, words })],
      answer: { result: 0, errmsg: 'OK' },
    };
  };
  const prompt = fieldsOf(fields?.voiceprompt_callback);
  if (prompt !== undefined) return heard(String(prompt.result) === '0' ? 'delivered' : 'undelivered', prompt, null);
  const key = fieldsOf(fields?.voicekey_callback);
  if (key !== undefined) return heard('answered', key, textOf(key.keypress));
  const failure = fieldsOf(fields?.voice_failure_callback);
  return failure === undefined ? undefined : heard('undelivered', failure, null);
}
