import { z } from 'zod';
import { CHANGED_POINTS_MAX } from '../model/bounds.ts';
import { idSchema, metricNameSchema } from '../model/names.ts';
import { templateSchema } from '../model/template.ts';

export const templateViewSchema = templateSchema.meta({ id: 'ThresholdTemplate' });

const parameters = z
  .record(idSchema, z.number())
  .meta({ description: 'The template’s parameters, all of which must be given', examples: [{ 'warning-level': 7.2 }] });

const metrics = z.record(metricNameSchema, metricNameSchema).meta({
  description: 'The template’s metric to the point’s own name, where they differ',
  examples: [{ depth: 'level_cm' }],
});

/** What applying a template takes. */
export const applyFields = {
  points: z
    .array(
      z.union([
        idSchema,
        z
          .object({
            point: idSchema,
            revision: z
              .number()
              .int()
              .min(0)
              .optional()
              .meta({ description: 'What a dry run gave: 412 when it is another now' }),
            parameters: parameters.optional(),
            metrics: metrics.optional(),
          })
          .strict(),
      ]),
    )
    .min(1)
    .max(CHANGED_POINTS_MAX)
    .meta({ description: 'Points, or points with values of their own' }),
  parameters: parameters.default({}),
  metrics: metrics.default({}),
  mode: z
    .enum(['merge', 'replace'])
    .default('merge')
    .meta({ description: 'merge keeps the rules that the template does not have' }),
};
