import { z } from 'zod';
import { calendarFields } from './calendar.ts';
import { idSchema } from './names.ts';
import { timeMs } from './time-schema.ts';

/** What is suppressed: one point, all points of a device, or an area with the areas below it. */
export const scopeSchema = z
  .union([
    z.object({ point: idSchema }).strict(),
    z.object({ device: idSchema }).strict(),
    z.object({ area: idSchema }).strict(),
  ])
  .meta({ description: 'A point, a device, or an area with the areas below it' });
export type Scope = z.infer<typeof scopeSchema>;

/** When maintenance recurs: every condition given must hold. Left out of all of them: without a break. */
export const recurrenceSchema = z
  .object({
    weekdays: calendarFields.weekdays,
    hours: calendarFields.hours,
    season: calendarFields.season,
    timezone: calendarFields.timezone,
  })
  .strict()
  .meta({
    id: 'Recurrence',
    description:
      'Weekdays, hours HH:MM to HH:MM (may run over midnight; a night belongs to the day it began on), a yearly season; ' +
      'time zone that of the site unless given',
  });
export type Recurrence = z.infer<typeof recurrenceSchema>;

/** What somebody asked for; it stands like this in the journal. */
const planFields = {
  id: z.string(),
  kind: z.enum(['maintenance', 'out-of-service']),
  scope: scopeSchema,
  from: timeMs('Nothing is suppressed before'),
  to: z.number().nullable().meta({ description: 'Nothing is suppressed from here on, ms; null: until it is ended' }),
  recurring: recurrenceSchema.nullable().meta({ description: 'Null: the whole time from `from` to `to`' }),
  reason: z.string(),
  by: z.string(),
};
const planSchema = z.object(planFields);
export type MaintenancePlan = z.infer<typeof planSchema>;

/**
 * A time in which alerts of some points are raised and recorded, marked `suppressed`, and not announced
 * (IEC 62682: suppressed by design, and out of service).
 */
export const maintenanceSchema = z
  .object({
    ...planFields,
    createdAt: timeMs('When it was recorded'),
    state: z.enum(['planned', 'active', 'ended']).meta({ description: 'active: suppresses now' }),
    nextAt: z.number().nullable().meta({ description: 'When it begins or ends next, ms; null: not by itself' }),
    endedAt: z.number().nullable(),
    endedBy: z.string().nullable().meta({ description: 'Who ended it before its time' }),
  })
  .meta({ id: 'Maintenance' });
export type Maintenance = z.infer<typeof maintenanceSchema>;
