import { z } from 'zod';
import { alertSchema, verdictSchema } from '../../model/alert.ts';
import { NOTE_MAX } from '../../model/bounds.ts';
import { durationSchema } from '../../model/duration.ts';
import { refusal } from '../../model/issue.ts';
import { levelSchema } from '../../model/level.ts';
import { alertWithLogSchema, eventsPageSchema, listedAlertSchema } from '../alerts.ts';
import type { CallTable } from '../call.ts';
import { listOf } from '../page.ts';
import { logQuery, pageQuery, timeBody, timeQuery } from '../query.ts';

const noteSchema = z.string().trim().max(NOTE_MAX);

const noteBody = z.object({ note: noteSchema.optional() }).strict();

/** Who acknowledges or resets often knows by then what it was. */
const closingBody = noteBody.extend({ verdict: verdictSchema.optional() }).strict();

const writtenNoteBody = z.object({ note: noteSchema.min(1) }).strict();

const shelveBody = z
  .object({
    note: noteSchema.optional(),
    for: durationSchema.optional().meta({ description: 'Default 1h, at most 24h' }),
    until: timeBody('The end, instead of `for`').optional(),
  })
  .strict()
  .refine((body) => body.for === undefined || body.until === undefined, {
    ...refusal('not-both', { first: 'for', second: 'until' }),
    path: ['until'],
  });

/** Alerts, what operators do about them, and their log. */
export const alertCalls = {
  'GET /alerts': {
    query: z
      .object({
        state: z.enum(['active', 'unacknowledged', 'all']).default('active'),
        from: timeQuery('Raised at or after').optional(),
        to: timeQuery('Raised before').optional(),
        area: z.string().optional().meta({ description: 'An area, with the areas below it' }),
        level: levelSchema.optional().meta({ description: 'The level it is at, or was at when it ended' }),
        peakLevel: levelSchema.optional().meta({ description: 'The most severe level it has reached' }),
        point: z.string().optional(),
        verdict: z
          .enum([...verdictSchema.options, 'none'])
          .optional()
          .meta({ description: 'What operators said of it; none: nothing yet' }),
        details: z.stringbool().default(false).meta({
          description: 'With who acknowledged each, and what people wrote about it',
        }),
        ...pageQuery(100, 1_000),
      })
      .strict(),
    answers: { 200: listOf(listedAlertSchema) },
  },
  'GET /alerts/{id}': {
    answers: { 200: alertWithLogSchema },
  },
  'POST /alerts/{id}/ack': { body: closingBody, answers: { 200: alertSchema } },
  'POST /alerts/{id}/reset': { body: closingBody, answers: { 200: alertSchema } },
  'POST /alerts/{id}/unshelve': { body: noteBody, answers: { 200: alertSchema } },
  'POST /alerts/{id}/verdict': {
    body: z
      .object({ verdict: verdictSchema, note: noteSchema.optional() })
      .strict()
      .meta({ id: 'Verdict', examples: [{ verdict: 'false', note: '清洗管道时的水汽' }] }),
    answers: { 200: alertSchema },
  },
  'POST /alerts/{id}/note': {
    body: writtenNoteBody,
    answers: { 200: alertSchema },
  },
  'POST /alerts/{id}/shelve': {
    body: shelveBody,
    answers: { 200: alertSchema },
  },
  'GET /events': {
    query: z
      .object({
        after: z.coerce.number().int().nonnegative().default(0).meta({ description: 'Entries with a higher seq' }),
        log: logQuery,
        ...pageQuery(500, 1_000),
      })
      .strict(),
    answers: { 200: eventsPageSchema },
  },
} as const satisfies CallTable;
