import { z } from 'zod';
import { CHANGED_POINTS_MAX } from '../../model/bounds.ts';
import { idSchema } from '../../model/names.ts';
import { thresholdDocumentSchema } from '../../model/threshold.ts';
import type { CallTable } from '../call.ts';
import { listOf } from '../page.ts';
import { changesAnswerSchema, proposedChangesSchema, proposedSchema } from '../proposals.ts';
import { pageQuery, timeQuery } from '../query.ts';
import { reasonHeader, reasonQuery, writtenReason } from '../reason.ts';
import { familySchema } from '../shapes.ts';
import {
  revisionSchema,
  revisionWithChangesSchema,
  scheduledAnswerSchema,
  thresholdDifferenceSchema,
  thresholdRowSchema,
  waitingSchema,
} from '../thresholds.ts';

const changesSchema = z
  .object({
    items: z
      .array(
        z
          .object({
            point: idSchema,
            revision: z.number().int().min(0).meta({ description: 'What the change was made from' }),
            document: thresholdDocumentSchema,
          })
          .strict(),
      )
      .min(1)
      .max(CHANGED_POINTS_MAX),
    reason: writtenReason.optional(),
  })
  .strict()
  .meta({ id: 'ThresholdChanges' });

const UNTIL = 'Temporary values: until when';

const FROM = 'When the change comes into force; left out: at once';

const revisionNumber = (least: number) => z.coerce.number().int().min(least);

const ifMatchHeader = {
  'if-match': z
    .string()
    .optional()
    .meta({ description: 'The ETag, or *', examples: ['"3"'] }),
};

/** Threshold documents and their revisions, one by one and side by side. */
export const thresholdCalls = {
  'GET /thresholds': {
    query: z
      .object({
        metric: z
          .string()
          .optional()
          .meta({ description: 'Left out: every point, with all of its rules', examples: ['depth'] }),
        template: z.string().optional().meta({ description: 'Points whose document was made from it' }),
        area: z.string().optional().meta({ description: 'An area, with the areas below it' }),
        family: familySchema.optional(),
        documents: z
          .stringbool()
          .default(false)
          .meta({ description: 'Whether to give the whole documents, which is what a change needs' }),
        ...pageQuery(500, 1_000),
      })
      .strict(),
    answers: { 200: listOf(thresholdRowSchema) },
  },
  'PATCH /thresholds': {
    query: z.object({ dryRun: z.stringbool().default(false) }).strict(),
    body: changesSchema,
    answers: { 200: changesAnswerSchema, 202: proposedChangesSchema },
  },
  'GET /points/{id}/thresholds': {
    headers: z.looseObject({ 'if-none-match': z.string().optional() }),
    answers: { 200: thresholdDocumentSchema, 304: z.undefined().meta({ description: 'Not changed' }) },
  },
  'PUT /points/{id}/thresholds': {
    query: z.object({ ...reasonQuery, from: timeQuery(FROM).optional(), until: timeQuery(UNTIL).optional() }).strict(),
    headers: z.looseObject({ ...ifMatchHeader, ...reasonHeader }),
    body: thresholdDocumentSchema,
    answers: { 200: thresholdDocumentSchema, 202: z.union([proposedSchema, waitingSchema]) },
  },
  'GET /points/{id}/thresholds/scheduled': {
    answers: { 200: scheduledAnswerSchema },
  },
  'DELETE /points/{id}/thresholds/scheduled': {
    answers: { 204: z.undefined().meta({ description: 'Called off' }) },
  },
  'GET /points/{id}/thresholds/revisions': {
    query: z.object(pageQuery(100, 1_000)).strict(),
    answers: { 200: listOf(revisionSchema) },
  },
  'GET /points/{id}/thresholds/revisions/{revision}': {
    params: z.object({ id: z.string(), revision: revisionNumber(1) }),
    answers: {
      200: revisionWithChangesSchema,
    },
  },
  'GET /points/{id}/thresholds/difference': {
    query: z
      .object({
        from: revisionNumber(0),
        to: revisionNumber(0).optional().meta({ description: 'Default the present one' }),
      })
      .strict(),
    answers: {
      200: thresholdDifferenceSchema,
    },
  },
  'POST /points/{id}/thresholds/revisions/{revision}/restore': {
    params: z.object({ id: z.string(), revision: revisionNumber(1) }),
    headers: z.looseObject(ifMatchHeader),
    body: z.object({ reason: writtenReason }).strict(),
    answers: { 200: thresholdDocumentSchema, 202: proposedSchema },
  },
} as const satisfies CallTable;
