import { durationOf, numberOf } from '../../model/cell-text.ts';
import { parseDurationMs } from '../../model/duration.ts';
import { problemsOfIssues, valueAt } from '../../model/issue.ts';
import type { Level } from '../../model/level.ts';
import { LEVELS } from '../../model/level.ts';
import { idSchema } from '../../model/names.ts';
import { keysOf } from '../../model/own.ts';
import { stepsOf } from '../../model/pointer.ts';
import {
  cellOf,
  type Direction,
  directionsOf,
  hasNoLevels,
  isLevelDelayField,
  isLevelField,
  isOther,
  levelOfDelay,
  type RowField,
  withCell,
} from '../../model/rule-row.ts';
import { deviationsFrom, type Template } from '../../model/template.ts';
import { type LevelRule, type Rule, ruleSchema, type ThresholdDocument } from '../../model/threshold.ts';
import { type Problem, problemOf } from '../thresholds/problem-words.ts';
import { matches } from '../ui/matches.ts';
import type { ThresholdRow } from './whole-rows.ts';

/**
 * The table of a metric across points: a row for each rule and direction, as in the spreadsheet files. What is typed
 * is kept as text beside the rows, so that rows can be fetched anew under it, and becomes documents when it is saved.
 */

export const LIMIT_FIELDS = [...LEVELS, 'for', 'deadband', 'recoverFor'] as const satisfies readonly RowField[];
export const MORE_FIELDS = [
  'blueFor',
  'yellowFor',
  'orangeFor',
  'redFor',
  'recover',
] as const satisfies readonly RowField[];
const FIELDS = [...LIMIT_FIELDS, ...MORE_FIELDS] as const;
export type TableField = (typeof FIELDS)[number];

export interface LimitRow {
  readonly key: string;
  readonly at: ThresholdRow;
  readonly ruleId: string;
  /** The rule in force; for a row that has none yet, what it would begin as. */
  readonly rule: Rule;
  readonly isNew: boolean;
  /** Null where every level of the rule is more than a number. */
  readonly direction: Direction | null;
  /** The second row of a two-sided rule: what holds for the rule is edited in the first. */
  readonly isSecond: boolean;
}

/** What was typed into one row, as text, and the revision it was typed over. */
export interface RowEdit {
  readonly revision: number;
  readonly cells: Readonly<Partial<Record<TableField, string>>>;
}
export type Edits = ReadonlyMap<string, RowEdit>;
export const NO_EDITS: Edits = new Map();

/** The rows of a metric. A point without a rule on it gets a blank one, in the direction most of the others have. */
export function limitRows(points: readonly ThresholdRow[], metric: string): LimitRow[] {
  const isOfMetric = (rule: Rule) => rule.metric === metric && rule.levels !== undefined;
  const all = points.flatMap(({ document }) => Object.values(document.rules).filter(isOfMetric).flatMap(directionsOf));
  const usual: Direction = 2 * all.filter((one) => one === 'below').length > all.length ? 'below' : 'above';
  return points.flatMap((at): LimitRow[] => {
    const rules = Object.entries(at.document.rules).filter(([, rule]) => isOfMetric(rule));
    const row = (ruleId: string, rule: Rule, more: Pick<LimitRow, 'isNew' | 'direction' | 'isSecond'>): LimitRow => ({
      key: JSON.stringify([at.point, ruleId, more.direction]),
      at,
      ruleId,
      rule,
      ...more,
    });
    if (rules.length === 0) {
      const begun: Rule = { metric, ...(at.unit === null ? {} : { unit: at.unit }), levels: {} };
      return [row(freeId(at.document, metric), begun, { isNew: true, direction: usual, isSecond: false })];
    }
    return rules.flatMap(([ruleId, rule]) => {
      const directions = directionsOf(rule);
      if (directions.length === 0) return [row(ruleId, rule, { isNew: false, direction: null, isSecond: false })];
      return directions.map((direction, i) => row(ruleId, rule, { isNew: false, direction, isSecond: i > 0 }));
    });
  });
}

