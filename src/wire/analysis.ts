import { z } from 'zod';
import { previewedPointSchema, previewTotalsSchema } from '../model/preview.ts';

export const previewJobSchema = z
  .object({
    id: z.string(),
    state: z.enum(['running', 'done', 'cancelled']),
    by: z.string(),
    startedAt: z.number(),
    endedAt: z.number().nullable(),
    from: z.number().meta({ description: 'Start of the period, ms since 1970' }),
    to: z.number().meta({ description: 'End of the period, not included' }),
    total: z.number().int().meta({ description: 'Points asked for' }),
    done: z.number().int().meta({ description: 'Points judged, those that could not be among them' }),
    share: z.number().meta({ description: 'How far it is, 0 to 1' }),
    items: z
      .array(previewedPointSchema)
      .readonly()
      .meta({ description: 'In the order in which they were judged; with `after`, those that are new' }),
    failures: z
      .array(z.object({ point: z.string(), code: z.string(), detail: z.string() }))
      .readonly()
      .meta({ description: 'Points that could not be judged, with a problem’s code' }),
    totals: previewTotalsSchema.meta({ description: 'Over all points judged so far' }),
  })
  .meta({ id: 'PreviewJob' });
export type PreviewJob = z.infer<typeof previewJobSchema>;

export const recordedRuleTestSchema = z
  .object({
    file: z.string().meta({ description: 'A name for the file' }),
    text: z.string().meta({ description: 'The file: put it anywhere below thresholds/, and `brink check` runs it' }),
    log: z.array(z.string()).readonly().meta({ description: 'What the rules did, as the test expects it' }),
    samples: z.number().int(),
    everyMs: z.number().meta({ description: 'The time between two places of its series' }),
    exact: z.boolean().meta({
      description: 'Whether each sample kept its own time; otherwise it has the nearest place, with the same outcome',
    }),
    kept: z.string().nullable().meta({ description: 'The name under which it is kept' }),
  })
  .meta({ id: 'RecordedRuleTest' });
export type RecordedRuleTest = z.infer<typeof recordedRuleTestSchema>;

export const keptRuleTestSchema = z
  .object({ name: z.string(), point: z.string(), author: z.string(), at: z.number(), text: z.string() })
  .meta({ id: 'KeptRuleTest' });
export type KeptRuleTest = z.infer<typeof keptRuleTestSchema>;
