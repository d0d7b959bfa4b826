import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Problem } from '../lib/errors.ts';
import { checkShape, problemAt, readStructuredFile, type ValuePath } from '../lib/structured-file.ts';
import { metricsOfRule } from '../model/consistency.ts';
import { idSchema, metricNameSchema } from '../model/names.ts';
import { familySchema } from '../model/site.ts';
import { sourceSchema, type ThresholdDocument, thresholdDocumentSchema } from '../model/threshold.ts';

/**
 * A template is a threshold document as a standard has it, with where it comes from and who has verified it against
 * the standard's own text. An engineer applies it to a point; nothing applies itself.
 */

const bilingualSchema = z.object({ zh: z.string().min(1), en: z.string().min(1) }).strict();

const parameterSchema = z
  .object({
    id: idSchema,
    name: bilingualSchema,
    unit: z.string().max(32).optional(),
    /** What the standard allows, ends included. */
    range: z.tuple([z.number(), z.number()]).optional(),
    /** The number in `document` that the parameter replaces; the number in the file is an example only. */
    at: z.array(z.union([z.string(), z.number().int()])).min(1),
  })
  .strict();

export const templateSchema = z
  .object({
    id: idSchema,
    name: bilingualSchema,
    standard: z.string().min(1).max(256),
    edition: z.string().max(64).optional(),
    source: sourceSchema.pick({ clause: true, url: true, note: true }).strict(),
    /** Who has compared the figures with the standard itself; null: nobody yet. */
    verifiedBy: z.string().max(256).nullable(),
    applies: z
      .object({
        family: familySchema,
        /** The metric the template is about, and the unit its figures are in. */
        metric: metricNameSchema,
        unit: z.string().max(32).optional(),
        /** Further metrics that its rules look at, such as the frequency of a vibration. */
        with: z.array(metricNameSchema).optional(),
      })
      .strict(),
    /** Figures that the standard leaves open or that come from a design: they must be given on applying. */
    parameters: z.array(parameterSchema).default([]),
    document: thresholdDocumentSchema.omit({ source: true }).strict(),
  })
  .strict();
export type Template = z.infer<typeof templateSchema>;

export interface TemplateFiles {
  readonly templates: readonly Template[];
  readonly problems: readonly Problem[];
}

/** Reads `thresholds/templates/<standard>/<name>.yaml`. Without a templates folder there are none. */
export function readTemplateFiles(thresholdsDir: string): TemplateFiles {
  const dir = join(thresholdsDir, 'templates');
  if (!existsSync(dir)) return { templates: [], problems: [] };
  const problems: Problem[] = [];
  const templates: Template[] = [];
  const fileOfId = new Map<string, string>();
  for (const file of templateFiles(dir)) {
    const read = readStructuredFile(file);
    if ('problems' in read) {
      problems.push(...read.problems);
      continue;
    }
    const checked = checkShape(read.parsed, [], read.parsed.value, templateSchema);
    if ('problems' in checked) {
      problems.push(...checked.problems);
      continue;
    }
    const template = checked.value;
    for (const { path, ...words } of templateInconsistencies(template)) {
      problems.push(problemAt(read.parsed, path, words));
    }
    const first = fileOfId.get(template.id);
    if (first === undefined) fileOfId.set(template.id, file);
    else {
      const words = { found: `"${template.id}" again`, expected: `template ids that differ (${first} has it)` };
      problems.push(problemAt(read.parsed, ['id'], words));
    }
    templates.push(template);
  }
  return { templates, problems };
}

function templateFiles(dir: string): string[] {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(yaml|yml|json)$/.test(name) && !/\.test\.(yaml|yml|json)$/.test(name))
    .sort()
    .map((name) => join(dir, name));
}

function templateInconsistencies(template: Template): { path: ValuePath; found: string; expected: string }[] {
  const problems: { path: ValuePath; found: string; expected: string }[] = [];
  const metrics = [template.applies.metric, ...(template.applies.with ?? [])];
  for (const [id, rule] of Object.entries(template.document.rules)) {
    for (const use of metricsOfRule(rule)) {
      if (metrics.includes(use.metric)) continue;
      const path = ['document', 'rules', id, ...use.path];
      problems.push({ path, found: `"${use.metric}"`, expected: `a metric named in applies: ${metrics.join(', ')}` });
    }
  }
  template.parameters.forEach((parameter, p) => {
    const present = numberAt(template.document, parameter.at);
    const path = ['parameters', p, 'at'];
    if (present === undefined) {
      problems.push({ path, found: `[${parameter.at.join(', ')}]`, expected: 'the place of a number in document' });
    } else if (!withinRange(present, parameter.range)) {
      problems.push({
        path,
        found: `the example ${present}`,
        expected: `a number in ${parameter.range?.join(' to ')}`,
      });
    }
  });
  return problems;
}

function numberAt(document: unknown, path: ValuePath): number | undefined {
  let at = document;
  for (const step of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return undefined;
    at = (at as Record<string | number, unknown>)[step];
  }
  return typeof at === 'number' ? at : undefined;
}

function withinRange(value: number, range: readonly [number, number] | undefined): boolean {
  return range === undefined || (value >= range[0] && value <= range[1]);
}

export type Filled =
  | { readonly ok: true; readonly document: ThresholdDocument }
  | { readonly ok: false; readonly problems: readonly string[] };

/**
 * The template as a document for a point. Every parameter must be given, because a figure nobody chose is a silent
 * default. `metrics` renames: the template's metric to the point's own name for it.
 */
export function fillTemplate(
  template: Template,
  parameters: Readonly<Record<string, number>>,
  metrics: Readonly<Record<string, string>> = {},
): Filled {
  const problems: string[] = [];
  const document = structuredClone(template.document) as ThresholdDocument;
  for (const parameter of template.parameters) {
    const value = parameters[parameter.id];
    if (value === undefined || !Number.isFinite(value)) {
      problems.push(`${parameter.id} (${parameter.name.en}) must be given`);
    } else if (!withinRange(value, parameter.range)) {
      problems.push(`${parameter.id} must lie within ${parameter.range?.join(' to ')}, not ${value}`);
    } else replaceNumber(document, parameter.at, value);
  }
  const known = new Set(template.parameters.map((parameter) => parameter.id));
  for (const id of Object.keys(parameters))
    if (!known.has(id)) problems.push(`${id} is no parameter of ${template.id}`);
  if (problems.length > 0) return { ok: false, problems };
  const { standard, edition, verifiedBy } = template;
  const source = { standard, ...(edition === undefined ? {} : { edition }), ...template.source, verifiedBy };
  const renamed = renameMetrics(document, metrics);
  return { ok: true, document: { ...renamed, source: { ...source, template: template.id } } };
}

function replaceNumber(document: unknown, path: ValuePath, value: number): void {
  let at = document as Record<string | number, unknown>;
  for (const step of path.slice(0, -1)) at = at[step] as Record<string | number, unknown>;
  at[path.at(-1) ?? ''] = value;
}

/** Metrics stand in two places of a document only, under the keys `metric` and `over`. */
function renameMetrics(document: ThresholdDocument, names: Readonly<Record<string, string>>): ThresholdDocument {
  const renamed = JSON.stringify(document, (key, value: unknown) =>
    (key === 'metric' || key === 'over') && typeof value === 'string' ? (names[value] ?? value) : value,
  );
  return thresholdDocumentSchema.parse(JSON.parse(renamed));
}
