import { z } from 'zod';
import { REASON_MAX } from '../../model/bounds.ts';
import type { CallTable } from '../call.ts';
import { proposalSchema, proposalsPageSchema } from '../proposals.ts';
import { pageQuery } from '../query.ts';
import { writtenReason } from '../reason.ts';

const noteMay = z
  .object({ note: z.string().trim().max(REASON_MAX).optional() })
  .strict()
  .meta({ id: 'Approval', examples: [{ note: '与现场核对过，同意' }] });

const noteMust = z
  .object({ note: writtenReason })
  .strict()
  .meta({ id: 'Rejection', examples: [{ note: '汛期内不放宽，先查传感器' }] });

/** Changes that wait for a second person. */
export const proposalCalls = {
  'GET /thresholds/proposals': {
    query: z
      .object({
        state: z.enum(['pending', 'all']).default('pending'),
        ...pageQuery(50, 200),
      })
      .strict(),
    answers: { 200: proposalsPageSchema },
  },
  'GET /thresholds/proposals/{id}': {
    answers: { 200: proposalSchema },
  },
  'POST /thresholds/proposals/{id}/approve': {
    body: noteMay,
    answers: { 200: proposalSchema },
  },
  'POST /thresholds/proposals/{id}/reject': {
    body: noteMust,
    answers: { 200: proposalSchema },
  },
  'POST /thresholds/proposals/{id}/withdraw': {
    body: noteMay,
    answers: { 200: proposalSchema },
  },
} as const satisfies CallTable;
