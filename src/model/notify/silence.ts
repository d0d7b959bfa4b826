import { z } from 'zod';
import { idSchema } from '../names.ts';
import { matchFields } from './setup.ts';

/**
 * That nobody is told of some alerts for a while. It takes red only when its levels name it: whoever silences a point
 * that is being painted does not mean the hour in which it floods.
 */
export const silenceSchema = z
  .object({
    id: z.string(),
    match: z
      .object({
        areas: matchFields.areas,
        families: matchFields.families,
        levels: matchFields.levels,
        kinds: matchFields.kinds,
        points: z.array(idSchema).min(1).max(256).optional(),
        rules: z.array(z.string().min(1).max(128)).min(1).max(64).optional(),
      })
      .strict()
      .refine((match) => Object.values(match).some((condition) => condition !== undefined), {
        message: 'at least one condition',
      }),
    fromMs: z.number(),
    untilMs: z.number(),
    by: z.string(),
    reason: z.string().min(1).max(512),
  })
  .strict();
export type Silence = z.infer<typeof silenceSchema>;

/** A silence, with who ended it before its time. */
export interface KeptSilence extends Silence {
  readonly endedMs: number | null;
  readonly endedBy: string | null;
}
