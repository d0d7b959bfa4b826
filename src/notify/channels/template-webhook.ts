import { z } from 'zod';
import { refusal, valueAt } from '../../model/issue.ts';
import { fieldsIn, filled, isNoticeField, NOTICE_FIELDS } from '../../model/notify/notice-fields.ts';
import { knownOf } from '../../model/problem.ts';
import { MINUTE_MS } from '../../model/time.ts';
import type { ChannelType, HttpAnswer, Outcome } from '../channel.ts';
import { addressSchema, querySchema, withQuery } from './address.ts';
import { accepted, later, outcomeOf, textOf } from './answers.ts';
import { openSender } from './chat.ts';
import { jsonText, oneForm } from './escape.ts';
import { cutTo, ucs2Units } from './length.ts';
import { fieldsOfNotice } from './said.ts';
import { byStatus } from './webhook.ts';

/**
 * Any other system that takes JSON over HTTP, such as the grid platform of a district (141): its shape is a template with
 * named fields, its answer is told by a field that says whether it took it.
 */
const templateSchema = z
  .string()
  .min(2)
  .max(16_384)
  .superRefine((text, ctx) => {
    for (const field of fieldsIn(text)) {
      if (!isNoticeField(field)) {
        ctx.addIssue({ code: 'custom', ...refusal('unknown-notice-field', { field, ...knownOf([...NOTICE_FIELDS]) }) });
      }
    }
    // Filled with nothing it must be JSON; what is put in is escaped, and so changes nothing of the form.
    if (!isJson(filled(text, {}))) ctx.addIssue({ code: 'custom', ...refusal('template-not-json', {}) });
  });

/** By which a request goes where it was checked to go, ends where it ends, and is known again. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  'accept-encoding',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'idempotency-key',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

const settingsSchema = z
  .object({
    url: addressSchema,
    query: querySchema,
    method: z.enum(['POST', 'PUT']).default('POST'),
    /** The body, with fields in braces within its texts. */
    template: templateSchema,
    /** A header that proves who we are, such as `Authorization` or `X-Api-Key`, and what stands in it. */
    authHeader: z
      .string()
      .regex(/^[A-Za-z][A-Za-z0-9-]{0,63}$/)
      .refine((name) => !OWN_HEADERS.has(name.toLowerCase()), refusal('header-of-transport', {}))
      .optional(),
    /** A line end in it would begin another header, and what is not ASCII could not be sent at all. */
    authValue: z
      .string()
      .max(4_096)
      .refine((text) => /^[\x20-\x7e]*$/.test(text), refusal('header-value-signs', {}))
      .default(''),
    /** Where in the answer it says whether it took it, and what it then says; left out: 2xx is success. */
    success: z
      .object({ at: z.string().min(1).max(128), is: z.union([z.string(), z.number(), z.boolean()]) })
      .strict()
      .optional(),
    perMinute: z.int().positive().max(6_000).default(60),
  })
  .strict();
type Settings = z.output<typeof settingsSchema>;

/** Nothing that is put in is longer, so that a template of many fields stays a message. */
const FIELD_UNITS_MAX = 4_096;

export const templateWebhook: ChannelType<Settings> = {
  kind: 'template-webhook',
  settings: settingsSchema,
  secrets: ['authValue', 'query'],
  proof: 'accepted',
  reaches: 'group',
  budget: ({ perMinute }) => ({
    windows: [{ count: perMinute, perMs: MINUTE_MS, keptForRed: Math.ceil(perMinute / 20) }],
    perRecipient: [],
    recipientsMax: 64,
    crowdedMinutes: [],
  }),
  compose(notice, _to, { template }) {
    const text = filled(template, fieldsOfNotice(notice), (value) =>
      jsonText(cutTo(oneForm(value), FIELD_UNITS_MAX, ucs2Units)),
    );
    // A situation names its alerts in the fields that the template has of them; which it has is the template's to say.
    return { body: { id: notice.id, text }, alerts: notice.items.map(({ alert }) => alert), leftOut: 0 };
  },
  open({ url: address, query, method, authHeader, authValue, success }, edge) {
    const url = withQuery(address, query);
    return openSender(async ({ body }) => {
      const { id, text } = body as { readonly id: string; readonly text: string };
      const headers = {
        'content-type': 'application/json; charset=utf-8',
        'idempotency-key': id,
        ...(authHeader !== undefined && authValue !== '' && { [authHeader]: authValue }),
      };
      return classifyTemplate(await edge.http.request({ method, url, headers, body: text }), success);
    });
  },
};

export function classifyTemplate(answer: HttpAnswer, success: Settings['success']): Outcome {
  return outcomeOf(answer, (body, status) => {
    if (success === undefined || status < 200 || status >= 300) return byStatus(answer, status);
    if (body === undefined) return undefined;
    const found = valueAt(
      body,
      success.at.split('.').map((key) => (/^\d+$/.test(key) ? Number(key) : key)),
    );
    const words = `${success.at}: ${textOf(found) ?? JSON.stringify(found) ?? '-'}`;
    // Why it did not take it stands in words that nobody knows here: trying again costs little, giving up may cost an alert.
    return { verdict: String(found) === String(success.is) ? accepted(null) : later('server-error'), words };
  });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
