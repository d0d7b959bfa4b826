import { z } from 'zod';
import { EMPTY_DOCUMENT } from '../model/empty-document.ts';
import { idSchema, metricNameSchema } from '../model/names.ts';
import { type Template, withTemplate } from '../model/template.ts';
import type { ApiDeps } from './deps.ts';
import { errorAt, type FieldError, ProblemError } from './problems.ts';
import { CHANGED_POINTS_MAX, type WantedDocument } from './threshold-changes.ts';

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

/** Throws the problem `unknown-template`. */
export function knownTemplate({ templates }: Pick<ApiDeps, 'templates'>, id: string): Template {
  const template = templates.find((one) => one.id === id);
  if (template === undefined) throw new ProblemError('unknown-template', { detail: id });
  return template;
}

/** The document each point would get. Throws the problem with what is wrong with the parameters. */
export function wishes(
  deps: ApiDeps,
  template: Template,
  body: z.infer<z.ZodObject<typeof applyFields>>,
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