function freeId({ rules }: ThresholdDocument, metric: string): string {
  const wanted = idSchema.safeParse(metric).success ? metric : 'limits';
  for (let n = 1; ; n++) {
    const id = n === 1 ? wanted : `${wanted}-${n}`;
    if (!Object.hasOwn(rules, id)) return id;
  }
}

/** The level of a cell that is more than a number, and shown in words. */
export function wordsIn(row: LimitRow, field: TableField): LevelRule | undefined {
  const cell = cellOf(row.rule, row.direction, field);
  return isOther(cell) ? cell : undefined;
}

export function isLocked(row: LimitRow, field: TableField): boolean {
  if (isLevelField(field)) return row.direction === null || wordsIn(row, field) !== undefined;
  return row.isSecond;
}

/** What stands in a cell before anybody types. */
export function textIn(row: LimitRow, field: TableField): string {
  const cell = cellOf(row.rule, row.direction, field);
  return cell === null || isOther(cell) ? '' : String(cell);
}

/** Whether two texts say the same: `10` and `10.0`, `60s` and `1m`. */
export function isSameText(field: TableField, a: string, b: string): boolean {
  if (a.trim() === b.trim()) return true;
  const [first, second] = [a, b].map((text) => readText(field, text));
  if (typeof first === 'string' && typeof second === 'string')
    return parseDurationMs(first) === parseDurationMs(second);
  return first !== undefined && first === second;
}

function isDuration(field: TableField): boolean {
  return field === 'for' || field === 'recoverFor' || isLevelDelayField(field);
}

/** The value of a text; null when it is blank, undefined when it cannot be read. */
function readText(field: TableField, text: string): number | string | null | undefined {
  if (text.trim() === '') return null;
  return isDuration(field) ? durationOf(text.trim()) : numberOf(text);
}

export type CellProblem = 'number' | 'duration' | 'grammar';
/** What is wrong, by row and cell; `problem` is what the grammar of a rule refuses, which is more than a cell. */
export type Problems = ReadonlyMap<
  string,
  Readonly<Partial<Record<TableField, { readonly kind: CellProblem; readonly problem?: Problem }>>>
>;

export interface ChangedDocument {
  readonly at: ThresholdRow;
  /** The revision that was typed over. */
  readonly revision: number;
  readonly document: ThresholdDocument;
}

export interface Changes {
  readonly documents: readonly ChangedDocument[];
  readonly problems: Problems;
}

/** What was typed, as documents of the points it is about; rows with problems are left out of them. */
export function changesOf(rows: readonly LimitRow[], edits: Edits): Changes {
  const problems = new Map<string, Partial<Record<TableField, { kind: CellProblem; problem?: Problem }>>>();
  const byPoint = new Map<string, { at: ThresholdRow; revision: number; rules: Record<string, Rule> }>();
  for (const row of rows) {
    const edit = edits.get(row.key);
    if (edit === undefined) continue;
    const found = byPoint.get(row.at.point);
    const point = found ?? { at: row.at, revision: edit.revision, rules: { ...row.at.document.rules } };
    byPoint.set(row.at.point, point);
    point.revision = Math.min(point.revision, edit.revision);
    let rule = point.rules[row.ruleId] ?? row.rule;
    const wrong: Partial<Record<TableField, { kind: CellProblem; problem?: Problem }>> = {};
    for (const field of keysOf(edit.cells)) {
      const text = edit.cells[field] ?? '';
      const value = readText(field, text);
      if (value === undefined) wrong[field] = { kind: isDuration(field) ? 'duration' : 'number' };
      else if (!isLocked(row, field)) rule = withCell(rule, row.direction, field, value);
    }
    if (hasNoLevels(rule) && !row.isNew) delete point.rules[row.ruleId];
    else {
      const parsed = ruleSchema.safeParse(rule);
      if (!parsed.success) {
        const [problem] = problemsOfIssues(parsed.error.issues, rule);
        const field = fieldAt(problem?.path ?? []) ?? keysOf(edit.cells)[0];
        if (field !== undefined && wrong[field] === undefined) {
          wrong[field] = { kind: 'grammar', ...(problem === undefined ? {} : { problem: problemOf(problem) }) };
        }
      }
      point.rules[row.ruleId] = rule;
    }
    if (Object.keys(wrong).length > 0) problems.set(row.key, wrong);
  }
  const documents = [...byPoint.values()].map(({ at, revision, rules }): ChangedDocument => {
    return { at, revision, document: { ...at.document, rules } };
  });
  return { documents, problems };
}

