import { z } from 'zod';
import { FAMILIES } from '../model/site.ts';

export const nameSchema = z.object({ zh: z.string(), en: z.string() });

export const valueSchema = z.union([z.number(), z.boolean(), z.string()]).nullable();

export const qualitySchema = z.enum(['good', 'bad', 'clock-skew', 'late']);

export const familySchema = z.enum(FAMILIES);

export const metricSchema = z.object({
  type: z.enum(['number', 'boolean', 'string']),
  unit: z.string().optional(),
  range: z.tuple([z.number(), z.number()]).optional(),
  values: z.array(z.string()).optional().meta({ description: 'What a text metric can say, where that is known' }),
  valueNames: z.record(z.string(), nameSchema).optional().meta({ description: 'What these are called for people' }),
  name: nameSchema,
});
