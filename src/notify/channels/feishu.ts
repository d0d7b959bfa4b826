import { createHmac } from 'node:crypto';
import { z } from 'zod';
import type { Level } from '../../model/level.ts';
import { MINUTE_MS } from '../../model/time.ts';
import type { ChannelType, HttpAnswer, Notice, Outcome } from '../channel.ts';
import { originSchema } from './address.ts';
import { accepted, fieldsOf, later, objectsOf, outcomeOf, type Read, refused, textOf } from './answers.ts';
import { chatLines, openSender, sendJson } from './chat.ts';
import { oneForm, oneLine } from './escape.ts';
import { cutTo, utf8Bytes } from './length.ts';
import { wordsOf } from './words.ts';

/**
 * The custom bot of a Feishu group (open.feishu.cn, bot-v3/add-custom-bot): a hundred messages a minute and five a second,
 * at most 20 KB, and full and half hours are crowded (11232).
 */
const settingsSchema = z
  .object({
    /** The id that ends the bot's address, or the whole address as the group shows it. */
    hook: z
      .string()
      .transform((text) => /\/hook\/([\w-]+)/.exec(text)?.[1] ?? text.trim())
      .pipe(z.string().regex(/^[\w-]{8,128}$/)),
    /** 签名校验. Empty when the bot has none. */
    secret: z.string().max(128).default(''),
    origin: originSchema.default('https://open.feishu.cn'),
  })
  .strict();
type Settings = z.output<typeof settingsSchema>;

/** Of 20 KB, with room for what is around it and for what JSON escapes. */
const TEXT_BYTES_MAX = 14_000;
const TITLE_BYTES_MAX = 256;
const SECOND_MS = 1_000;

const COLOURS: Readonly<Record<Level, string>> = { red: 'red', orange: 'orange', yellow: 'yellow', blue: 'blue' };

export const feishu: ChannelType<Settings> = {
  kind: 'feishu',
  settings: settingsSchema,
  secrets: ['hook', 'secret'],
  proof: 'accepted',
  reaches: 'group',
  budget: () => ({
    windows: [
      { count: 90, perMs: MINUTE_MS, keptForRed: 5 },
      { count: 4, perMs: SECOND_MS, keptForRed: 1 },
    ],
    perRecipient: [],
    recipientsMax: 64,
    crowdedMinutes: [0, 30],
  }),
  compose(notice, to) {
    // What stands in plain text takes no form, so that nothing needs to be escaped in it.
    const fit = chatLines(notice, {
      title: () => '',
      text: oneForm,
      foot: [],
      most: TEXT_BYTES_MAX,
    });
    const mentions = to.flatMap(({ feishu: id }) =>
      id === undefined ? [] : `<at id=${id.replace(/[^\w-]/g, '')}></at>`,
    );
    const plain = (content: string) => ({ tag: 'plain_text', content });
    const elements = [
      ...(fit.text === '' ? [] : [{ tag: 'div', text: plain(fit.text) }]),
      ...(mentions.length === 0 ? [] : [{ tag: 'div', text: { tag: 'lark_md', content: mentions.join(' ') } }]),
      ...(notice.link === null ? [] : [buttonTo(notice.link, plain(wordsOf(notice).open))]),
    ];
    const title = cutTo(oneLine(notice.title), TITLE_BYTES_MAX, utf8Bytes);
    const card = { header: { template: colourOf(notice), title: plain(title) }, elements };
    return { body: { msg_type: 'interactive', card }, alerts: fit.alerts, leftOut: fit.leftOut };
  },
  shownText(body) {
    const card = fieldsOf(fieldsOf(body)?.card);
    if (card === undefined) return null;
    const { elements } = card;
    const texts = objectsOf(Array.isArray(elements) ? elements : []).flatMap(({ text }) => {
      const { tag, content } = fieldsOf(text) ?? {};
      return tag === 'plain_text' ? (textOf(content) ?? []) : [];
    });
    const title = textOf(fieldsOf(fieldsOf(card.header)?.title)?.content) ?? '';
    return [title, ...texts].join('\n').trim();
  },
  open({ hook, secret, origin }, edge) {
    const url = `${origin.replace(/\/$/, '')}/open-apis/bot/v2/hook/${encodeURIComponent(hook)}`;
    return openSender(({ body }) => {
      const at = Math.floor(edge.nowMs() / SECOND_MS);
      const signed = secret === '' ? body : { timestamp: String(at), sign: feishuSign(at, secret), ...fieldsOf(body) };
      return sendJson(edge, url, signed, classifyFeishu);
    });
  },
};

function buttonTo(url: string, text: { readonly tag: string; readonly content: string }) {
  return { tag: 'action', actions: [{ tag: 'button', text, url, type: 'primary' }] };
}

function colourOf({ tone, level }: Notice): string {
  if (tone === 'over') return 'green';
  return level === null ? 'grey' : COLOURS[level];
}

/** Base64 of the HMAC-SHA-256 of nothing, with time in s, line end and secret for its key: the other way round than DingTalk's. */
export function feishuSign(atSeconds: number, secret: string): string {
  return createHmac('sha256', `${atSeconds}\n${secret}`).digest('base64');
}

export function classifyFeishu(answer: HttpAnswer): Outcome {
  return outcomeOf(answer, readCode);
}

function readCode(body: unknown): Read | undefined {
  const fields = fieldsOf(body);
  // The old field of the same meaning.
  const code = fields?.code ?? fields?.StatusCode;
  if (typeof code !== 'number') return undefined;
  const said = textOf(fields?.msg) ?? textOf(fields?.StatusMessage) ?? '';
  const words = `${code} ${said}`.trim();
  switch (code) {
    case 0:
      return { verdict: accepted(null), words };
    case 11232:
    case 99991400:
      return { verdict: later('too-many', MINUTE_MS), words };
    // One code for too many and for a request that it cannot read.
    case 9499:
      return { verdict: /many|limit|frequen/i.test(said) ? later('too-many', MINUTE_MS) : refused('content'), words };
    case 19021:
      return { verdict: refused('signature'), words };
    // No such hook, an address of ours that is not allowed, a keyword that is missing.
    case 19001:
    case 19022:
    case 19024:
      return { verdict: refused('settings'), words };
    case 19002:
    case 11246:
    case 230025:
      return { verdict: refused('content'), words };
    default:
      return { verdict: later('server-error'), words };
  }
}
