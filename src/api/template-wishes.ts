import type { z } from 'zod';
import { EMPTY_DOCUMENT } from '../model/empty-document.ts';
import { type Template, withTemplate } from '../model/template.ts';
import type { applyFields } from '../wire/templates.ts';
import type { ApiDeps } from './deps.ts';
import { errorAt, type FieldError, ProblemError } from './problems.ts';
import type { WantedDocument } from './threshold-changes.ts';

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
