import { z } from 'zod';
import { rejectionSchema } from './rejection.ts';

export const ingestedSchema = z
  .object({
    readings: z.number().int().meta({
      description: 'Readings of the message that could be read and are stored, those included that came before',
    }),
    quarantined: rejectionSchema.nullable().meta({
      description:
        'Why the message, or a part of it, could not be read; it is kept in the quarantine, and sending it again would ' +
        'change nothing. Null when all of it was read',
    }),
  })
  .meta({ id: 'Ingested' });
export type Ingested = z.infer<typeof ingestedSchema>;
