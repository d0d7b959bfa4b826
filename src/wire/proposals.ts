import { z } from 'zod';
import { thresholdDocumentSchema } from '../model/threshold.ts';
import { timeMs } from '../model/time-schema.ts';
import { weakeningSchema } from '../model/weakening.ts';
import { listOf } from './page.ts';
import { changedPointSchema, valueChangeSchema } from './thresholds.ts';

const proposalItemFields = {
  point: z.string(),
  revision: z.number().int().meta({ description: 'What the change was made from' }),
  until: z.number().nullable().meta({ description: 'Temporary values: until when, ms since 1970; null for good' }),
  changes: z.array(valueChangeSchema),
  weakens: z.array(weakeningSchema),
  outdated: z
    .boolean()
    .meta({ description: 'The point has been changed since, so that this cannot be approved any more' }),
  made: z.number().int().nullable().meta({ description: 'The revision it became; null until it is approved' }),
};

const proposalFields = {
  id: z.string(),
  state: z.enum(['pending', 'approved', 'rejected', 'withdrawn', 'expired']),
  author: z.string(),
  at: timeMs('When it was proposed'),
  reason: z.string(),
  expiresAt: timeMs('When it can no longer be approved: seven days later, or when its temporary values would end'),
  decidedBy: z.string().nullable(),
  decidedAt: z.number().nullable(),
  note: z.string().nullable().meta({ description: 'What the person who decided wrote' }),
  outdated: z.boolean().meta({ description: 'Some of its points have been changed since: it must be made again' }),
};

/** What a list says of a proposal; a bulk change of 2,000 documents is for the single proposal to show. */
export const proposalSummarySchema = z
  .object({ ...proposalFields, points: z.array(z.string()).meta({ description: 'Every point it changes' }) })
  .meta({ id: 'ThresholdProposalSummary' });
export type ProposalSummary = z.infer<typeof proposalSummarySchema>;

export const proposalSchema = z
  .object({
    ...proposalFields,
    items: z.array(
      z.object({
        ...proposalItemFields,
        before: thresholdDocumentSchema.meta({ description: 'The document of the revision it was made from' }),
        document: thresholdDocumentSchema.meta({ description: 'The document that is proposed' }),
      }),
    ),
  })
  .meta({
    id: 'ThresholdProposal',
    description: 'Changes that make an orange or red level harder to reach, and wait for a second person',
  });
export type Proposal = z.infer<typeof proposalSchema>;

/** The answer to a change of thresholds that is not in force yet. */
export const proposedSchema = z
  .object({ proposal: proposalSchema })
  .meta({ id: 'Proposed', description: 'Nothing has changed: the change waits for a second person' });
export type Proposed = z.infer<typeof proposedSchema>;

/** The answer to a change of many points. */
export const changesAnswerSchema = z
  .object({
    applied: z.boolean().meta({ description: 'Whether it is in force' }),
    needsApproval: z.boolean().meta({ description: 'Whether a second person must approve it' }),
    items: z.array(changedPointSchema),
  })
  .meta({ id: 'ThresholdChangesAnswer' });
export type ChangesAnswer = z.infer<typeof changesAnswerSchema>;

export const proposedChangesSchema = changesAnswerSchema
  .extend({ proposal: proposalSchema })
  .meta({ id: 'ProposedChanges', description: 'Nothing has changed: the changes wait for a second person' });

export const proposalsPageSchema = listOf(proposalSummarySchema).extend({ required: z.boolean() });
export type ProposalsPage = z.infer<typeof proposalsPageSchema>;
