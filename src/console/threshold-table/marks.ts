import type { TFunction } from 'i18next';
import { useMemo } from 'react';
import type { Template } from '../../model/template.ts';
import type { ThresholdDocument } from '../../model/threshold.ts';
import { type Problem, problemText } from '../thresholds/problem-words.ts';
import {
  type CellProblem,
  type changesOf,
  deviatingCells,
  LIMIT_FIELDS,
  type LimitRow,
  type TableField,
} from './rows.ts';

/** What is special about single cells, by row and field. */
export interface CellMarks {
  /** What the template says where the cell says something else. */
  readonly deviations: ReadonlyMap<string, Readonly<Partial<Record<TableField, string>>>>;
  readonly problems: ReadonlyMap<string, Readonly<Partial<Record<TableField, string>>>>;
  /** Points that somebody changed since they were typed over. */
  readonly conflicts: ReadonlySet<string>;
}

export const NO_PROBLEMS: CellMarks['problems'] = new Map();
const NO_CONFLICTS: CellMarks['conflicts'] = new Set();

/** What is to be marked in the table: unlike the template, not to be saved, changed by somebody else meanwhile. */
export function useMarks(
  rows: readonly LimitRow[],
  changes: ReturnType<typeof changesOf>,
  refused: CellMarks['problems'],
  templates: readonly Template[],
  t: TFunction,
): CellMarks {
  const byId = useMemo(() => new Map(templates.map((one) => [one.id, one])), [templates]);
  // Comparing every point with its template is work; one edit changes it for one point.
  const inForce = useMemo(() => deviationsOf(rows, byId, (row) => row.at.document), [rows, byId]);
  return useMemo(() => {
    const after = new Map(changes.documents.map(({ at, document }) => [at.point, document]));
    const edited = rows.filter(({ at }) => after.has(at.point));
    const deviations = new Map(inForce);
    for (const { key } of edited) deviations.delete(key);
    const anew = deviationsOf(edited, byId, ({ at }) => after.get(at.point) ?? at.document);
    for (const [key, cells] of anew) deviations.set(key, cells);
    const problems = new Map<string, Partial<Record<TableField, string>>>(refused);
    for (const [key, cells] of changes.problems) {
      const worded = Object.entries(cells).map(([field, problem]) => [field, problemWords(problem, t)]);
      problems.set(key, { ...problems.get(key), ...Object.fromEntries(worded) });
    }
    const conflicts = changes.documents
      .filter(({ at, revision }) => at.revision !== revision)
      .map(({ at }) => at.point);
    return { deviations, problems, conflicts: conflicts.length === 0 ? NO_CONFLICTS : new Set(conflicts) };
  }, [rows, changes, refused, byId, inForce, t]);
}

function deviationsOf(
  rows: readonly LimitRow[],
  templates: ReadonlyMap<string, Template>,
  documentOf: (row: LimitRow) => ThresholdDocument,
): Map<string, Partial<Record<TableField, string>>> {
  const deviations = new Map<string, Partial<Record<TableField, string>>>();
  for (const row of rows) {
    const document = documentOf(row);
    const template = templates.get(document.source?.template ?? '');
    if (template === undefined) continue;
    const cells = deviatingCells(row, document, template);
    if (Object.keys(cells).length > 0) deviations.set(row.key, cells);
  }
  return deviations;
}

function problemWords({ kind, problem }: { readonly kind: CellProblem; readonly problem?: Problem }, t: TFunction) {
  if (kind === 'grammar')
    return t('table.problem.grammar', { message: problem === undefined ? '' : problemText(problem, t) });
  return kind === 'number' ? t('table.problem.number') : t('table.problem.duration');
}

/** What the server found wrong, at the cells it names; what is said of a whole rule stands at its first cell. */
export function problemsByRow(
  rows: readonly LimitRow[],
  problems: readonly (Problem & { readonly point: string })[],
  t: TFunction,
): CellMarks['problems'] {
  const marks = new Map<string, Partial<Record<TableField, string>>>();
  for (const { point, ...problem } of problems) {
    const [, top, rule, first, level, key] = problem.path.split('/');
    if (top !== 'rules') continue;
    const row = rows.find(
      ({ at, ruleId, direction }) =>
        at.point === point && ruleId === rule && ((key !== 'above' && key !== 'below') || key === direction),
    );
    if (row === undefined) continue;
    const named = first === 'levels' ? level : first;
    const field = LIMIT_FIELDS.find((one) => one === named) ?? 'blue';
    marks.set(row.key, { ...marks.get(row.key), [field]: problemText(problem, t) });
  }
  return marks;
}
