import { z } from 'zod';
import type { Person } from '../../model/notify/people.ts';
import { MINUTE_MS } from '../../model/time.ts';
import type { ChannelType, HttpAnswer, Notice, Outcome } from '../channel.ts';
import { originSchema } from './address.ts';
import { accepted, fieldsOf, later, outcomeOf, type Read, refused, textOf } from './answers.ts';
import { chatLines, openSender, sendJson, withoutForm } from './chat.ts';
import { oneForm } from './escape.ts';
import { wordsOf } from './words.ts';

/**
 * The robot of a WeCom group (消息推送; developer.work.weixin.qq.com, document 99110 and 91770). Twenty messages a minute;
 * the key in its address is the whole secret; HTTP is 200 also when it refuses.
 */
const settingsSchema = z
  .object({
    /** The key of the robot's address, or the whole address as the group shows it. */
    key: z
      .string()
      .transform((text) => /[?&]key=([\w-]+)/.exec(text)?.[1] ?? text.trim())
      .pipe(z.string().regex(/^[\w-]{8,128}$/)),
    /** Where it answers; another one only for a stand-in or a private WeCom. */
    origin: originSchema.default('https://qyapi.weixin.qq.com'),
  })
  .strict();
type Settings = z.output<typeof settingsSchema>;

const MARKDOWN_BYTES_MAX = 4_096;
const TEXT_BYTES_MAX = 2_048;

export const wecom: ChannelType<Settings> = {
  kind: 'wecom',
  settings: settingsSchema,
  secrets: ['key'],
  proof: 'accepted',
  reaches: 'group',
  budget: () => ({
    windows: [{ count: 18, perMs: MINUTE_MS, keptForRed: 1 }],
    perRecipient: [],
    recipientsMax: 64,
    crowdedMinutes: [],
  }),
  compose(notice, to) {
    // Telephone numbers are mentioned in plain text alone, ids in Markdown alone; in text an id can stand beside a number.
    const isText = to.some(({ wecom: id, phone }) => id === undefined && phone !== undefined);
    const fit = isText ? textOfNotice(notice) : markdownOf(notice, to);
    const body = isText
      ? { msgtype: 'text', text: { content: fit.text, ...mentionsOf(to) } }
      : { msgtype: 'markdown', markdown: { content: fit.text } };
    return { body, alerts: fit.alerts, leftOut: fit.leftOut };
  },
  shownText(body) {
    const { markdown, text } = fieldsOf(body) ?? {};
    const content = textOf(fieldsOf(markdown)?.content) ?? textOf(fieldsOf(text)?.content);
    return content === null ? null : withoutForm(content);
  },
  open({ key, origin }, edge) {
    const url = `${origin.replace(/\/$/, '')}/cgi-bin/webhook/send?key=${encodeURIComponent(key)}`;
    return openSender(({ body }) => sendJson(edge, url, body, classifyWecom));
  },
};

function markdownOf(notice: Notice, to: readonly Person[]) {
  const mentions = to.flatMap(({ wecom: id }) => (id === undefined ? [] : `<@${id.replace(/[<>@\s]/g, '')}>`));
  const link = notice.link === null ? [] : [`[${wordsOf(notice).open}](${notice.link})`];
  return chatLines(notice, {
    title: (title) => `**<font color="${colourOf(notice)}">${title}</font>**`,
    foot: [...link, mentions.join(' ')],
    most: MARKDOWN_BYTES_MAX,
  });
}

function textOfNotice(notice: Notice) {
  return chatLines(notice, {
    title: (title) => title,
    // In plain text only a mention is form, and it needs its bracket.
    text: (text) => oneForm(text).replaceAll('<', '＜'),
    foot: notice.link === null ? [] : [notice.link],
    most: TEXT_BYTES_MAX,
  });
}

function mentionsOf(to: readonly Person[]): Record<string, string[]> {
  return {
    mentioned_list: to.flatMap(({ wecom: id }) => id ?? []),
    mentioned_mobile_list: to.flatMap(({ wecom: id, phone }) => (id === undefined && phone !== undefined ? phone : [])),
  };
}

/** It has three colours: orange, green and grey. */
function colourOf({ kind, tone, level }: Notice): 'warning' | 'info' | 'comment' {
  if (tone === 'over') return 'info';
  return level === 'red' || level === 'orange' || kind === 'system' ? 'warning' : 'comment';
}

export function classifyWecom(answer: HttpAnswer): Outcome {
  return outcomeOf(answer, readErrcode);
}

function readErrcode(body: unknown): Read | undefined {
  const fields = fieldsOf(body);
  if (typeof fields?.errcode !== 'number') return undefined;
  const words = `${fields.errcode} ${textOf(fields.errmsg) ?? ''}`.trim();
  switch (fields.errcode) {
    case 0:
      return { verdict: accepted(null), words };
    // Too many in a minute, or at the same time.
    case 45009:
    case 45033:
      return { verdict: later('too-many', MINUTE_MS), words };
    // No such robot: a wrong or withdrawn key.
    case 93000:
    case 40014:
      return { verdict: refused('settings'), words };
    // Address of the server is not among those allowed for the robot.
    case 93017:
    case 60020:
      return { verdict: refused('settings'), words };
    // A form or a length that it does not take.
    case 40008:
    case 40033:
    case 40058:
    case 44004:
    case 45002:
      return { verdict: refused('content'), words };
    // What is not known may pass: to try again costs little, to give up may cost an alert.
    default:
      return { verdict: later('server-error'), words };
  }
}
