import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { refusal } from '../../model/issue.ts';
import { MINUTE_MS } from '../../model/time.ts';
import type { ChannelType, HttpAnswer, Outcome } from '../channel.ts';
import { addressSchema, querySchema, withQuery } from './address.ts';
import { accepted, later, outcomeOf, type Read, refused } from './answers.ts';
import { openSender } from './chat.ts';
import { oneForm } from './escape.ts';
import { fitted, utf8Bytes } from './length.ts';
import { wordsOf } from './words.ts';

/**
 * A signed webhook for other programs, by the Standard Webhooks specification 1.0: whoever receives it can prove that it is
 * ours, that it is new, and by its id that he has it already.
 */
const settingsSchema = z
  .object({
    url: addressSchema,
    query: querySchema,
    /** `whsec_` and the key in Base64. */
    secret: z.string().refine((text) => keyOf(text) !== undefined, refusal('bad-webhook-secret', {})),
    perMinute: z.int().positive().max(6_000).default(600),
  })
  .strict();
type Settings = z.output<typeof settingsSchema>;

const BODY_BYTES_MAX = 256 * 1_024;
/** Alerts are listed within this; each has its id, level and words. */
const TEXT_BYTES_MAX = 20 * 1_024;

export const webhook: ChannelType<Settings> = {
  kind: 'webhook',
  settings: settingsSchema,
  secrets: ['secret', 'query'],
  proof: 'accepted',
  reaches: 'group',
  budget: ({ perMinute }) => ({
    windows: [{ count: perMinute, perMs: MINUTE_MS, keptForRed: Math.ceil(perMinute / 20) }],
    perRecipient: [],
    recipientsMax: 64,
    crowdedMinutes: [],
  }),
  compose(notice, to) {
    const items = notice.items.map((item) => ({ alert: item.alert, line: JSON.stringify(item) }));
    const fit = fitted({
      head: [],
      items,
      foot: [],
      more: (count) => wordsOf(notice).more(count),
      most: BODY_BYTES_MAX - TEXT_BYTES_MAX,
      measure: utf8Bytes,
    });
    const named = new Set(fit.alerts);
    const data = {
      kind: notice.kind,
      level: notice.level,
      title: oneForm(notice.title),
      body: oneForm(notice.body),
      alerts: notice.items.filter(({ alert }) => named.has(alert)),
      leftOut: fit.leftOut,
      people: to.map(({ id, name }) => ({ id, name })),
      link: notice.link,
      thread: notice.thread,
    };
    const event = { type: `brink.${notice.kind}`, timestamp: new Date(notice.atMs).toISOString(), data };
    return { body: { id: notice.id, event }, alerts: fit.alerts, leftOut: fit.leftOut };
  },
  open({ url: address, query, secret }, edge) {
    const url = withQuery(address, query);
    return openSender(async ({ body }) => {
      const { id, event } = body as { readonly id: string; readonly event: unknown };
      const text = JSON.stringify(event);
      const at = Math.floor(edge.nowMs() / 1_000);
      const headers = {
        'content-type': 'application/json; charset=utf-8',
        'webhook-id': id,
        'webhook-timestamp': String(at),
        'webhook-signature': webhookSignature(secret, id, at, text),
      };
      return classifyByStatus(await edge.http.request({ method: 'POST', url, headers, body: text }));
    });
  },
};

/** The bytes of a secret; undefined when it is none. */
function keyOf(secret: string): Buffer | undefined {
  const text = secret.replace(/^whsec_/, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  const key = Buffer.from(text, 'base64');
  return key.length >= 24 && key.length <= 64 ? key : undefined;
}

/** `v1,` and the Base64 of the HMAC-SHA-256 of id, time in s and body, with points between. */
export function webhookSignature(secret: string, id: string, atSeconds: number, body: string): string {
  const key = keyOf(secret) ?? Buffer.alloc(0);
  return `v1,${createHmac('sha256', key).update(`${id}.${atSeconds}.${body}`).digest('base64')}`;
}

/** For receivers whose status is their answer: 2xx, and nothing else, is success. */
export function classifyByStatus(answer: HttpAnswer): Outcome {
  return outcomeOf(answer, (_, status) => byStatus(answer, status));
}

export function byStatus(answer: HttpAnswer, status: number): Read | undefined {
  const words = `HTTP ${status}`;
  // A page for people with 200 is no receiver's answer: a proxy or a login stood between.
  if ('headers' in answer && /text\/html/i.test(answer.headers['content-type'] ?? '')) return undefined;
  if (status >= 200 && status < 300) return { verdict: accepted(null), words };
  switch (status) {
    // The receiver does not take our signature or our name.
    case 401:
      return { verdict: refused('signature'), words };
    case 403:
    case 404:
    case 405:
    case 410:
      return { verdict: refused('settings'), words };
    case 408:
      return { verdict: later('no-answer'), words };
    case 400:
    case 413:
    case 415:
    case 422:
      return { verdict: refused('content'), words };
    default:
      return undefined;
  }
}
