import { z } from 'zod';
import { levelSchema } from '../model/level.ts';

export const actEffectSchema = z
  .object({
    points: z
      .array(
        z.object({
          point: z.string(),
          fate: z.enum(['stays', 'added', 'ends']).meta({
            description:
              '`ends`: measured no longer; its history, log and revisions stay. `added`: not measured before',
          }),
          device: z.object({ before: z.string().nullable(), after: z.string().nullable() }),
          gained: z.array(z.string()).readonly().meta({ description: 'Metrics it had not before' }),
          lost: z.array(z.string()).readonly().meta({ description: 'Metrics it has no longer' }),
          changed: z
            .array(z.object({ metric: z.string(), before: z.string(), after: z.string() }))
            .readonly()
            .meta({ description: 'Metrics of another unit, type or range: `cm, 0–300`' }),
          ends: z.array(z.string()).readonly().meta({ description: 'Rules that go, because they name what is lost' }),
          rules: z.array(z.string()).readonly().meta({ description: 'Rules it has afterwards' }),
          clears: z
            .array(z.object({ id: z.string(), rule: z.string(), level: levelSchema }))
            .readonly()
            .meta({ description: 'Open alerts that clear by it' }),
        }),
      )
      .readonly(),
    counted: z
      .array(z.object({ point: z.string(), rule: z.string(), counts: z.string() }))
      .readonly()
      .meta({ description: 'Votes at other points that count one that ends: with any, 409 `point-in-use`' }),
    needsApproval: z.boolean().meta({ description: 'Rules would go that a second person guards: it is refused' }),
  })
  .meta({ id: 'DeviceActEffect', description: 'What it means for points, their limits and their open alerts' });

export const deviceActSchema = z.object({ applied: z.boolean(), effect: actEffectSchema }).meta({ id: 'DeviceAct' });
export type DeviceAct = z.infer<typeof deviceActSchema>;

export const deviceReplacedSchema = deviceActSchema
  .extend({ id: z.string(), secret: z.string().optional().meta({ description: 'That was drawn, this once' }) })
  .meta({ id: 'DeviceReplaced' });
export type DeviceReplaced = z.infer<typeof deviceReplacedSchema>;
