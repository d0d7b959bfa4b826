import { z } from 'zod';
import { alertSchema } from '../model/alert.ts';
import { idSchema } from '../model/names.ts';
import { pointSchema as sitePointSchema } from '../model/site.ts';
import { timeMs } from '../model/time-schema.ts';
import { familySchema, metricSchema, nameSchema, qualitySchema, valueSchema } from './shapes.ts';

/** What a point's state is shown as: the level of its most severe active alert, else offline, else normal. */
export const POINT_STATES = ['red', 'orange', 'yellow', 'blue', 'offline', 'normal'] as const;

export type PointState = (typeof POINT_STATES)[number];

export const pointSchema = z
  .object({
    id: z.string(),
    name: nameSchema,
    area: z.string(),
    family: familySchema,
    device: z.string(),
    location: z
      .tuple([z.number(), z.number()])
      .nullable()
      .meta({ description: 'Longitude, latitude, degrees, WGS 84' }),
    labels: z.record(z.string(), z.string()),
    reportEveryMs: z.number(),
    online: z.boolean(),
    state: z.enum(POINT_STATES).meta({
      description: 'Level of the most severe active alert; else offline; else normal',
    }),
    hasLimits: z.boolean().meta({
      description: 'Whether any limit is set: without one the point is never in alarm, whatever it measures',
    }),
    metrics: z.record(z.string(), metricSchema),
    values: z
      .record(
        z.string(),
        z.object({ value: valueSchema, unit: z.string().nullable(), ts: timeMs('Event time'), quality: qualitySchema }),
      )
      .meta({ description: 'Newest value of each metric; a metric that never reported is left out' }),
    alerts: z.array(alertSchema).meta({ description: 'Every alert of the point that is not closed' }),
  })
  .meta({ id: 'Point' });
export type Point = z.infer<typeof pointSchema>;

export const handoverSchema = z
  .object({
    at: timeMs('When it did'),
    by: z.string().meta({ description: 'Who put it there' }),
    former: z.string().meta({ description: 'The device that measured the point until then' }),
    device: z.string(),
  })
  .meta({ id: 'Handover' });
export type Handover = z.infer<typeof handoverSchema>;

export const pointDefinitionSchema = sitePointSchema
  .omit({ id: true })
  .extend({ device: idSchema })
  .meta({ id: 'PointDefinition', description: 'A point as in devices/site.yaml without `id`, and its device' });
export type PointDefinition = z.infer<typeof pointDefinitionSchema>;
