import { z } from 'zod';

export const rereadSchema = z
  .object({
    messages: z.number().int().meta({ description: 'Messages that left the quarantine, or stay for another reason' }),
    readings: z.number().int().meta({ description: 'Their readings, now in history' }),
    unread: z.number().int().meta({ description: 'Messages that are as unreadable as they were' }),
  })
  .meta({ id: 'Reread' });
