import { z } from 'zod';
import { refusal } from '../model/issue.ts';
import { idSchema } from '../model/names.ts';
import { TRIED_CHARACTERS_MAX } from '../model/trial.ts';
import { timeBody } from './query.ts';
import { readReadingSchema } from './read-reading.ts';
import { rejectionSchema } from './rejection.ts';
import { valueSchema } from './shapes.ts';

/** What each encoding may hold; blanks between are of no meaning. */
const ENCODED = {
  text: /^/,
  base64: /^[A-Za-z0-9+/\s]*=?\s*=?\s*$/,
  hex: /^(?:\s*[0-9A-Fa-f]\s*[0-9A-Fa-f])*\s*$/,
};

export const messageToTrySchema = z
  .object({
    profile: idSchema.optional().meta({ description: 'Left out: every profile is tried, the likeliest comes first' }),
    topic: z
      .string()
      .min(1)
      .max(1_024)
      .optional()
      .meta({ description: 'As the device publishes to it; left out, every form that is known is tried' }),
    payload: z.string().max(TRIED_CHARACTERS_MAX),
    receivedAt: timeBody('When it arrived; left out, it arrives now').optional(),
    encoding: z.enum(['text', 'base64', 'hex']).default('text').meta({ description: 'How `payload` is written here' }),
  })
  .strict()
  .superRefine(({ payload, encoding }, context) => {
    if (ENCODED[encoding].test(payload)) return;
    context.addIssue({ code: 'custom', path: ['payload'], ...refusal('not-encoded', { encoding }) });
  })
  .meta({ id: 'MessageToTry' });

export const trialSchema = z
  .object({
    profile: z.string(),
    format: z.string().nullable().meta({
      description: 'The payload format it was read in; null: messages of this topic are not read for such a device',
    }),
    devices: z.array(
      z.object({
        ids: z
          .array(z.string())
          .readonly()
          .meta({ description: 'Ids that the device may go by; empty: none is named' }),
        readings: z.array(readReadingSchema),
        readingCount: z.number().int().meta({ description: '`readings` has at most the first 200' }),
        rejection: rejectionSchema.nullable().meta({ description: 'What could not be read' }),
        unused: z
          .array(z.object({ name: z.string(), value: valueSchema }))
          .readonly()
          .meta({ description: 'Fields of a decoder that nothing was read of, as the profile names none of them' }),
      }),
    ),
    rejection: rejectionSchema.nullable().meta({ description: 'Why it could not be opened, or names no device' }),
    likeness: z.number().meta({ description: 'To be compared with that of other profiles; 0: not like it at all' }),
  })
  .meta({ id: 'Trial' });

export const trialsSchema = z.object({ trials: z.array(trialSchema) }).meta({ id: 'Trials' });
export type Trials = z.infer<typeof trialsSchema>;
