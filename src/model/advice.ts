import { z } from 'zod';
import type { Verdict } from './alert.ts';
import { previewSchema } from './preview.ts';
import { ruleSchema, thresholdDocumentSchema } from './threshold.ts';

/** What a point's own history says about the deadband and the delays of one of its rules. Never applied by itself. */

const count = (description: string) => z.number().int().meta({ description });
const ms = (description: string) => z.number().meta({ description: `${description}, ms` });

const tradeFields = {
  alerts: count('Alerts raised in the period'),
  removed: z
    .number()
    .meta({ description: 'How many fewer than at present, as a share, 0 to 1; negative when there are more' }),
  delay: ms('From first breach to alert, median').nullable(),
  timeInAlarm: ms('Time with an alert open'),
  lost: count(
    'Alerts there would be otherwise, in whose time there is none: with the present values; for delays, with the suggested deadband',
  ),
  trueLost: count('Alerts that an operator called true in whose time there is none'),
  falseRemoved: count('Alerts that an operator called false in whose time there is none'),
};

export const tradeSchema = z.object(tradeFields).meta({ id: 'Trade' });
export type Trade = z.infer<typeof tradeSchema>;

export const deadbandTradeSchema = z.object({ deadband: z.number(), ...tradeFields }).meta({ id: 'DeadbandTrade' });
export type DeadbandTrade = z.infer<typeof deadbandTradeSchema>;

export const delayTradeSchema = z
  .object({
    for: z.string().meta({ description: 'As a document has it', examples: ['60s'] }),
    ms: z.number(),
    ...tradeFields,
  })
  .meta({ id: 'DelayTrade' });
export type DelayTrade = z.infer<typeof delayTradeSchema>;

const words = z.object({ zh: z.string(), en: z.string() });

export const adviceSchema = z
  .object({
    point: z.string(),
    rule: z.string(),
    revision: count('The revision of the document that the advice is about'),
    from: z.number(),
    to: z.number(),
    unit: z.string().nullable().meta({ description: 'The unit of the rule, in which deadbands and noise are given' }),
    data: previewSchema.shape.data,
    interval: ms('Between two readings, median').nullable(),
    noise: z.number().nullable().meta({
      description:
        'Standard deviation of the noise of the metric, from the median of the steps between neighbours, so that excursions do not count; null without numbers',
    }),
    excursions: z
      .object({ count: z.number().int(), median: z.number(), p90: z.number(), longest: z.number() })
      .nullable()
      .meta({ description: 'How long the bare limits were passed, without deadband and delays, ms; null when never' }),
    verdicts: z
      .object({ true: z.number(), false: z.number(), test: z.number() })
      .meta({ description: 'What operators said of the alerts of this rule in the period' }),
    bare: tradeSchema.meta({ description: 'The limits without deadband and delays' }),
    present: tradeSchema.meta({ description: 'The rule as it is' }),
    deadband: z
      .object({ present: z.number().nullable(), suggested: z.number().nullable(), curve: z.array(deadbandTradeSchema) })
      .nullable()
      .meta({ description: 'Deadbands with the present delays; null for a rule that no deadband fits' }),
    onDelay: z
      .object({ suggested: z.string().nullable(), advisable: z.boolean(), curve: z.array(delayTradeSchema) })
      .meta({
        description:
          'On-delays (`for`) on top of the suggested deadband and off-delay; never advisable on fire or the upper gas level',
      }),
    offDelay: z
      .object({ suggested: z.string().nullable(), curve: z.array(delayTradeSchema) })
      .meta({ description: 'Off-delays (`recoverFor`) on top of the suggested deadband' }),
    suggested: z
      .object({ rule: ruleSchema, document: thresholdDocumentSchema, ...tradeFields })
      .nullable()
      .meta({ description: 'All suggestions together, for a preview; null when the rule is well as it is' }),
    reasons: z.array(words).meta({ description: 'The suggestion in words' }),
  })
  .meta({ id: 'ThresholdAdvice' });
export type ThresholdAdvice = z.infer<typeof adviceSchema>;

/** An alert of the past with the verdict on it; `toMs` is infinite while it is open. */
export interface JudgedAlert {
  readonly fromMs: number;
  readonly toMs: number;
  readonly verdict: Verdict;
}
