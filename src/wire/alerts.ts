import { z } from 'zod';
import { alertEventSchema, alertSchema } from '../model/alert.ts';
import { timeMs } from '../model/time-schema.ts';
import { listOf } from './page.ts';

export const listedAlertSchema = alertSchema
  .extend({
    acknowledgedBy: z.string().nullable().optional().meta({ description: 'Who; only with `details`' }),
    acknowledgedAt: z.number().nullable().optional().meta({ description: 'When, ms; only with `details`' }),
    notes: z
      .array(z.object({ at: z.number(), by: z.string(), note: z.string() }))
      .optional()
      .meta({ description: 'What people wrote about it, oldest first; only with `details`' }),
  })
  .meta({ id: 'ListedAlert' });
export type ListedAlert = z.infer<typeof listedAlertSchema>;

export const alertWithLogSchema = alertSchema
  .extend({
    log: z.array(alertEventSchema).meta({ description: 'Everything that happened to it, oldest first' }),
    seenBy: z.array(z.object({ user: z.string(), at: timeMs('Since when, to the second') })).meta({
      description: 'On whose screen it has been while it was open, as the consoles confirmed it, earliest first',
    }),
  })
  .meta({ id: 'AlertWithLog' });
export type AlertWithLog = z.infer<typeof alertWithLogSchema>;

export const eventsPageSchema = listOf(alertEventSchema).extend({ head: z.number().int(), log: z.string() });
export type EventsPage = z.infer<typeof eventsPageSchema>;
