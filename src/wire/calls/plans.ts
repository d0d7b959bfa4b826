import { z } from 'zod';
import { REASON_MAX } from '../../model/bounds.ts';
import { levelSchema } from '../../model/level.ts';
import { planSchema, plansSchema } from '../../model/plan.ts';
import { timeMs } from '../../model/time-schema.ts';
import type { CallTable } from '../call.ts';
import { listOf } from '../page.ts';
import { pageQuery } from '../query.ts';

const revisionSchema = z
  .object({
    revision: z.number().int().meta({ description: '0 while nobody has made any' }),
    author: z.string(),
    at: timeMs('When it was made'),
    reason: z.string().nullable(),
  })
  .meta({ id: 'PlanRevision' });

const planSetSchema = revisionSchema.extend({ plans: plansSchema.readonly() }).meta({ id: 'PlanSet' });
export type ShownPlanSet = z.infer<typeof planSetSchema>;

export const cardSchema = z
  .object({
    plan: planSchema.nullable().meta({ description: 'null when no plan applies' }),
    revision: z.number().int().meta({ description: 'Of the plans' }),
    point: z.string(),
    level: levelSchema,
  })
  .meta({ id: 'Card' });
export type Card = z.infer<typeof cardSchema>;

const isTrial = z.stringbool().default(false).meta({ description: 'Say what is wrong, and change nothing' });

/** Response plans, and the card that an alert opens. */
export const planCalls = {
  'GET /plans': { answers: { 200: planSetSchema } },
  'PUT /plans': {
    query: z.object({ dryRun: isTrial }).strict(),
    body: z
      .object({
        revision: z.number().int().min(0).meta({ description: 'The one it was made from' }),
        plans: plansSchema,
        reason: z.string().max(REASON_MAX).optional().meta({ description: 'Why, for the record' }),
      })
      .strict(),
    answers: { 200: planSetSchema },
  },
  'GET /plans/revisions': {
    query: z.object(pageQuery(50, 500)).strict(),
    answers: { 200: listOf(revisionSchema) },
  },
  'GET /plans/revisions/{revision}': {
    params: z.object({ revision: z.coerce.number().int().min(1) }),
    answers: { 200: planSetSchema },
  },
  'GET /alerts/{id}/card': { answers: { 200: cardSchema } },
  'GET /points/{id}/card': {
    query: z.object({ level: levelSchema.default('red') }).strict(),
    answers: { 200: cardSchema },
  },
} as const satisfies CallTable;
