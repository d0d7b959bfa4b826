import { z } from 'zod';
import { timeMs } from '../model/time-schema.ts';
import { qualitySchema, valueSchema } from './shapes.ts';

/** A reading as it was read of a message, before it is one of a point. */
export const readReadingSchema = z.object({
  field: z.string(),
  value: valueSchema,
  unit: z.string().nullable(),
  ts: timeMs('Event time; the arrival, where the message bears none'),
  quality: qualitySchema,
});
