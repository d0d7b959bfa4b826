import { z } from 'zod';
import { REASON_MAX } from '../../model/bounds.ts';
import { durationSchema } from '../../model/duration.ts';
import { refusal } from '../../model/issue.ts';
import { maintenanceSchema, recurrenceSchema, scopeSchema } from '../../model/maintenance.ts';
import type { CallTable } from '../call.ts';
import { listOf } from '../page.ts';
import { pageQuery, timeBody } from '../query.ts';

const reasonSchema = z.string().trim().min(1).max(REASON_MAX).meta({ description: 'Why, for those who come after' });

export const planBody = z
  .object({
    scope: scopeSchema,
    from: timeBody('Begins; default now').optional(),
    to: timeBody('Ends').optional(),
    for: durationSchema.optional().meta({ description: 'How long, instead of `to`' }),
    recurring: recurrenceSchema.optional(),
    reason: reasonSchema,
  })
  .strict()
  .refine((body) => body.for === undefined || body.to === undefined, {
    ...refusal('not-both', { first: 'for', second: 'to' }),
    path: ['to'],
  });

/** Maintenance, and points out of service. */
export const maintenanceCalls = {
  'GET /maintenance': {
    query: z
      .object({
        state: z
          .enum(['current', 'all'])
          .default('current')
          .meta({ description: 'current: what has not ended, planned or active' }),
        ...pageQuery(100, 1_000),
      })
      .strict(),
    answers: { 200: listOf(maintenanceSchema) },
  },
  'GET /maintenance/{id}': {
    answers: { 200: maintenanceSchema },
  },
  'POST /maintenance': {
    body: planBody,
    answers: { 201: maintenanceSchema },
  },
  'DELETE /maintenance/{id}': {
    answers: { 200: maintenanceSchema },
  },
  'PUT /points/{id}/out-of-service': {
    body: z.object({ reason: reasonSchema }).strict(),
    answers: { 200: maintenanceSchema },
  },
  'DELETE /points/{id}/out-of-service': {
    answers: { 200: maintenanceSchema },
  },
} as const satisfies CallTable;
