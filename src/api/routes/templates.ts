import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { listOf } from '../../wire/page.ts';
import { changesAnswerSchema, proposedChangesSchema } from '../../wire/proposals.ts';
import { familySchema } from '../../wire/shapes.ts';
import { templateViewSchema } from '../../wire/templates.ts';
import { principalOf } from '../auth.ts';
import { answerChanges, lookedAt } from '../changes-answer.ts';
import type { ApiDeps } from '../deps.ts';
import { pageByKey, pageQuery } from '../query.ts';
import { reasonMissing, writtenReason } from '../reason.ts';
import { applyFields, knownTemplate, wishes } from '../template-wishes.ts';
import { applyChanges, refuseRepeated } from '../threshold-changes.ts';

const applySchema = z
  .object({ ...applyFields, reason: writtenReason.optional() })
  .strict()
  .meta({
    id: 'TemplateApplication',
    examples: [
      {
        points: ['river-01', { point: 'river-02', parameters: { 'warning-level': 6.8, 'guaranteed-level': 9.1 } }],
        parameters: { 'warning-level': 7.2, 'guaranteed-level': 10 },
        reason: '按重庆市中小河流预警标准',
      },
    ],
  });

/** Templates by standard, and applying one to points. */
export function templateRoutes(deps: ApiDeps): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/templates',
      {
        config: { access: 'viewer' },
        schema: {
          tags: ['thresholds'],
          summary: 'Threshold templates, with the standards they come from',
          querystring: z
            .object({
              family: familySchema.optional(),
              metric: z.string().optional().meta({ description: 'Templates for a metric of this name' }),
              ...pageQuery(500, 1_000),
            })
            .strict(),
          response: { 200: listOf(templateViewSchema) },
        },
      },
      async (request) => {
        const { family, metric } = request.query;
        const matching = deps.templates.filter(
          ({ applies }) =>
            (family === undefined || applies.family === family) && (metric === undefined || applies.metric === metric),
        );
        return pageByKey(matching, (template) => template.id, request.query);
      },
    );

    app.get(
      '/templates/:id',
      {
        config: { access: 'viewer' },
        schema: {
          tags: ['thresholds'],
          summary: 'One template',
          params: z.object({ id: z.string() }),
          response: { 200: templateViewSchema },
        },
      },
      async (request) => knownTemplate(deps, request.params.id),
    );

    app.post(
      '/templates/:id/apply',
      {
        config: { access: 'engineer' },
        schema: {
          tags: ['thresholds'],
          summary: 'Make the documents of points from a template, all of them or none',
          description:
            'With `dryRun=true` nothing changes, and each point’s difference and problems are told. Otherwise a reason ' +
            'is required, and one point that cannot have the template keeps all from changing. A point that already is ' +
            'as the template says gets no new revision.',
          params: z.object({ id: z.string() }),
          querystring: z.object({ dryRun: z.stringbool().default(false) }).strict(),
          body: applySchema,
          response: { 200: changesAnswerSchema, 202: proposedChangesSchema },
        },
      },
      async (request, reply) => {
        const { dryRun } = request.query;
        const { reason } = request.body;
        const wanted = wishes(deps, knownTemplate(deps, request.params.id), request.body);
        refuseRepeated(wanted);
        if (dryRun) return lookedAt(deps, request, wanted);
        if (reason === undefined) throw reasonMissing();
        return answerChanges(deps, reply, await applyChanges(deps, wanted, principalOf(request).name, reason));
      },
    );
  };
}
