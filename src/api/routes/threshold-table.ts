import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { metricsOfRule } from '../../model/consistency.ts';
import { idSchema } from '../../model/names.ts';
import type { PointRecord } from '../../model/registry.ts';
import { deviationsFrom } from '../../model/template.ts';
import { type Rule, thresholdDocumentSchema } from '../../model/threshold.ts';
import { listOf } from '../../wire/page.ts';
import { changesAnswerSchema, proposedChangesSchema } from '../../wire/proposals.ts';
import { familySchema } from '../../wire/shapes.ts';
import { thresholdRowSchema } from '../../wire/thresholds.ts';
import { areasBelow } from '../areas-below.ts';
import { principalOf } from '../auth.ts';
import { answerChanges, lookedAt } from '../changes-answer.ts';
import type { ApiDeps } from '../deps.ts';
import { pageByKey, pageQuery } from '../query.ts';
import { reasonMissing, writtenReason } from '../reason.ts';
import { applyChanges, CHANGED_POINTS_MAX, refuseRepeated } from '../threshold-changes.ts';

const changesSchema = z
  .object({
    items: z
      .array(
        z
          .object({
            point: idSchema,
            revision: z.number().int().min(0).meta({ description: 'What the change was made from' }),
            document: thresholdDocumentSchema,
          })
          .strict(),
      )
      .min(1)
      .max(CHANGED_POINTS_MAX),
    reason: writtenReason.optional(),
  })
  .strict()
  .meta({ id: 'ThresholdChanges' });

/** The thresholds of many points side by side, and changing them together. */
export function thresholdTableRoutes(deps: ApiDeps): FastifyPluginAsyncZod {
  const templates = new Map(deps.templates.map((template) => [template.id, template]));

  function rowOf(point: PointRecord, metric: string | undefined, isWhole: boolean): z.infer<typeof thresholdRowSchema> {
    const { id, name, area, family } = point;
    const { revision = 0, document = { rules: {} } } = deps.thresholds.get(id) ?? {};
    const rules: Record<string, Rule> = {};
    for (const [ruleId, rule] of Object.entries(document.rules)) {
      if (metric === undefined || metricsOfRule(rule).some((use) => use.metric === metric)) rules[ruleId] = rule;
    }
    const template = document.source?.template ?? null;
    const known = templates.get(template ?? '');
    const deviations = known === undefined ? [] : deviationsFrom(known, document);
    const unit = metric === undefined ? null : (point.metrics[metric]?.unit ?? null);
    const row = { point: id, name, area, family, revision, unit, rules, template, deviations };
    return isWhole ? { ...row, document } : row;
  }

  return async (app) => {
    app.get(
      '/thresholds',
      {
        config: { access: 'viewer' },
        schema: {
          tags: ['thresholds'],
          summary: 'The limits of a metric at every point that has it, side by side',
          description: 'What differs from the template a document was made from is listed with each point.',
          querystring: z
            .object({
              metric: z
                .string()
                .optional()
                .meta({ description: 'Left out: every point, with all of its rules', examples: ['depth'] }),
              template: z.string().optional().meta({ description: 'Points whose document was made from it' }),
              area: z.string().optional().meta({ description: 'An area, with the areas below it' }),
              family: familySchema.optional(),
              documents: z
                .stringbool()
                .default(false)
                .meta({ description: 'Whether to give the whole documents, which is what a change needs' }),
              ...pageQuery(500, 1_000),
            })
            .strict(),
          response: { 200: listOf(thresholdRowSchema) },
        },
      },
      async (request) => {
        const { metric, template, area, family, documents } = request.query;
        const areas = area === undefined ? undefined : new Set(areasBelow(deps.registry.areas(), area));
        const matching: PointRecord[] = [];
        for (const point of deps.registry.points()) {
          if (metric !== undefined && !Object.hasOwn(point.metrics, metric)) continue;
          if (template !== undefined && deps.thresholds.get(point.id)?.document.source?.template !== template) continue;
          if (areas !== undefined && !areas.has(point.area)) continue;
          if (family !== undefined && point.family !== family) continue;
          matching.push(point);
        }
        const { items, next } = pageByKey(matching, (point) => point.id, request.query);
        return { items: items.map((point) => rowOf(point, metric, documents)), next };
      },
    );

    app.patch(
      '/thresholds',
      {
        config: { access: 'engineer' },
        bodyLimit: CHANGES_BYTES_MAX,
        schema: {
          tags: ['thresholds'],
          summary: 'Put the documents of several points in force, all of them or none',
          description:
            'Each with the revision it was made from: 412 when one of them has been changed since. With `dryRun=true` ' +
            'nothing changes, and each point’s difference and problems are told; otherwise a reason is required.',
          querystring: z.object({ dryRun: z.stringbool().default(false) }).strict(),
          body: changesSchema,
          response: { 200: changesAnswerSchema, 202: proposedChangesSchema },
        },
      },
      async (request, reply) => {
        const { items, reason } = request.body;
        const wanted = items.map((item, index) => ({ ...item, place: `/items/${index}` }));
        refuseRepeated(wanted);
        if (request.query.dryRun) return lookedAt(deps, request, wanted);
        if (reason === undefined) throw reasonMissing();
        return answerChanges(deps, reply, await applyChanges(deps, wanted, principalOf(request).name, reason));
      },
    );
  };
}

/** As many documents of a few rules each. */
const CHANGES_BYTES_MAX = 16 << 20;
