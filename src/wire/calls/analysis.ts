import { z } from 'zod';
import { adviceSchema } from '../../model/advice.ts';
import { CHANGED_POINTS_MAX } from '../../model/bounds.ts';
import { refusal } from '../../model/issue.ts';
import { idSchema } from '../../model/names.ts';
import { previewSchema } from '../../model/preview.ts';
import { LINES_TYPE } from '../../model/progress.ts';
import { thresholdDocumentSchema } from '../../model/threshold.ts';
import { keptRuleTestSchema, previewJobSchema, recordedRuleTestSchema } from '../analysis.ts';
import type { CallTable } from '../call.ts';
import { lineSchema } from '../lines.ts';
import { listOf } from '../page.ts';
import { pageQuery, previewDays, timeBody, timeQuery } from '../query.ts';
import { applyFields } from '../templates.ts';

const periodQuery = {
  days: previewDays(z.coerce.number()),
  from: timeQuery('Start of the period, instead of days').optional(),
  to: timeQuery('End of the period, default now').optional(),
};

const periodBody = {
  days: previewDays(z.number()),
  from: timeBody('Start of the period, instead of days').optional(),
  to: timeBody('End of the period, default now').optional(),
};

const previewBody = thresholdDocumentSchema
  .extend({
    ...periodBody,
  })
  .strict()
  .meta({
    id: 'ThresholdPreviewRequest',
    description: 'A threshold document, and optionally the period',
    examples: [
      {
        days: 30,
        rules: {
          depth: {
            metric: 'depth',
            unit: 'cm',
            levels: { yellow: { above: 15, for: '60s' }, red: { above: 27 } },
            deadband: 2,
            recoverFor: '5m',
          },
        },
      },
    ],
  });

export const previewJobBody = z
  .object({
    items: z
      .array(z.object({ point: idSchema, document: thresholdDocumentSchema }).strict())
      .min(1)
      .max(CHANGED_POINTS_MAX)
      .optional()
      .meta({ description: 'Documents, as `PATCH /thresholds` takes them' }),
    template: z
      .object({
        ...applyFields,
        id: z.string(),
        points: applyFields.points
          .optional()
          .meta({ description: 'Left out: every point whose document was made from the template' }),
      })
      .strict()
      .optional()
      .meta({ description: 'A template, as `POST /templates/{id}/apply` takes it, instead of items' }),
    ...periodBody,
  })
  .strict()
  .refine(
    ({ items, template }) => (items === undefined) !== (template === undefined),
    refusal('none-given', { names: ['items', 'template'] }),
  )
  .meta({
    id: 'PreviewJobRequest',
    examples: [
      {
        days: 30,
        items: [
          {
            point: 'underpass-01',
            document: { rules: { depth: { metric: 'depth', levels: { red: { above: 30 } } } } },
          },
          {
            point: 'underpass-02',
            document: { rules: { depth: { metric: 'depth', levels: { red: { above: 25 } } } } },
          },
        ],
      },
      { days: 90, template: { id: 'gb50493-combustible' } },
    ],
  });

const TEST_NAME = /^[A-Za-z0-9][\w.-]{0,99}$/;

/** Part of a file's name, so that it means the same on every system. */
const testName = z
  .string()
  .refine((text) => TEST_NAME.test(text), refusal('bad-rule-test-name', {}))
  .meta({ pattern: TEST_NAME.source });

const ruleTestBody = z
  .object({
    from: timeBody('Start of the period: better while all is calm, because the test begins from nothing'),
    to: timeBody('End of the period'),
    title: z
      .string()
      .trim()
      .min(1)
      .max(200)
      .optional()
      .meta({ description: 'What the test is called; default the point and the time' }),
    note: z.string().trim().max(1_000).optional().meta({ description: 'The lesson, written above the test' }),
    document: thresholdDocumentSchema
      .optional()
      .meta({ description: 'The document whose outcome the test expects; default the one in force' }),
    keep: testName
      .optional()
      .meta({ description: 'Keep it at the server under this name, for `brink export`; for engineers' }),
  })
  .strict()
  .meta({
    id: 'RuleTestRequest',
    examples: [
      {
        from: '2026-07-01T08:00:00+08:00',
        to: '2026-07-01T09:30:00+08:00',
        note: '水汽引起的误报，回差 2 之后只报一次',
        keep: 'canteen-gas-steam',
      },
    ],
  });

/** What the past says: previews, advice, rule tests. */
export const analysisCalls = {
  'POST /points/{id}/thresholds/preview': {
    query: z.object(periodQuery).strict(),
    body: previewBody,
    answers: { 200: previewSchema },
  },
  'GET /points/{id}/thresholds/advice': {
    query: z
      .object({
        rule: z.string().optional().meta({ description: 'May be left out when the point has one rule with levels' }),
        ...periodQuery,
      })
      .strict(),
    answers: {
      200: {
        description: 'The advice',
        content: {
          'application/json': { schema: adviceSchema },
          [LINES_TYPE]: { schema: lineSchema(adviceSchema) },
        },
      },
    },
  },
  'POST /thresholds/preview': {
    body: previewJobBody,
    answers: { 202: previewJobSchema },
  },
  'GET /thresholds/preview/{job}': {
    query: z
      .object({
        after: z.coerce
          .number()
          .int()
          .min(0)
          .default(0)
          .meta({ description: 'Items already seen, which are left out of `items`' }),
      })
      .strict(),
    answers: { 200: previewJobSchema },
  },
  'DELETE /thresholds/preview/{job}': {
    answers: { 200: previewJobSchema },
  },
  'POST /points/{id}/thresholds/rule-test': {
    body: ruleTestBody,
    answers: { 200: recordedRuleTestSchema },
  },
  'GET /rule-tests': {
    query: z.object({ point: z.string().optional(), ...pageQuery(100, 500) }).strict(),
    answers: { 200: listOf(keptRuleTestSchema) },
  },
  'GET /rule-tests/{name}': {
    answers: { 200: keptRuleTestSchema },
  },
  'DELETE /rule-tests/{name}': {
    answers: { 204: z.undefined().meta({ description: 'It is gone' }) },
  },
} as const satisfies CallTable;
