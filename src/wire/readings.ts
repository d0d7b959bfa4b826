import { z } from 'zod';
import { timeMs } from '../model/time-schema.ts';
import { listOf } from './page.ts';
import { qualitySchema, valueSchema } from './shapes.ts';

export const sampleSchema = z
  .object({ ts: timeMs('Event time'), value: valueSchema, quality: qualitySchema })
  .meta({ id: 'Sample' });
export type SampleItem = z.infer<typeof sampleSchema>;

export const bucketSchema = z
  .object({ ts: timeMs('Start of the bucket'), min: z.number(), mean: z.number(), max: z.number(), count: z.number() })
  .meta({ id: 'Bucket', description: 'Summary of the good readings from `ts` (included) to the next (excluded)' });
export type BucketItem = z.infer<typeof bucketSchema>;

export const readingsPageSchema = listOf(z.union([sampleSchema, bucketSchema])).extend({
  metric: z.string(),
  unit: z.string().nullable(),
});
export type ReadingsPage = z.infer<typeof readingsPageSchema>;

export const readingsImportSchema = z.object({
  readings: z.number().int().meta({
    description: 'Readings of the file that are stored, those that were there included',
  }),
  rejected: z.number().int().meta({
    description: 'Readings that the server of the history (InfluxDB) refuses for good, and so are not stored',
  }),
  rejections: z
    .array(z.object({ readings: z.number().int(), reason: z.string() }))
    .meta({ description: 'Why, in the words of that server' }),
});
export type ReadingsImport = z.infer<typeof readingsImportSchema>;
