import { z } from 'zod';
import { criterionSchema, ruleSchema, thresholdDocumentSchema } from '../model/threshold.ts';
import { timeMs } from '../model/time-schema.ts';
import { weakeningSchema } from '../model/weakening.ts';
import { fieldErrorSchema } from './problem.ts';
import { familySchema, nameSchema } from './shapes.ts';

// A criterion may hold criteria, so the OpenAPI document needs a name to refer to.
z.globalRegistry.add(criterionSchema, { id: 'Criterion' });
z.globalRegistry.add(thresholdDocumentSchema, {
  id: 'ThresholdDocument',
  description: 'The threshold document of a point, the same as in thresholds/*.yaml without `point`',
});

export const revisionSchema = z
  .object({
    point: z.string(),
    revision: z.number().int(),
    document: thresholdDocumentSchema,
    author: z.string(),
    at: timeMs('When it was made'),
    reason: z.string().nullable(),
    until: z.number().nullable().meta({
      description: 'Temporary values: until when, ms since 1970, unless they are changed before; null for good',
    }),
    revertsTo: z.number().int().nullable().meta({ description: 'The revision whose document comes back then' }),
    approvedBy: z.string().nullable().meta({ description: 'The second person, when there had to be one' }),
    proposal: z.string().nullable().meta({ description: 'The proposal it was made from' }),
  })
  .meta({ id: 'ThresholdRevision' });
export type Revision = z.infer<typeof revisionSchema>;

export const scheduledSchema = z
  .object({
    point: z.string(),
    revision: z.number().int().meta({ description: 'What the change was made from' }),
    document: thresholdDocumentSchema,
    author: z.string(),
    at: timeMs('When it was asked for'),
    reason: z.string().nullable(),
    from: timeMs('When it comes into force'),
    until: z.number().nullable().meta({ description: 'Temporary values: until when; null for good' }),
    failure: z.enum(['unknown-point', 'lost-race', 'invalid']).nullable().meta({
      description:
        'Why it could not come into force, such as that the thresholds had been changed; null while it waits',
    }),
  })
  .meta({ id: 'ScheduledChange', description: 'A change of thresholds that waits for its time' });
export type Scheduled = z.infer<typeof scheduledSchema>;

export const valueChangeSchema = z
  .object({
    path: z
      .string()
      .meta({ description: 'JSON pointer into the document', examples: ['/rules/depth/levels/red/above'] }),
    change: z.enum(['added', 'removed', 'changed']),
    before: z.unknown().optional(),
    after: z.unknown().optional(),
  })
  .meta({ id: 'ValueChange', description: 'One place in which two documents differ' });

export const changedPointSchema = z
  .object({
    point: z.string(),
    revision: z.number().int().meta({ description: 'In force: after a change the new one' }),
    changes: z.array(valueChangeSchema).meta({ description: 'Empty when the point stays as it is' }),
    problems: z
      .array(fieldErrorSchema)
      .meta({ description: 'Why the point cannot have the document: JSON pointers into it' }),
    weakens: z
      .array(weakeningSchema)
      .meta({ description: 'The orange and red levels that it makes harder to reach; empty for most changes' }),
    warnings: z
      .array(fieldErrorSchema)
      .optional()
      .meta({ description: 'What is hardly meant: a level that is easier to reach than a less severe one' }),
  })
  .meta({ id: 'ChangedPoint', description: 'What a change of many points does to one of them' });
export type ChangedPoint = z.infer<typeof changedPointSchema>;

export const thresholdRowSchema = z
  .object({
    point: z.string(),
    name: nameSchema,
    area: z.string(),
    family: familySchema,
    revision: z.number().int(),
    unit: z
      .string()
      .nullable()
      .meta({ description: 'The unit of the metric that was asked for; a rule may be written in another' }),
    rules: z
      .record(z.string(), ruleSchema)
      .meta({ description: 'The rules that look at the metric; empty when there is none' }),
    template: z.string().nullable().meta({ description: 'The template the document was made from' }),
    deviations: z.array(valueChangeSchema).meta({
      description: 'Where these rules are no longer what that template says: before = template, after = here',
    }),
    document: thresholdDocumentSchema.optional().meta({ description: 'All of it, when `documents=true` asks for it' }),
  })
  .meta({ id: 'ThresholdRow' });
export type ThresholdRow = z.infer<typeof thresholdRowSchema>;

export const revisionWithChangesSchema = revisionSchema
  .extend({ changes: z.array(valueChangeSchema).meta({ description: 'Against the revision before it' }) })
  .meta({ id: 'ThresholdRevisionWithChanges' });
export type RevisionWithChanges = z.infer<typeof revisionWithChangesSchema>;

export const thresholdDifferenceSchema = z.object({
  from: z.number().int(),
  to: z.number().int(),
  changes: z.array(valueChangeSchema),
});
export type ThresholdDifference = z.infer<typeof thresholdDifferenceSchema>;

/** The answer to a change for a time ahead. */
export const waitingSchema = z.object({ scheduled: scheduledSchema }).meta({ id: 'Scheduled' });

export const scheduledAnswerSchema = z.object({ scheduled: scheduledSchema.nullable() });
export type ScheduledAnswer = z.infer<typeof scheduledAnswerSchema>;
