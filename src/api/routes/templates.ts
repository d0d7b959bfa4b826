import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { idSchema, metricNameSchema } from '../../model/names.ts';
import { type Template, withTemplate } from '../../model/template.ts';
import type { ThresholdDocument } from '../../model/threshold.ts';
import { listOf } from '../../wire/page.ts';
import { changesAnswerSchema, proposedChangesSchema } from '../../wire/proposals.ts';
import { familySchema } from '../../wire/shapes.ts';
import { templateViewSchema } from '../../wire/templates.ts';
import { principalOf } from '../auth.ts';
import { answerChanges, lookedAt } from '../changes-answer.ts';
import type { ApiDeps } from '../deps.ts';
import { errorAt, type FieldError, ProblemError } from '../problems.ts';
import { pageByKey, pageQuery } from '../query.ts';
import { writtenReason } from '../reason.ts';
import { applyChanges, CHANGED_POINTS_MAX, refuseRepeated, type WantedDocument } from '../threshold-changes.ts';

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

/** Throws the problem `unknown-template`. */
export function knownTemplate({ templates }: Pick<ApiDeps, 'templates'>, id: string): Template {
  const template = templates.find((one) => one.id === id);
  if (template === undefined) throw new ProblemError('unknown-template', { detail: id });
  return template;
}

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

export function reasonMissing(): ProblemError {
  return new ProblemError('validation-failed', { errors: [errorAt('/reason', { code: 'reason-needed', values: {} })] });
}

const EMPTY_DOCUMENT: ThresholdDocument = { rules: {} };

/** The document each point would get. Throws the problem with what is wrong with the parameters. */
export function wishes(
  deps: ApiDeps,
  template: Template,
  body: Pick<z.infer<typeof applySchema>, keyof typeof applyFields>,
): WantedDocument[] {
  const errors: FieldError[] = [];
  const wanted = body.points.flatMap((one, index): WantedDocument[] => {
    const given = typeof one === 'string' ? { point: one } : one;
    const place = `/points/${index}`;
    const present = deps.thresholds.get(given.point)?.document ?? EMPTY_DOCUMENT;
    const filled = withTemplate(present, template, {
      parameters: { ...body.parameters, ...given.parameters },
      metrics: { ...body.metrics, ...given.metrics },
      mode: body.mode,
    });
    if (filled.ok) return [{ point: given.point, revision: given.revision, document: filled.document, place }];
    const own = given.parameters === undefined ? '/parameters' : `${place}/parameters`;
    errors.push(...filled.problems.map((problem) => errorAt(own, problem)));
    return [];
  });
  if (errors.length === 0) return wanted;
  // The same for every point that has no parameters of its own.
  const distinct = new Map(errors.map((error) => [`${error.path} ${error.message}`, error]));
  throw new ProblemError('validation-failed', { errors: [...distinct.values()] });
}
