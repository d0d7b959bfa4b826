import { z } from 'zod';
import { REASON_MAX } from '../model/bounds.ts';

/** Why a change is made, for the record. */

/** For a body: there must be one. */
export const writtenReason = z
  .string()
  .trim()
  .min(1)
  .max(REASON_MAX)
  .meta({ description: 'Why, for the record', examples: ['汛期前收紧，见值班会纪要'] });

export const reasonQuery = {
  reason: z.string().max(REASON_MAX).optional().meta({ description: 'Why, for the record' }),
};

export const reasonHeader = {
  'x-brink-reason': z
    .string()
    .max(3 * REASON_MAX)
    .optional()
    .meta({ description: 'The same; what is not ASCII percent-encoded UTF-8, as encodeURIComponent gives it' }),
};
