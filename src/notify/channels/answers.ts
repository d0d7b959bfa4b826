import type { HttpAnswer, LaterReason, Outcome, RefusedReason } from '../channel.ts';

/** What an HTTP answer comes to, as far as it is the same for all gateways. What is success, the body says. */

/** The part of a verdict that a gateway's own codes decide. */
export type Verdict =
  | { readonly state: 'accepted'; readonly refs: readonly (string | null)[] }
  | { readonly state: 'later'; readonly why: LaterReason; readonly afterMs?: number | null }
  | { readonly state: 'refused'; readonly why: RefusedReason };

/** `words` are the gateway's own, without what is secret. */
export interface Read {
  readonly verdict: Verdict;
  readonly words: string;
}

const WORDS_MAX = 300;
/** A header Date has whole seconds, cut off: on average the clock was half a second further. */
const HALF_SECOND_MS = 500;

/**
 * What an answer comes to. `read` understands the body of a gateway, whatever the status: many tell what is wrong in JSON
 * with 200, some with 400. It gives undefined for a body that is none of this gateway's, such as the page of a login
 * before the network, and then the status decides.
 */
export function outcomeOf(answer: HttpAnswer, read: (body: unknown, status: number) => Read | undefined): Outcome {
  if ('failure' in answer) {
    const why = answer.failure === 'not-allowed' ? 'not-allowed' : 'no-answer';
    return { state: 'later', why, afterMs: null, words: answer.words, clockOffsetMs: null };
  }
  const { verdict, words } = read(parsedJson(answer.text), answer.status) ?? byStatus(answer);
  const common = { words: words.slice(0, WORDS_MAX), clockOffsetMs: clockOffsetOf(answer) };
  if (verdict.state !== 'later') return { ...common, ...verdict };
  return { ...common, ...verdict, afterMs: longest(verdict.afterMs ?? null, retryAfterMs(answer)) };
}

type Answered = Extract<HttpAnswer, { readonly status: number }>;

function byStatus({ status, text }: Answered): Read {
  const words = `HTTP ${status} ${text
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()}`.trim();
  if (status === 429) return { verdict: { state: 'later', why: 'too-many' }, words };
  if (status >= 500) return { verdict: { state: 'later', why: 'server-error' }, words };
  // Anything else that is not the gateway's own form came from something between: a proxy, a login page, another server.
  return { verdict: { state: 'later', why: 'unreadable-answer' }, words };
}

/** How far the gateway's clock is ahead of ours, ms; null when its answer says nothing of it. */
export function clockOffsetOf({ headers, receivedAtMs }: Answered): number | null {
  const theirs = Date.parse(headers.date ?? '');
  return Number.isNaN(theirs) ? null : theirs + HALF_SECOND_MS - receivedAtMs;
}

/** `Retry-After` in seconds or as a date (RFC 9110), or Feishu's own header. */
function retryAfterMs({ headers, receivedAtMs }: Answered): number | null {
  const text = headers['retry-after'] ?? headers['x-ogw-ratelimit-reset'];
  if (text === undefined) return null;
  if (/^\d+$/.test(text)) return Number(text) * 1_000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : Math.max(0, at - receivedAtMs);
}

function longest(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}

/** Undefined for what is no JSON. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The fields of an object; undefined for anything else. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

/** Those of a list that are objects. */
export function objectsOf(list: readonly unknown[]): Readonly<Record<string, unknown>>[] {
  return list.flatMap((one) => {
    const fields = fieldsOf(one);
    return fields === undefined ? [] : [fields];
  });
}

export function textOf(value: unknown): string | null {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : null;
}

export const later = (why: LaterReason, afterMs: number | null = null): Verdict => ({ state: 'later', why, afterMs });
export const refused = (why: RefusedReason): Verdict => ({ state: 'refused', why });
export const accepted = (...refs: (string | null)[]): Verdict => ({ state: 'accepted', refs });
