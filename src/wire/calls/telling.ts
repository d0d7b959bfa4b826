import { z } from 'zod';
import { alertSchema } from '../../model/alert.ts';
import { calendarFields } from '../../model/calendar.ts';
import { refusal } from '../../model/issue.ts';
import { levelSchema } from '../../model/level.ts';
import { idSchema } from '../../model/names.ts';
import { notifySetupSchema } from '../../model/notify/setup.ts';
import { familySchema } from '../../model/site.ts';
import type { CallTable } from '../call.ts';
import { previewDays, timeBody } from '../query.ts';
import { explanationSchema, peoplePreviewSchema } from '../telling.ts';

const setupField = notifySetupSchema
  .optional()
  .meta({ description: 'A setup that is proposed; left out: the one in force' });

const explainBody = z
  .object({
    alert: z.string().optional().meta({ description: 'The id of an alert that was raised' }),
    point: idSchema.optional().meta({ description: 'Instead: one imagined at this point' }),
    area: idSchema.optional().meta({ description: 'Instead: one imagined in this area' }),
    level: levelSchema.default('red').meta({ description: 'Of one that is imagined' }),
    kind: alertSchema.shape.kind.default('levels').meta({ description: 'Of one that is imagined' }),
    family: familySchema.default('other').meta({ description: 'Of one that is imagined in an area' }),
    at: timeBody('When it is raised, default now').optional(),
    setup: setupField,
  })
  .strict()
  .refine(
    ({ alert, point, area }) => [alert, point, area].filter((one) => one !== undefined).length === 1,
    refusal('none-given', { names: ['alert', 'point', 'area'] }),
  )
  .meta({ id: 'ExplainTelling', examples: [{ point: 'underpass-01', level: 'red', at: '2026-07-03T02:14:00+08:00' }] });

const previewBody = z
  .object({
    days: previewDays(z.number()),
    from: timeBody('Start of the period, instead of days').optional(),
    to: timeBody('End of the period, default now').optional(),
    answers: z
      .enum(['nobody', 'as-recorded'])
      .default('as-recorded')
      .meta({ description: 'Whether alerts are acknowledged when they were, or by nobody' }),
    proof: z
      .enum(['accepted', 'delivered'])
      .default('accepted')
      .meta({ description: 'How far each message is proven to come at once' }),
    night: calendarFields.hours
      .unwrap()
      .default(['22:00', '07:00'])
      .meta({ description: 'Hours in which a message wakes somebody' }),
    timezone: calendarFields.timezone,
    setup: setupField,
  })
  .strict()
  .meta({
    id: 'PreviewTelling',
    examples: [{ from: '2026-07-02T20:00:00+08:00', to: '2026-07-03T08:00:00+08:00', answers: 'nobody' }],
  });

/** Who is told of what, asked before it happens. */
export const tellingCalls = {
  'POST /notify/explain': { body: explainBody, answers: { 200: explanationSchema } },
  'POST /notify/preview': { body: previewBody, answers: { 200: peoplePreviewSchema } },
} as const satisfies CallTable;
