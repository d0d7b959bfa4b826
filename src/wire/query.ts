import { z } from 'zod';
import { parseDurationMs } from '../model/duration.ts';
import { type Refusal, refusal } from '../model/issue.ts';
import { otherTimeUnit, parseTimeMs } from '../model/time.ts';

/** What queries and bodies are made of: times, durations, pages. */

/** Numbers up to here that are seconds or µs since 2001 are not taken for ms, which would lie in 1970 or far ahead. */
const UNITS_UNTIL_MS = Date.UTC(2100, 0, 1);

/** ECMAScript, 21.4.1.1: no time lies further from 1970. */
const TIME_MAX_MS = 8.64e15;

/** What is wrong with a number as ms; undefined when nothing is. */
function unitProblem(ms: number): Refusal | undefined {
  if (Math.abs(ms) > TIME_MAX_MS) return refusal('no-time', {});
  const unit = otherTimeUnit(ms, ms, UNITS_UNTIL_MS);
  return unit === undefined ? undefined : refusal('time-in-other-unit', { time: ms, unit: unit.name });
}

/** A time in a query string; gives ms. */
export const timeQuery = (description: string) =>
  z
    .string()
    .meta({
      description: `${description}: ms since 1970, or ISO 8601 with a time zone`,
      examples: ['1700000000000', '2026-07-01T08:00:00+08:00'],
    })
    .transform((text, ctx) => {
      const ms = parseTimeMs(text);
      const problem = ms === undefined ? refusal('no-time', {}) : unitProblem(ms);
      if (ms !== undefined && problem === undefined) return ms;
      ctx.addIssue({ code: 'custom', ...problem });
      return z.NEVER;
    });

/** A time in a JSON body; gives ms. */
export const timeBody = (description: string) =>
  z.union([
    z.number().superRefine((ms, ctx) => {
      const problem = unitProblem(ms);
      if (problem !== undefined) ctx.addIssue({ code: 'custom', ...problem });
    }),
    timeQuery(description),
  ]);

/** A positive duration in a query string, as text or ms; gives ms. */
export const durationQuery = (description: string) =>
  z
    .string()
    .meta({ description: `${description}: a duration such as 30s, 5m, 1h, or ms`, examples: ['5m'] })
    .transform((text, ctx) => {
      const ms = /^\d{1,16}$/.test(text) ? Number(text) : parseDurationMs(text);
      if (ms !== undefined && ms > 0) return ms;
      ctx.addIssue({ code: 'custom', ...refusal('no-positive-duration', {}) });
      return z.NEVER;
    });

/** `limit` and `cursor`, which every list takes. */
export const pageQuery = (defaultLimit: number, maxLimit: number) => ({
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(maxLimit)
    .default(defaultLimit)
    .meta({ description: 'The most items to give' }),
  cursor: z.string().max(1_024).optional().meta({ description: '`next` of the page before' }),
});

/** The log that a number is of, for those who follow the alert log. */
export const logQuery = z
  .string()
  .max(64)
  .optional()
  .meta({ description: 'The name of the log that the number is of; left out, it is taken for this one' });

/** The longest period that is looked back on, days. */
export const PERIOD_DAYS_MAX = 90;

/** The period of a preview as a number of days. */
export const previewDays = (schema: z.ZodNumber | z.ZodCoercedNumber) =>
  schema.int().min(1).max(PERIOD_DAYS_MAX).optional().meta({ description: 'The last so many days; default 30' });
