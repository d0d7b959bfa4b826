import { z } from 'zod';
import { refusal } from '../../model/issue.ts';
import { idSchema } from '../../model/names.ts';
import type { CallTable } from '../call.ts';
import { listOf } from '../page.ts';
import { handoverSchema, POINT_STATES, pointDefinitionSchema, pointSchema } from '../points.ts';
import { durationQuery, pageQuery, timeQuery } from '../query.ts';
import { readingsPageSchema } from '../readings.ts';
import { familySchema } from '../shapes.ts';

const stateQuery = z
  .string()
  .meta({
    description: `One or several, separated by commas, of ${POINT_STATES.join(', ')}; offline finds every point that is, also one in alarm`,
    examples: ['red,orange'],
  })
  .transform((text) => text.split(','))
  .pipe(z.array(z.enum(POINT_STATES)));

/** Points with their newest values, their readings, what is said of them. */
export const pointCalls = {
  'GET /points/{id}/definition': {
    answers: { 200: pointDefinitionSchema },
  },
  'PUT /points/{id}': {
    params: z.object({ id: idSchema }),
    headers: z.looseObject({ 'if-none-match': z.literal('*').optional() }),
    body: pointDefinitionSchema,
    answers: { 200: pointSchema, 201: pointSchema },
  },
  'DELETE /points/{id}': {
    answers: { 204: z.undefined() },
  },
  'GET /points': {
    query: z
      .object({
        area: z.string().optional().meta({ description: 'An area, with the areas below it' }),
        family: familySchema.optional(),
        state: stateQuery.optional(),
        device: z.string().optional(),
        hasLimits: z.stringbool().optional().meta({ description: 'false: those without any limit' }),
        ...pageQuery(500, 1_000),
      })
      .strict(),
    answers: { 200: listOf(pointSchema) },
  },
  'GET /points/{id}': {
    answers: { 200: pointSchema },
  },
  'GET /points/{id}/handovers': {
    query: z.object(pageQuery(100, 1_000)).strict(),
    answers: { 200: listOf(handoverSchema) },
  },
  'GET /points/{id}/readings': {
    query: z
      .object({
        metric: z.string().optional().meta({ description: 'May be left out when the point has one metric' }),
        from: timeQuery('From, included').optional(),
        to: timeQuery('To, not included; default now').optional(),
        every: durationQuery('Width of a bucket').optional(),
        last: z.coerce
          .number()
          .int()
          .min(1)
          .max(50_000)
          .optional()
          .meta({
            description: 'So many readings, the newest before `to`; not with `every` or `cursor`',
            examples: [1],
          }),
        ...pageQuery(10_000, 50_000),
      })
      .strict()
      .refine(({ last, every, cursor }) => last === undefined || (every === undefined && cursor === undefined), {
        path: ['last'],
        ...refusal('not-together', { others: ['every', 'cursor'] }),
      }),
    answers: {
      200: readingsPageSchema,
    },
  },
} as const satisfies CallTable;
