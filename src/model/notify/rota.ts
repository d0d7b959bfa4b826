import { z } from 'zod';
import { calendarFields, hoursSchema } from '../calendar.ts';
import { durationSchema } from '../duration.ts';
import { idSchema } from '../names.ts';

/** Days that are not what their weekday says: public holidays, and Saturdays and Sundays that are worked (调休). */
export const workCalendarSchema = z
  .object({ off: z.array(z.iso.date()).max(2_000).default([]), working: z.array(z.iso.date()).max(2_000).default([]) })
  .strict();
export type WorkCalendar = z.infer<typeof workCalendarSchema>;

/** A shift of a day. It may run over midnight, and then belongs to the day on which it began. */
export const shiftSchema = z
  .object({
    id: idSchema,
    name: z.string().min(1).max(32).optional(),
    /** From and to, `HH:MM`, the end not included; equal ones are a whole day from that hour on. */
    hours: hoursSchema,
    /** On which days; default every day. */
    days: z.enum(['all', 'working', 'off']).default('all'),
  })
  .strict();
export type Shift = z.infer<typeof shiftSchema>;

/** Who stands in which order. */
export const turnSchema = z.object({ primary: idSchema, backup: idSchema.optional() }).strict();

/** One shift of one date taken by others than the order says. */
export const swapSchema = z
  .object({
    date: z.iso.date(),
    shift: idSchema,
    primary: idSchema.optional(),
    backup: idSchema.optional(),
    by: z.string().max(128).optional(),
    reason: z.string().max(256).optional(),
  })
  .strict();

export const rotaSchema = z
  .object({
    id: idSchema,
    name: z.string().min(1).max(64).optional(),
    timezone: calendarFields.timezone,
    shifts: z.array(shiftSchema).min(1).max(12),
    /** How long one turn of the order lasts: one shift, all shifts of a day, of a week. */
    turn: z.enum(['shift', 'day', 'week']),
    /** The first day, `YYYY-MM-DD`, whose turn is the first of the order. A week's turn changes on its weekday. */
    from: z.iso.date(),
    order: z.array(turnSchema).min(1).max(64),
    swaps: z.array(swapSchema).max(4_000).default([]),
    /** Whoever is on duty is asked to answer (查岗) so long after each shift has begun, and has so long for it. */
    rehearse: z
      .object({ after: durationSchema.default('0s'), within: durationSchema.default('15m') })
      .strict()
      .optional(),
  })
  .strict();
export type Rota = z.infer<typeof rotaSchema>;

/** Who is on duty, in one shift. Null where nobody is. */
export interface Duty {
  readonly rota: string;
  readonly shift: string;
  /** The day on which the shift began, `YYYY-MM-DD` in the rota's zone. */
  readonly date: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly primary: string | null;
  readonly backup: string | null;
}

/** A stretch of time in which alerts are told to whoever is on duty, and nobody is. */
export interface DutyGap {
  /** The rotas that are asked together, in the order in which the targets name them. None of them has a shift. */
  readonly rotas: readonly string[];
  readonly fromMs: number;
  /** Not included. */
  readonly toMs: number;
}
