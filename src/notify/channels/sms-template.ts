import { z } from 'zod';
import { refusal } from '../../model/issue.ts';
import { fieldsIn, filled, isNoticeField, NOTICE_FIELDS } from '../../model/notify/notice-fields.ts';
import { knownOf } from '../../model/problem.ts';
import type { Notice } from '../channel.ts';
import { oneLine } from './escape.ts';
import { cutTo, ucs2Units } from './length.ts';
import { fieldsOfNotice } from './said.ts';

/**
 * Texts of SMS and calls that a platform has approved beforehand: it keeps the text, and is sent what stands in its
 * variables. The text stands in the settings as well, so that what it may hold is checked when it is saved and not at night
 * (help.aliyun.com 463270, cloud.tencent.com faq 13301).
 */

/** Signs that the platforms refuse, and units that are written with such. */
const FORBIDDEN = /[【】『』①-⑳★☆→←↑↓²³℃‰]/g;
/** A mobile number may not stand in a text at all, of landlines two. */
const MOBILE = /(?<!\d)1[3-9]\d{9}(?!\d)/g;
const TEXT_UNITS_MAX = 500;
/** Variables of class 其他 have 1 to 35 characters; others have less, and then it is set. */
const VARIABLE_UNITS_MAX = 35;

const valueSchema = z
  .string()
  .min(1)
  .max(256)
  .superRefine((text, ctx) => {
    for (const field of fieldsIn(text)) {
      if (field === 'link') ctx.addIssue({ code: 'custom', ...refusal('template-link-in-variable', {}) });
      else if (!isNoticeField(field)) {
        ctx.addIssue({ code: 'custom', ...refusal('unknown-notice-field', { field, ...knownOf([...NOTICE_FIELDS]) }) });
      }
    }
    if (/:\/\/|www\./i.test(text)) ctx.addIssue({ code: 'custom', ...refusal('template-link-in-variable', {}) });
  });

/** A template of a platform whose text names its variables as `variable` finds them, such as `${level}` or `{1}`. */
export function approvedTemplateSchema(variable: RegExp) {
  const namesIn = (text: string) => [...new Set([...text.matchAll(variable)].map((match) => match[1] ?? ''))];
  return z
    .object({
      /** The platform's number of it, SMS_123456789 or 1234567. */
      code: z.string().min(1).max(64),
      text: z
        .string()
        .min(1)
        .max(TEXT_UNITS_MAX)
        .superRefine((text, ctx) => {
          const signs = [...new Set([...(text.match(FORBIDDEN) ?? []), ...(text.match(MOBILE) ?? [])])];
          if (signs.length > 0) ctx.addIssue({ code: 'custom', ...refusal('template-signs', { signs }) });
          if (text.includes('预警')) ctx.addIssue({ code: 'custom', ...refusal('public-warning-word', {}) });
        }),
      /** What stands in each variable, from fields of the message: `{"where": "{area}{point}"}`. */
      variables: z.record(z.string(), valueSchema).default({}),
      variableMax: z.int().min(1).max(VARIABLE_UNITS_MAX).default(VARIABLE_UNITS_MAX),
    })
    .strict()
    .superRefine(({ text, variables }, ctx) => {
      const names = namesIn(text);
      const given = Object.keys(variables);
      if (names.length !== given.length || names.some((name) => !Object.hasOwn(variables, name))) {
        ctx.addIssue({ code: 'custom', path: ['variables'], ...refusal('template-variables', { text: names, given }) });
      }
    });
}
export type ApprovedTemplate = z.output<ReturnType<typeof approvedTemplateSchema>>;

/** Of each kind of message its own template; one that has none takes that of alerts. */
export function templatesSchema(variable: RegExp) {
  const template = approvedTemplateSchema(variable);
  return z
    .object({
      alert: template,
      situation: template.optional(),
      cleared: template.optional(),
      system: template.optional(),
      rehearsal: template.optional(),
      test: template.optional(),
    })
    .strict();
}
type Templates = z.output<ReturnType<typeof templatesSchema>>;

/** The template that a notice is told by, and what stands in its variables: never empty, never too long, no sign that is refused. */
export function filledTemplate(
  templates: Templates,
  notice: Notice,
): { readonly code: string; readonly values: Record<string, string> } {
  const template = templates[notice.kind] ?? templates.alert;
  const fields = fieldsOfNotice(notice);
  const values = Object.entries(template.variables).map(([name, value]) => {
    const text = cutTo(smsText(filled(value, fields)), template.variableMax, ucs2Units);
    return [name, text === '' ? '无' : text] as const;
  });
  return { code: template.code, values: Object.fromEntries(values) };
}

/** Units as they are said, longest first: a platform takes no raised figure, and nobody hears "mg/m3". */
const UNITS: readonly (readonly [RegExp, string])[] = [
  [/mg\/m(?:³|3)(?![A-Za-z\d])/g, '毫克每立方米'],
  [/[µμu]g\/m(?:³|3)(?![A-Za-z\d])/g, '微克每立方米'],
  [/m(?:³|3)\/s(?![A-Za-z])/g, '立方米每秒'],
  [/m(?:³|3)\/h(?![A-Za-z])/g, '立方米每小时'],
  [/(?<![A-Za-z])m³/g, '立方米'],
  [/(?<![A-Za-z])m²/g, '平方米'],
  [/(?<=\d\s?)mm\/h(?![A-Za-z])/g, '毫米每小时'],
  [/(?<=\d\s?)mm\/s(?![A-Za-z])/g, '毫米每秒'],
  [/(?<=\d\s?)m\/s(?![A-Za-z])/g, '米每秒'],
  [/(?<=\d\s?)mg\/L(?![A-Za-z])/g, '毫克每升'],
  [/(?<=\d\s?)mm(?![A-Za-z])/g, '毫米'],
  [/(?<=\d\s?)cm(?![A-Za-z])/g, '厘米'],
  [/(?<=\d\s?)km(?![A-Za-z])/g, '千米'],
  [/(?<=\d\s?)kPa(?![A-Za-z])/g, '千帕'],
  [/(?<=\d\s?)MPa(?![A-Za-z])/g, '兆帕'],
  [/(?<=\d\s?)m(?![A-Za-z/])/g, '米'],
  [/°C|℃/g, '摄氏度'],
  [/‰/g, '千分之一'],
];

/** A value as it may stand in a variable of an SMS or a call. */
export function smsText(value: string): string {
  const said = UNITS.reduce((text, [unit, words]) => text.replace(unit, words), oneLine(value));
  return said
    .replace(/https?:\/\/\S*|www\.\S*/gi, '')
    .replace(/[→]/g, '至')
    .replace(/[【『]/g, '（')
    .replace(/[】』]/g, '）')
    .replace(FORBIDDEN, '')
    .replace(/预警/g, '报警')
    .replace(/[<>{}$\\`\p{Extended_Pictographic}]/gu, '')
    .replace(/\s+/g, ' ')
    .trim();
}

/** A number of the mainland without code of the country and separators; others with their plus. */
export function phoneDigits(phone: string): string {
  const digits = phone.replace(/[\s-]/g, '');
  return digits.replace(/^\+?86(?=1\d{10}$)/, '');
}

/** The same as E.164. */
export function phoneE164(phone: string): string {
  const digits = phoneDigits(phone);
  if (digits.startsWith('+')) return digits;
  return `+86${digits.replace(/^0(?=\d{9,11}$)/, '')}`;
}
