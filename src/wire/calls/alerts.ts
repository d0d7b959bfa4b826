import { z } from 'zod';
import { alertSchema, verdictSchema } from '../../model/alert.ts';
import { MOVED_MAX, NOTE_MAX } from '../../model/bounds.ts';
import { durationSchema } from '../../model/duration.ts';
import { refusal } from '../../model/issue.ts';
import { levelSchema } from '../../model/level.ts';
import { idSchema } from '../../model/names.ts';
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

/** What is done in a response, perhaps by somebody who had no network at that moment. */
const respondedFields = {
  note: noteSchema.optional(),
  occurredAtMs: timeBody(
    'When it happened, where that was before now: reported later, for want of a network',
  ).optional(),
};

const dispatchActBody = z
  .object({
    dispatch: z
      .number()
      .int()
      .min(1)
      .optional()
      .meta({ description: 'The number of a dispatch; left out: the only one of which it can be meant' }),
    ...respondedFields,
  })
  .strict();

/** Alerts, what operators do about them, and their log. */
export const alertCalls = {
  'GET /alerts': {
    query: z
      .object({
        state: z
          .enum(['active', 'unacknowledged', 'responding', 'all'])
          .default('active')
          .meta({ description: 'responding: somebody was sent or reported, and nobody has closed it' }),
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
  'POST /alerts/{id}/dispatch': {
    body: z
      .object({
        to: z.union([
          z.object({ person: idSchema.meta({ description: 'Of the setup of notifications' }) }).strict(),
          z.object({ team: idSchema.meta({ description: 'Of the setup of notifications' }) }).strict(),
          z.object({ name: z.string().trim().min(1).max(128).meta({ description: 'Anybody else' }) }).strict(),
        ]),
        ...respondedFields,
      })
      .strict(),
    answers: { 200: alertSchema },
  },
  'POST /alerts/{id}/accept': { body: dispatchActBody, answers: { 200: alertSchema } },
  'POST /alerts/{id}/decline': { body: dispatchActBody, answers: { 200: alertSchema } },
  'POST /alerts/{id}/arrive': { body: dispatchActBody, answers: { 200: alertSchema } },
  'POST /alerts/{id}/handle': { body: dispatchActBody, answers: { 200: alertSchema } },
  'POST /alerts/{id}/feedback': {
    body: z
      .object({
        verdict: verdictSchema,
        cause: noteSchema.optional().meta({ description: 'What it came from' }),
        measures: noteSchema.optional().meta({ description: 'What was done' }),
        moved: z.number().int().min(0).max(MOVED_MAX).optional().meta({ description: 'How many people were moved' }),
        ...respondedFields,
      })
      .strict(),
    answers: { 200: alertSchema },
  },
  'POST /alerts/{id}/steps/{step}': { body: z.object(respondedFields).strict(), answers: { 200: alertSchema } },
  'POST /alerts/{id}/close': { body: z.object(respondedFields).strict(), answers: { 200: alertSchema } },
  'POST /alerts/{id}/reopen': {
    body: z.object({ ...respondedFields, note: noteSchema.min(1).meta({ description: 'Why' }) }).strict(),
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
