import { createHmac } from 'node:crypto';
import type { Gateway, GatewayResult, ShownMessage } from './gateway.ts';

/** The robots of the three group chats as they answer to whoever posts: forms, guards, limits and words of each. */

export interface RobotOptions {
  /** The secret that it checks signatures with; left out: it has none. DingTalk and Feishu only. */
  readonly secret?: string;
  /** DingTalk and Feishu: one must occur. */
  readonly keywords?: readonly string[];
}

const MINUTE_MS = 60_000;
const result = (body: unknown, taken = false, shown?: ShownMessage): GatewayResult => ({
  status: 200,
  body,
  isTaken: taken,
  ...(shown && { shown }),
});

/** A window in which only so many are taken; `blockMs`: how long it takes none after one too many. */
function createLimit(count: number, perMs: number, blockMs: number): (nowMs: number) => boolean {
  let taken: number[] = [];
  let blockedUntilMs = Number.NEGATIVE_INFINITY;
  return (nowMs) => {
    if (nowMs < blockedUntilMs) return false;
    taken = taken.filter((atMs) => atMs > nowMs - perMs);
    if (taken.length >= count) {
      blockedUntilMs = nowMs + blockMs;
      return false;
    }
    taken.push(nowMs);
    return true;
  };
}

/** WeCom: 20 a minute, then 45009 until the minute has passed; the key in the address is all that guards it. */
export function createWecomRobot(key: string): Gateway {
  const mayTake = createLimit(20, MINUTE_MS, 0);
  return {
    path: '/cgi-bin/webhook/send',
    answer({ query, json, nowMs }) {
      const said = (errcode: number, errmsg: string) => result({ errcode, errmsg });
      if (query.get('key') !== key) return said(93000, 'invalid webhook url');
      if (!mayTake(nowMs)) return said(45009, 'api freq out of limit');
      const { msgtype, markdown, text } = json as {
        readonly msgtype?: string;
        readonly markdown?: { readonly content?: string };
        readonly text?: {
          readonly content?: string;
          readonly mentioned_list?: string[];
          readonly mentioned_mobile_list?: string[];
        };
      };
      const content = msgtype === 'markdown' ? markdown?.content : msgtype === 'text' ? text?.content : undefined;
      if (content === undefined) return said(40008, 'invalid message type');
      const most = msgtype === 'markdown' ? 4_096 : 2_048;
      if (Buffer.byteLength(content) > most) return said(40058, `${msgtype}.content exceed max length ${most}`);
      const mentions = [
        ...[...content.matchAll(/<@([^>]+)>/g)].map((match) => match[1] ?? ''),
        ...(text?.mentioned_list ?? []),
        ...(text?.mentioned_mobile_list ?? []),
      ];
      return result({ errcode: 0, errmsg: 'ok' }, true, { title: '', text: content, mentions, link: linkIn(content) });
    },
  };
}

/** DingTalk: the 21st in a minute is refused and so is everything for ten minutes. Its clock may differ by an hour. */
export function createDingtalkRobot(token: string, { secret, keywords = [] }: RobotOptions = {}): Gateway {
  const mayTake = createLimit(20, MINUTE_MS, 10 * MINUTE_MS);
  return {
    path: '/robot/send',
    answer({ query, json, text: raw, nowMs }) {
      const said = (errcode: number, errmsg: string) => result({ errcode, errmsg });
      if (query.get('access_token') !== token) return said(300001, 'token is not exist');
      if (secret !== undefined) {
        const timestamp = query.get('timestamp') ?? '';
        if (Math.abs(Number(timestamp) - nowMs) > 60 * MINUTE_MS) return said(310000, 'invalid timestamp');
        const expected = createHmac('sha256', secret).update(`${timestamp}\n${secret}`).digest('base64');
        if (query.get('sign') !== expected) return said(310000, 'sign not match');
      }
      if (!mayTake(nowMs)) return said(130101, 'send too fast, exceed 20 times per minute');
      if (Buffer.byteLength(raw) > 20_000) return said(460101, 'message too long, exceed 20000 bytes');
      const { msgtype, markdown, at } = json as {
        readonly msgtype?: string;
        readonly markdown?: { readonly title?: string; readonly text?: string };
        readonly at?: { readonly atUserIds?: string[]; readonly atMobiles?: string[] };
      };
      if (msgtype !== 'markdown' || !markdown?.title || !markdown.text) return said(40035, 'param error');
      const { title, text } = markdown;
      if (keywords.length > 0 && !keywords.some((word) => text.includes(word) || title.includes(word))) {
        return said(310000, 'keywords not in content');
      }
      const mentions = [...(at?.atUserIds ?? []), ...(at?.atMobiles ?? [])].filter((who) => text.includes(`@${who}`));
      return result({ errcode: 0, errmsg: 'ok' }, true, { title, text, mentions, link: linkIn(text) });
    },
  };
}

/** Feishu: 100 a minute and 5 a second; its clock may differ by an hour. */
export function createFeishuRobot(hook: string, { secret, keywords = [] }: RobotOptions = {}): Gateway {
  const inMinute = createLimit(100, MINUTE_MS, 0);
  const inSecond = createLimit(5, 1_000, 0);
  return {
    path: `/open-apis/bot/v2/hook/${hook}`,
    answer({ json, text: raw, nowMs }) {
      const said = (code: number, msg: string) => result({ code, msg, data: {} });
      const body = json as {
        readonly timestamp?: string;
        readonly sign?: string;
        readonly msg_type?: string;
        readonly card?: {
          readonly header?: { readonly title?: { readonly content?: string } };
          readonly elements?: readonly FeishuElement[];
        };
      };
      if (secret !== undefined) {
        const timestamp = body.timestamp ?? '';
        const expected = createHmac('sha256', `${timestamp}\n${secret}`).digest('base64');
        if (Math.abs(Number(timestamp) * 1_000 - nowMs) > 60 * MINUTE_MS || body.sign !== expected) {
          return said(19021, 'sign match fail or timestamp is not within one hour from current time');
        }
      }
      if (!inSecond(nowMs) || !inMinute(nowMs)) return said(11232, 'frequency limited psm');
      if (Buffer.byteLength(raw) > 20 * 1_024) return said(9499, 'Bad Request');
      if (body.msg_type !== 'interactive' || body.card === undefined) return said(19002, 'params error, msg_type need');
      if (keywords.length > 0 && !keywords.some((word) => raw.includes(word)))
        return said(19024, 'Key Words Not Found');
      const elements = body.card.elements ?? [];
      const texts = elements.flatMap(({ text }) => (text?.tag === 'plain_text' ? [text.content] : []));
      const mentions = elements.flatMap(({ text }) =>
        text?.tag === 'lark_md' ? [...text.content.matchAll(/<at id=([^>]+)>/g)].map((match) => match[1] ?? '') : [],
      );
      const link = elements.flatMap(({ actions }) => actions?.map(({ url }) => url) ?? [])[0] ?? null;
      const title = body.card.header?.title?.content ?? '';
      return result({ code: 0, msg: 'success', data: {} }, true, { title, text: texts.join('\n'), mentions, link });
    },
  };
}

interface FeishuElement {
  readonly text?: { readonly tag: string; readonly content: string };
  readonly actions?: readonly { readonly url: string }[];
}

function linkIn(text: string): string | null {
  return /\]\((https?:[^)]+)\)/.exec(text)?.[1] ?? /^https?:\S+$/m.exec(text)?.[0] ?? null;
}
