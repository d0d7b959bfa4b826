import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { refusal } from '../../model/issue.ts';
import { DAY_MS, MINUTE_MS } from '../../model/time.ts';
import type { ChannelType, HttpAnswer, Outcome } from '../channel.ts';
import { originSchema } from './address.ts';
import { accepted, fieldsOf, later, outcomeOf, type Read, refused, textOf } from './answers.ts';
import { chatLines, openSender, sendJson, withoutForm } from './chat.ts';
import { chatText, oneLine } from './escape.ts';
import { cutTo, utf8Bytes } from './length.ts';
import { wordsOf } from './words.ts';

/**
 * The custom robot of a DingTalk group. The 21st message of a minute costs ten minutes of silence. It is guarded by a
 * signature, by keywords of which one must occur, or by the server's address.
 */
const settingsSchema = z
  .object({
    /** The token of the robot's address, or the whole address as the group shows it. */
    token: z
      .string()
      .transform((text) => /[?&]access_token=(\w+)/.exec(text)?.[1] ?? text.trim())
      .pipe(z.string().regex(/^\w{8,128}$/)),
    /** 加签: begins with SEC. Empty when the robot has none. */
    secret: z.string().max(128).default(''),
    /** One of the keywords that the robot asks for. It is put into each message that does not hold it anyway. */
    keyword: z
      .string()
      .trim()
      .max(32)
      .default('')
      .refine((text) => !text.includes('预警'), refusal('public-warning-word', {}))
      // A keyword with signs of Markdown would be written otherwise, and the robot would not find it.
      .refine((text) => chatText(text) === text, refusal('keyword-with-signs', {})),
    /** Messages in a calendar month that the organisation's plan has for robots. */
    perMonth: z.int().positive().optional(),
    origin: originSchema.default('https://oapi.dingtalk.com'),
  })
  .strict();
type Settings = z.output<typeof settingsSchema>;

/** 460101 says that the whole message may have 20,000 bytes; what is around the text has room here. */
const TEXT_BYTES_MAX = 18_000;
const TITLE_BYTES_MAX = 256;
const BLOCKED_MS = 10 * MINUTE_MS;
const MONTH_MS = 30 * DAY_MS;

export const dingtalk: ChannelType<Settings> = {
  kind: 'dingtalk',
  settings: settingsSchema,
  secrets: ['token', 'secret'],
  proof: 'accepted',
  reaches: 'group',
  budget: ({ perMonth }) => ({
    windows: [
      { count: 18, perMs: MINUTE_MS, keptForRed: 1 },
      ...(perMonth === undefined ? [] : [{ count: perMonth, perMs: MONTH_MS, keptForRed: Math.ceil(perMonth / 10) }]),
    ],
    perRecipient: [],
    recipientsMax: 64,
    crowdedMinutes: [],
  }),
  compose(notice, to, { keyword }) {
    const ids = to.flatMap(({ dingtalk: id }) => id ?? []);
    const phones = to.flatMap(({ dingtalk: id, phone }) => (id === undefined && phone !== undefined ? phone : []));
    const link = notice.link === null ? [] : [`[${wordsOf(notice).open}](${notice.link})`];
    const isSaid = `${notice.title}\n${notice.body}`.includes(keyword);
    // Who is to be called must stand in the text as well.
    const mentions = [...ids, ...phones].map((who) => `@${who.replace(/[@\s]/g, '')}`).join(' ');
    const fit = chatLines(notice, {
      title: (title) => `### ${title}`,
      foot: [...link, mentions, isSaid ? '' : keyword],
      most: TEXT_BYTES_MAX,
    });
    // A single line end is none in its Markdown.
    const text = fit.text.replaceAll('\n', '\n\n');
    const title = cutTo(chatText(oneLine(notice.title)), TITLE_BYTES_MAX, utf8Bytes);
    const at = { atUserIds: ids, atMobiles: phones, isAtAll: false };
    return { body: { msgtype: 'markdown', markdown: { title, text }, at }, alerts: fit.alerts, leftOut: fit.leftOut };
  },
  shownText(body) {
    const text = textOf(fieldsOf(fieldsOf(body)?.markdown)?.text);
    return text === null ? null : withoutForm(text);
  },
  open({ token, secret, origin }, edge) {
    const url = () => {
      const base = `${origin.replace(/\/$/, '')}/robot/send?access_token=${encodeURIComponent(token)}`;
      if (secret === '') return base;
      const at = edge.nowMs();
      return `${base}&timestamp=${at}&sign=${encodeURIComponent(dingtalkSign(at, secret))}`;
    };
    return openSender(({ body }) => sendJson(edge, url(), body, classifyDingtalk));
  },
};

/** Base64 of the HMAC-SHA-256, with the secret for its key, of time in ms, line end and secret. */
export function dingtalkSign(atMs: number, secret: string): string {
  return createHmac('sha256', secret).update(`${atMs}\n${secret}`).digest('base64');
}

export function classifyDingtalk(answer: HttpAnswer): Outcome {
  return outcomeOf(answer, readErrcode);
}

function readErrcode(body: unknown): Read | undefined {
  const fields = fieldsOf(body);
  const code = Number(fields?.errcode);
  if (fields?.errcode === undefined || Number.isNaN(code)) return undefined;
  const said = textOf(fields.errmsg) ?? '';
  const words = `${code} ${said}`.trim();
  switch (code) {
    case 0:
      return { verdict: accepted(null), words };
    case 130101:
    case 410100:
      return { verdict: later('too-many', BLOCKED_MS), words };
    // One code for all three guards; only its words tell them apart.
    case 310000:
      return { verdict: refused(/sign|timestamp|签名|时间/i.test(said) ? 'signature' : 'settings'), words };
    // No such token, robot stopped, robot gone.
    case 300001:
    case 400101:
    case 400102:
    case 400106:
    case 40014:
      return { verdict: refused('settings'), words };
    case 400105:
    case 430101:
    case 430102:
    case 430104:
    case 460101:
    case 40035:
      return { verdict: refused('content'), words };
    default:
      return { verdict: later('server-error'), words };
  }
}
