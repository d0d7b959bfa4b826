import { z } from 'zod';
import { REASON_MAX } from '../../model/bounds.ts';
import { durationSchema } from '../../model/duration.ts';
import { refusal } from '../../model/issue.ts';
import { silenceSchema } from '../../model/notify/silence.ts';
import { timeMs } from '../../model/time-schema.ts';
import type { CallTable } from '../call.ts';
import { listOf } from '../page.ts';
import { pageQuery, timeBody } from '../query.ts';

const shownSchema = z
  .object({
    id: z.string(),
    match: silenceSchema.shape.match,
    from: timeMs('Begins'),
    to: timeMs('Ends'),
    by: z.string(),
    reason: z.string(),
    endedAt: timeMs('When somebody ended it before its time').nullable(),
    endedBy: z.string().nullable(),
  })
  .meta({ id: 'Silence', description: 'Nobody is told of what it takes; of red only when its levels name it' });

const silenceBody = z
  .object({
    match: silenceSchema.shape.match,
    from: timeBody('Begins; default now').optional(),
    to: timeBody('Ends').optional(),
    for: durationSchema.optional().meta({ description: 'How long, instead of `to`' }),
    reason: z.string().trim().min(1).max(REASON_MAX).meta({ description: 'Why, for those who come after' }),
  })
  .strict()
  .refine(({ to, for: time }) => (to === undefined) !== (time === undefined), {
    ...refusal('none-given', { names: ['to', 'for'] }),
    path: ['to'],
  });

/** What nobody is told of for a while. */
export const silenceCalls = {
  'GET /notify/silences': {
    query: z
      .object({
        state: z.enum(['current', 'all']).default('current').meta({ description: 'current: what has not ended' }),
        ...pageQuery(100, 1_000),
      })
      .strict(),
    answers: { 200: listOf(shownSchema) },
  },
  'POST /notify/silences': { body: silenceBody, answers: { 201: shownSchema } },
  'DELETE /notify/silences/{id}': { answers: { 200: shownSchema } },
} as const satisfies CallTable;
