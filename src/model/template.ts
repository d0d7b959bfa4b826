import { z } from 'zod';
import { differencesOf, type ValueChange } from './difference.ts';
import { idSchema, metricNameSchema, type NameText, wordsSchema } from './names.ts';
import { ownOf } from './own.ts';
import { escapePointer, pointerOf } from './pointer.ts';
import type { Coded } from './problem.ts';
import { isSameWords, resolveName } from './resolve-name.ts';
import { familySchema } from './site.ts';
import { sourceSchema, type ThresholdDocument, thresholdDocumentSchema } from './threshold.ts';

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
    standard: wordsSchema(256),
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

export type Filled =
  | { readonly ok: true; readonly document: ThresholdDocument }
  | { readonly ok: false; readonly problems: readonly Coded[] };

/**
 * The template as a document for a point. Every parameter must be given, because a figure nobody chose is a silent
 * default. `metrics` renames: the template's metric to the point's own name for it.
 */
export function fillTemplate(
  template: Template,
  parameters: Readonly<Record<string, number>>,
  metrics: Readonly<Record<string, string>> = {},
): Filled {
  const problems: Coded[] = [];
  const document = structuredClone(template.document) as ThresholdDocument;
  for (const parameter of template.parameters) {
    const value = parameters[parameter.id];
    if (value === undefined || !Number.isFinite(value)) {
      const name = resolveName(parameter.name, parameter.id);
      problems.push({ code: 'parameter-missing', values: { parameter: parameter.id, name } });
    } else if (!withinRange(value, parameter.range)) {
      const [low, high] = parameter.range ?? [value, value];
      problems.push({ code: 'parameter-outside', values: { parameter: parameter.id, low, high, value } });
    } else replaceNumber(document, parameter.at, value);
  }
  const known = new Set(template.parameters.map((parameter) => parameter.id));
  for (const id of Object.keys(parameters)) {
    if (known.has(id)) continue;
    problems.push({ code: 'unknown-parameter', values: { parameter: id, template: template.id } });
  }
  if (problems.length > 0) return { ok: false, problems };
  const { standard, edition, verifiedBy } = template;
  const source = {
    standard,
    ...(edition === undefined ? {} : { edition }),
    ...template.source,
    verifiedBy,
  };
  const renamed = renameMetrics(document, metrics);
  return { ok: true, document: { ...renamed, source: { ...source, template: template.id } } };
}

function replaceNumber(document: unknown, path: readonly (string | number)[], value: number): void {
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

export interface TemplateUse {
  readonly parameters: Readonly<Record<string, number>>;
  /** The template's metric to the point's own name for it. */
  readonly metrics?: Readonly<Record<string, string>> | undefined;
  /** `merge` keeps the rules of the document that the template does not have; `replace` keeps nothing. */
  readonly mode: 'merge' | 'replace';
}

/** The document of a point after a template was applied to it. */
export function withTemplate(present: ThresholdDocument, template: Template, use: TemplateUse): Filled {
  const filled = fillTemplate(template, use.parameters, use.metrics);
  if (!filled.ok || use.mode === 'replace') return filled;
  const { rules, ...rest } = filled.document;
  return { ok: true, document: { ...present, ...rest, rules: { ...present.rules, ...rules } } };
}

/**
 * Where the rules of a document that was made from a template are no longer what the template says; JSON pointers into
 * the document. The template's parameters are the point's own, and so are its names of metrics; rules that the template
 * does not have are none of its business.
 */
export function deviationsFrom(template: Template, document: ThresholdDocument): ValueChange[] {
  const own = new Set(template.parameters.map(({ at }) => pointerOf(at)));
  return Object.entries(template.document.rules).flatMap(([id, rule]) =>
    differencesOf(rule, ownOf(document.rules, id), `/rules/${escapePointer(id)}`).filter(
      ({ path, before, after }) =>
        !own.has(path) &&
        !NAME_OF_METRIC.test(path) &&
        !(LABEL.test(path) && isSameWords(before as NameText, after as NameText)),
    ),
  );
}

const LABEL = /\/label$/;
const NAME_OF_METRIC = /^\/rules\/[^/]+\/metric$|\/curve\/over$/;

/** The number at a path of a document; undefined when there is none. */
export function numberAt(document: unknown, path: readonly (string | number)[]): number | undefined {
  let at = document;
  for (const step of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return undefined;
    at = (at as Record<string | number, unknown>)[step];
  }
  return typeof at === 'number' ? at : undefined;
}

/** Ends included; without a range everything is within it. */
export function withinRange(value: number, range: readonly [number, number] | undefined): boolean {
  return range === undefined || (value >= range[0] && value <= range[1]);
}