/** The cell that a path into a rule names. */
function fieldAt(path: readonly PropertyKey[]): TableField | undefined {
  const [first, level, key] = path.map(String);
  if (first !== 'levels') return FIELDS.find((field) => field === first);
  const name = LEVELS.find((one) => one === level);
  if (name === undefined) return undefined;
  return key === 'for' ? delayFieldOf(name) : name;
}

function delayFieldOf(level: Level): TableField | undefined {
  return MORE_FIELDS.find((field) => isLevelDelayField(field) && levelOfDelay(field) === level);
}

/** Keys of a level that cells show; `label` and a recovery of its own are not among them. */
const OWN_CELLS: ReadonlySet<string> = new Set([
  'above',
  'below',
  'for',
  'rise',
  'fall',
  'any',
  'all',
  'within',
  'curve',
]);

/** The cells in which a row is not what the template says, with what it says there. */
export function deviatingCells(
  row: LimitRow,
  document: ThresholdDocument,
  template: Template,
): Partial<Record<TableField, string>> {
  const cells: Partial<Record<TableField, string>> = {};
  for (const { path, before } of deviationsFrom(template, document)) {
    const [, rule, ...rest] = stepsOf(path);
    if (rule !== row.ruleId) continue;
    const last = rest.at(-1);
    if ((last === 'above' || last === 'below') && last !== row.direction) continue;
    // What a level is called, and how it alone is left again, stands in no cell.
    if (rest[0] === 'levels' && rest.length === 3 && !OWN_CELLS.has(last ?? '')) continue;
    const field = fieldAt(rest);
    if (field === undefined) continue;
    const isWhole = typeof before === 'object' && before !== null && row.direction !== null;
    const value = isWhole ? valueAt(before, [row.direction]) : before;
    cells[field] = value === undefined ? '' : String(value);
  }
  return cells;
}

/** Sets cells; a text that says what is in force anyway is no edit. */
export function withEdit(edits: Edits, row: LimitRow, texts: Readonly<Partial<Record<TableField, string>>>): Edits {
  const { revision = row.at.revision, cells: present = {} } = edits.get(row.key) ?? {};
  const cells: Partial<Record<TableField, string>> = { ...present };
  for (const field of keysOf(texts)) {
    const text = texts[field] ?? '';
    if (isSameText(field, text, textIn(row, field))) delete cells[field];
    else cells[field] = text;
  }
  const next = new Map(edits);
  if (Object.keys(cells).length === 0) next.delete(row.key);
  else next.set(row.key, { revision, cells });
  return next;
}

/** The rows that are looked at: those that were changed, those unlike their template, those of one template, those found. */
export function visibleRows(
  rows: readonly LimitRow[],
  {
    edits,
    deviations,
    shown,
    wanted,
    template,
  }: {
    readonly edits: { has(key: string): boolean };
    readonly deviations: { has(key: string): boolean };
    readonly shown: 'all' | 'changed' | 'deviating';
    readonly wanted: string;
    readonly template: string | null;
  },
): readonly LimitRow[] {
  const isFound = matches<LimitRow>(wanted, ({ at: { point, name } }) => [point, name.zh, name.en]);
  return rows.filter((row) => {
    if (shown === 'changed' && !edits.has(row.key)) return false;
    if (shown === 'deviating' && !deviations.has(row.key)) return false;
    if (template !== null && row.at.template !== template) return false;
    return isFound(row);
  });
}
