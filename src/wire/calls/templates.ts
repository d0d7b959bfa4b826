import { z } from 'zod';
import type { CallTable } from '../call.ts';
import { listOf } from '../page.ts';
import { changesAnswerSchema, proposedChangesSchema } from '../proposals.ts';
import { pageQuery } from '../query.ts';
import { writtenReason } from '../reason.ts';
import { familySchema } from '../shapes.ts';
import { applyFields, templateViewSchema } from '../templates.ts';

const applySchema = z
  .object({ ...applyFields, reason: writtenReason.optional() })
  .strict()
  .meta({
    id: 'TemplateApplication',
    examples: [
      {
        points: ['river-01', { point: 'river-02', parameters: { 'warning-level': 6.8, 'guaranteed-level': 9.1 } }],
        parameters: { 'warning-level': 7.2, 'guaranteed-level': 10 },
        reason: '按重庆市中小河流预警标准',
      },
    ],
  });

/** Templates by standard. */
export const templateCalls = {
  'GET /templates': {
    query: z
      .object({
        family: familySchema.optional(),
        metric: z.string().optional().meta({ description: 'Templates for a metric of this name' }),
        ...pageQuery(500, 1_000),
      })
      .strict(),
    answers: { 200: listOf(templateViewSchema) },
  },
  'GET /templates/{id}': {
    answers: { 200: templateViewSchema },
  },
  'POST /templates/{id}/apply': {
    query: z.object({ dryRun: z.stringbool().default(false) }).strict(),
    body: applySchema,
    answers: { 200: changesAnswerSchema, 202: proposedChangesSchema },
  },
} as const satisfies CallTable;
