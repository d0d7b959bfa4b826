import { z } from 'zod';
import { MINUTE_MS } from '../../model/time.ts';
import type { ChannelType, Edge, Pending, ProofOf } from '../channel.ts';
import { originSchema } from './address.ts';
import { ALIYUN_HEARD, aliyunTimeMs, callAliyun, classifyAliyun, entriesOf, proof } from './aliyun.ts';
import { fieldsOf, parsedJson, textOf } from './answers.ts';
import { CALLS_OF_ONE_NUMBER } from './calls.ts';
import { filledTemplate, phoneDigits, templatesSchema } from './sms-template.ts';

/**
 * Aliyun voice (dyvmsapi 2017-05-25). SingleCallByTts says a text and cannot hear a key; IvrCall says the same and asks for
 * one, and needs a number of one's own and a text that is said when the key was pressed.
 */
const settingsSchema = z
  .object({
    accessKeyId: z.string().min(1).max(128),
    accessKeySecret: z.string().min(1).max(256),
    templates: templatesSchema(/\$\{(\w+)\}/g),
    /** The office's own number (专属模式); empty for the platform's. */
    calledShowNumber: z.string().max(24).default(''),
    playTimes: z.int().min(1).max(3).default(2),
    /** The key that acknowledges, and the template without variables that is said then. Without it no key is asked for. */
    key: z
      .object({ digit: z.string().regex(/^\d$/), thanks: z.string().min(1).max(64) })
      .strict()
      .optional(),
    endpoint: originSchema.default('https://dyvmsapi.aliyuncs.com'),
  })
  .strict();
type Settings = z.output<typeof settingsSchema>;

interface CallBody {
  readonly phone: string;
  readonly template: string;
  readonly param: string;
  readonly outId: string;
}

const VERSION = '2017-05-25';
/** TtsParam has fewer than 250 characters. */
const PARAM_UNITS_MAX = 249;
const OUT_ID_BYTES_MAX = 15;
const ANSWERED = '200000';
/** What the platform calls its products when it is asked about a call: notification, or one that asks for keys. */
const PRODUCTS = { tts: '11000000300006', ivr: '11000000300005' } as const;

export const aliyunVoice: ChannelType<Settings> = {
  kind: 'aliyun-voice',
  settings: settingsSchema,
  secrets: ['accessKeySecret'],
  proof: 'answered',
  reaches: 'phone',
  budget: () => ({
    windows: [{ count: 100, perMs: MINUTE_MS, keptForRed: 20 }],
    perRecipient: CALLS_OF_ONE_NUMBER,
    recipientsMax: 1,
    crowdedMinutes: [],
  }),
  compose(notice, to, { templates }) {
    const { code, values } = filledTemplate(templates, notice);
    const body: CallBody = {
      phone: phoneDigits(to[0]?.phone ?? ''),
      template: code,
      param: shortened(values, PARAM_UNITS_MAX),
      outId: notice.id.slice(-OUT_ID_BYTES_MAX),
    };
    return { body, alerts: notice.items.map(({ alert }) => alert), leftOut: 0 };
  },
  readCallback(body, nowMs, settings) {
    const digit = textOf(fieldsOf(settings?.key)?.digit);
    const proofs = entriesOf(body)?.flatMap((entry) => proofsOfCall(entry, textOf(entry.call_id), nowMs, digit));
    return proofs === undefined ? undefined : { proofs, answer: ALIYUN_HEARD };
  },
  open(settings, edge) {
    return {
      async send({ body }) {
        const { action, query } = callOf(settings, body as CallBody);
        return classifyAliyun(await callAliyun(edge, { ...settings, action, version: VERSION, query }), 'CallId');
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

/** JSON no longer than `most`: the longest value loses its end until it fits. */
function shortened(values: Readonly<Record<string, string>>, most: number): string {
  const left: Record<string, string> = { ...values };
  for (;;) {
    const text = JSON.stringify(left);
    const [name, value] = Object.entries(left).sort(([, a], [, b]) => b.length - a.length)[0] ?? [];
    if (text.length <= most || name === undefined || value === undefined || value.length <= 1) return text;
    left[name] = [...value].slice(0, -1).join('');
  }
}

function callOf({ calledShowNumber, playTimes, key }: Settings, body: CallBody) {
  const { phone, template, param, outId } = body;
  const common = {
    CalledNumber: phone,
    ...(calledShowNumber !== '' && { CalledShowNumber: calledShowNumber }),
    PlayTimes: String(playTimes),
    OutId: outId,
  };
  if (key === undefined) {
    return { action: 'SingleCallByTts', query: { ...common, TtsCode: template, TtsParam: param } };
  }
  const keys = { 'MenuKeyMap.1.Key': key.digit, 'MenuKeyMap.1.Code': key.thanks };
  const query = { ...common, ...keys, StartCode: template, StartTtsParams: param, ByeCode: key.thanks };
  return { action: 'IvrCall', query };
}

/**
 * A report `{call_id, status_code, status_msg, dtmf, end_time}`: taken off means that it was heard, a key that it was answered.
 * `digit`: the key that was asked for; another one is a cheek at the telephone.
 */
function proofsOfCall(
  entry: Readonly<Record<string, unknown>>,
  ref: string | null,
  nowMs: number,
  digit: string | null,
): ProofOf[] {
  const status = textOf(entry.status_code) ?? textOf(entry.state);
  if (status === null) return [];
  const words = `${status} ${textOf(entry.status_msg) ?? textOf(entry.stateDesc) ?? ''}`.trim();
  const at = aliyunTimeMs(entry.end_time ?? entry.endDate, nowMs);
  const common = { ref, phone: textOf(entry.callee), atMs: at, words };
  const key = textOf(entry.dtmf);
  return [
    proof(status === ANSWERED ? 'delivered' : 'undelivered', { ...common, text: null }),
    ...(key === null || (digit !== null && key !== digit) ? [] : [proof('answered', { ...common, text: key })]),
  ];
}

/** QueryCallDetailByCallId; its Data is JSON in a text, there only when the call has ended. */
async function askFor(settings: Settings, edge: Edge, { ref, phone, acceptedAtMs }: Pending): Promise<ProofOf[]> {
  const query = {
    CallId: ref,
    ProdId: settings.key === undefined ? PRODUCTS.tts : PRODUCTS.ivr,
    QueryDate: String(acceptedAtMs),
  };
  const answer = await callAliyun(edge, { ...settings, action: 'QueryCallDetailByCallId', version: VERSION, query });
  if (!('text' in answer)) return [];
  const data = textOf(fieldsOf(parsedJson(answer.text))?.Data);
  const fields = data === null ? undefined : fieldsOf(parsedJson(data));
  return fields === undefined
    ? []
    : proofsOfCall({ ...fields, callee: phone }, ref, edge.nowMs(), settings.key?.digit ?? null);
}
