import { directionOf, durationOf, numberOf, textOf, yesNoOf } from '../model/cell-text.ts';
import { parseDurationMs } from '../model/duration.ts';
import { problemsOfIssues } from '../model/issue.ts';
import { idSchema } from '../model/names.ts';
import { ownOf } from '../model/own.ts';
import { escapePointer, pointerOf } from '../model/pointer.ts';
import { problemText } from '../model/problem-words.ts';
import { resolveName } from '../model/resolve-name.ts';
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
  type RowValue,
  withCell,
} from '../model/rule-row.ts';
import { sourceLine } from '../model/source-line.ts';
import { type PlannedDocument, placeOf, type SheetChange } from '../model/spreadsheet.ts';
import { type Rule, ruleSchema, type ThresholdDocument } from '../model/threshold.ts';
import { type FoundSheet, LIMIT_COLUMNS, type LimitKey, titleOf } from './columns.ts';
import { type Notes, tellFaults, valueIn } from './faults.ts';
import { createLookup, type Looked } from './lookup.ts';
import type { SheetPoint } from './source.ts';
import { type Cell, type Language, placeName } from './table.ts';
import { DIRECTION_SIGNS, levelWords, otherWords, PROBLEMS, type Problems, yesNo } from './words.ts';

/** The sheet of limits: a row for each rule and direction of each point. */

const VALUE_FIELDS = [
  'blue',
  'yellow',
  'orange',
  'red',
  'for',
  'blueFor',
  'yellowFor',
  'orangeFor',
  'redFor',
  'deadband',
  'recover',
  'recoverFor',
  'latch',
] as const satisfies readonly RowField[];

/** What is said of a point beside its rules. */
export interface LimitContext {
  readonly point: SheetPoint;
  readonly areaName: { readonly zh: string; readonly en: string };
  readonly revision: number;
  readonly document: ThresholdDocument;
}

/** The rows of a point: its rules, then a blank row for each number it measures that no rule looks at. */
export function* limitRows(context: LimitContext, language: Language): Generator<Cell[]> {
  const { point, document } = context;
  const used = new Set<string>();
  for (const [id, rule] of Object.entries(document.rules)) {
    if (rule.metric !== undefined && rule.levels !== undefined) used.add(rule.metric);
    const directions = directionsOf(rule);
    const rows: (Direction | null)[] = directions.length === 0 ? [null] : directions;
    for (const direction of rows) {
      yield LIMIT_COLUMNS.map(({ key }) => ruleCell(context, { id, rule, direction }, key, language));
    }
  }
  for (const [metric, { type, unit }] of Object.entries(point.metrics)) {
    if (type !== 'number' || used.has(metric)) continue;
    yield LIMIT_COLUMNS.map(({ key }) => {
      if (key === 'metric') return metric;
      if (key === 'unit') return unit ?? null;
      return pointCell(context, key, language) ?? null;
    });
  }
}

function pointCell({ point, areaName, revision }: LimitContext, key: LimitKey, language: Language): Cell | undefined {
  if (key === 'point') return point.id;
  if (key === 'name') return point.name[language];
  if (key === 'area') return areaName[language];
  return key === 'revision' ? revision : undefined;
}

function ruleCell(
  context: LimitContext,
  { id, rule, direction }: { readonly id: string; readonly rule: Rule; readonly direction: Direction | null },
  key: LimitKey,
  language: Language,
): Cell {
  const ofPoint = pointCell(context, key, language);
  if (ofPoint !== undefined) return ofPoint;
  switch (key) {
    case 'rule':
      return id;
    case 'direction':
      return direction === null ? null : DIRECTION_SIGNS[direction];
    case 'other':
      return otherWords(rule, language) || null;
    case 'source':
      return sourceWords(context.document, language) || null;
    case 'unit':
      return shownUnit(rule, context.point) ?? null;
    case 'point':
    case 'name':
    case 'area':
    case 'revision':
      return null;
    default: {
      const cell = cellOf(rule, direction, key);
      if (isOther(cell)) return levelWords(cell, language);
      return typeof cell === 'boolean' ? yesNo(cell, language) : cell;
    }
  }
}

function shownUnit(rule: Rule, point: SheetPoint): string | undefined {
  return rule.unit ?? ownOf(point.metrics, rule.metric ?? '')?.unit;
}

function sourceWords({ source = {} }: ThresholdDocument, language: Language): string {
  return sourceLine(source)[language];
}

interface SheetRow {
  readonly index: number;
  readonly cell: (key: LimitKey) => Cell;
  readonly has: (key: LimitKey) => boolean;
  readonly place: (key: LimitKey) => string;
}

/** The rows of one rule, present or new. */
interface RuleRows {
  readonly id: string;
  readonly rows: SheetRow[];
}

export interface LimitsPlan {
  readonly documents: readonly PlannedDocument[];
  readonly changes: ReadonlyMap<string, readonly SheetChange[]>;
  readonly rowsRead: number;
}

export interface LimitsInput {
  readonly sheet: FoundSheet<LimitKey>;
  readonly lookPoint: (text: string) => Looked<SheetPoint>;
  readonly context: (point: SheetPoint) => LimitContext;
  readonly language: Language;
  readonly notes: Notes;
  readonly pause: () => Promise<void>;
}

/** Points planned before others have their turn. */
const POINTS_AT_ONCE = 200;

/** What the rows would change. */
export async function planLimits(input: LimitsInput): Promise<LimitsPlan> {
  const { sheet, lookPoint, context, language, notes, pause } = input;
  const problems = PROBLEMS[language];
  const byPoint = new Map<string, { readonly point: SheetPoint; readonly rows: SheetRow[] }>();
  let rowsRead = 0;
  for (let index = sheet.headingRow + 1; index < sheet.table.rows.length; index++) {
    const row = rowAt(sheet, index);
    if (tellFaults(sheet, index, LIMIT_COLUMNS, language, notes)) {
      rowsRead += 1;
      continue;
    }
    if (LIMIT_COLUMNS.every(({ key }) => textOf(row.cell(key)) === '')) continue;
    rowsRead += 1;
    const text = textOf(row.cell('point'));
    const looked = lookPoint(text);
    if (text === '') notes.error(row.place('point'), problems.pointNeeded);
    else if (!looked.ok) {
      notes.error(
        row.place('point'),
        looked.isAmbiguous ? problems.ambiguous(text, 'point') : problems.unknownPoint(text),
      );
    } else {
      const { found } = looked;
      const known = byPoint.get(found.id);
      if (known === undefined) byPoint.set(found.id, { point: found, rows: [row] });
      else known.rows.push(row);
    }
  }
  const documents: PlannedDocument[] = [];
  const changes = new Map<string, readonly SheetChange[]>();
  let done = 0;
  for (const { point, rows } of byPoint.values()) {
    if (++done % POINTS_AT_ONCE === 0) await pause();
    const planned = planPoint(context(point), rows, language, notes);
    if (planned === undefined) continue;
    documents.push(planned.document);
    changes.set(point.id, planned.changes);
  }
  return { documents, changes, rowsRead };
}

function rowAt({ table, columns }: FoundSheet<LimitKey>, index: number): SheetRow {
  const row = table.rows[index] ?? [];
  return {
    index,
    cell: (key) => valueIn(row[columns.get(key) ?? -1]),
    has: (key) => columns.has(key),
    place: (key) => placeName(table, columns.get(key) ?? columns.get('point') ?? 0, index),
  };
}

function planPoint(
  context: LimitContext,
  rows: readonly SheetRow[],
  language: Language,
  notes: Notes,
): { readonly document: PlannedDocument; readonly changes: readonly SheetChange[] } | undefined {
  const changes: SheetChange[] = [];
  const places: { path: string; place: string }[] = [];
  const changing = new Set<SheetRow>();
  const rules: Record<string, Rule> = { ...context.document.rules };
  for (const group of groupByRule(context, rows, language, notes)) {
    const changed = planRule(context, group, language, notes);
    if (changed === undefined) continue;
    if (changed.rule === undefined) delete rules[group.id];
    else rules[group.id] = changed.rule;
    changes.push(...changed.changes);
    places.push(...changed.places);
    for (const row of changed.rows) changing.add(row);
  }
  for (const row of rows) compareReadOnly(context, row, language, notes);
  if (changes.length === 0) return undefined;
  const { point, revision, document } = context;
  const isChanging = (row: SheetRow) => changing.has(row);
  refuseStale(context, rows.filter(isChanging), language, notes);
  return { document: { point: point.id, revision, document: { ...document, rules }, places }, changes };
}

/** Says which rows were exported before the present revision; only asked when they would change something. */
function refuseStale({ point, revision }: LimitContext, rows: readonly SheetRow[], language: Language, notes: Notes) {
  const problems = PROBLEMS[language];
  for (const row of rows) {
    const cell = row.cell('revision');
    const text = textOf(cell);
    if (text === '') continue;
    const given = numberOf(cell);
    if (given === undefined || !Number.isInteger(given)) notes.error(row.place('revision'), problems.revision(text));
    else if (given !== revision) {
      notes.conflict({ point: point.id, place: row.place('revision'), message: problems.stale(revision, given) });
    }
  }
}

/** A row that says nothing of a rule: the blank rows of an export, still blank. */
function isBlank(row: SheetRow): boolean {
  return VALUE_FIELDS.every((field) => textOf(row.cell(field)) === '');
}

function groupByRule(
  context: LimitContext,
  rows: readonly SheetRow[],
  language: Language,
  notes: Notes,
): Iterable<RuleRows> {
  const groups = new Map<string, RuleRows>();
  for (const row of rows) {
    const id = ruleIdOf(context, row, PROBLEMS[language], notes);
    if (id === undefined) continue;
    const group = groups.get(id);
    if (group === undefined) groups.set(id, { id, rows: [row] });
    else group.rows.push(row);
  }
  return groups.values();
}

/** The rule a row is about, by its name or as the only one of its metric; undefined when it is about none. */
function ruleIdOf(context: LimitContext, row: SheetRow, problems: Problems, notes: Notes): string | undefined {
  const { document } = context;
  const written = textOf(row.cell('rule'));
  if (written !== '') {
    if (Object.hasOwn(document.rules, written)) return written;
    if (isBlank(row)) return undefined;
    if (idSchema.safeParse(written).success) return written;
    notes.error(row.place('rule'), problems.badRuleId(written));
    return undefined;
  }
  if (isBlank(row)) return undefined;
  const metric = metricOf(context, row, problems, notes);
  if (metric === undefined) return undefined;
  const direction = directionOf(row.cell('direction'));
  const all = Object.entries(document.rules).filter(([, rule]) => rule.levels !== undefined && rule.metric === metric);
  const fitting = all.filter(([, rule]) => direction !== undefined && directionsOf(rule).includes(direction));
  const [only, second] = all.length > 1 && fitting.length > 0 ? fitting : all;
  if (second !== undefined) {
    notes.error(row.place('rule'), problems.ruleNeeded(all.map(([id]) => id)));
    return undefined;
  }
  if (only !== undefined) return only[0];
  // A rule of another kind may have the name of the metric already.
  if (!Object.hasOwn(document.rules, metric) && idSchema.safeParse(metric).success) return metric;
  notes.error(row.place('rule'), problems.badRuleId(metric));
  return undefined;
}

/** The metric a row names, by id or name; without one, the only number the point measures. */
function metricOf({ point }: LimitContext, row: SheetRow, problems: Problems, notes: Notes): string | undefined {
  const text = textOf(row.cell('metric'));
  const metrics = Object.entries(point.metrics).map(([id, { name, type }]) => ({
    id,
    name: resolveName(name, id),
    type,
  }));
  if (text === '') {
    const [only, second] = metrics.filter(({ type }) => type === 'number');
    if (only !== undefined && second === undefined) return only.id;
    notes.error(row.place('metric'), problems.metricNeeded);
    return undefined;
  }
  const looked = createLookup(metrics)(text);
  if (looked.ok) return looked.found.id;
  const known = metrics.map(({ id }) => id);
  notes.error(
    row.place('metric'),
    looked.isAmbiguous ? problems.ambiguous(text, 'metric') : problems.unknownMetric(text, known),
  );
  return undefined;
}

interface PlannedRule {
  /** Undefined: the rule goes. */
  readonly rule: Rule | undefined;
  /** The rows that say so. */
  readonly rows: ReadonlySet<SheetRow>;
  readonly changes: readonly SheetChange[];
  readonly places: readonly { readonly path: string; readonly place: string }[];
}

function planRule(
  context: LimitContext,
  { id, rows }: RuleRows,
  language: Language,
  notes: Notes,
): PlannedRule | undefined {
  const problems = PROBLEMS[language];
  const present = ownOf(context.document.rules, id);
  const first = rows[0] as SheetRow;
  const begun = present ?? newRule(context, first, problems, notes);
  if (begun === undefined) return undefined;
  let rule: Rule = begun;
  const changes: SheetChange[] = [];
  const places: { path: string; place: string }[] = [{ path: pathOf(id), place: first.place('rule') }];
  if (present === undefined) {
    for (const field of ['metric', 'unit'] as const)
      places.push({ path: pathOf(id, field), place: first.place(field) });
  }
  const sidesSeen = new Map<Direction | null, string>();
  const sharedSeen = new Map<RowField, { readonly value: RowValue; readonly place: string }>();
  const changing = new Set<SheetRow>();
  const change = (row: SheetRow, key: LimitKey, before: string, after: string) => {
    changes.push({ place: row.place(key), rule: id, what: headingOf(key, language), before, after });
    changing.add(row);
  };

  for (const row of rows) {
    const side = sideOf(present, rows, row, problems, notes);
    if (side === undefined) continue;
    const { direction, turnedFrom } = side;
    const twice = sidesSeen.get(direction);
    if (twice !== undefined) {
      notes.error(row.place('rule'), problems.rowTwice(twice));
      continue;
    }
    sidesSeen.set(direction, row.place('rule'));
    const fields = present === undefined ? VALUE_FIELDS : (['metric', 'unit', ...VALUE_FIELDS] as const);
    for (const field of fields) {
      if (!row.has(field)) continue;
      const place = row.place(field);
      places.push({ path: pathOf(id, field, direction), place });
      const before = cellOf(begun, turnedFrom ?? direction, field);
      if (isOther(before)) {
        compareWords(row, field, before, problems, notes);
        continue;
      }
      const read = readCell(context, row, field, problems, notes);
      if (read === undefined) continue;
      const isTurned = turnedFrom !== undefined && isLevelField(field) && before !== null;
      if (!isTurned && isSame(field, read.value, before, begun, context.point)) continue;
      if (present !== undefined && present.levels === undefined) {
        notes.error(place, problems.notLimits);
        continue;
      }
      if (isLevelField(field)) {
        if (direction === null) {
          notes.error(row.place('direction'), problems.directionNeeded);
          continue;
        }
        if (isTurned) rule = withCell(rule, turnedFrom, field, null);
        rule = withCell(rule, direction, field, read.value);
        change(row, field, limitText(turnedFrom ?? direction, before), limitText(direction, read.value));
        continue;
      }
      const other = sharedSeen.get(field);
      if (other !== undefined) {
        if (other.value !== read.value) notes.error(place, problems.differsFrom(other.place));
        continue;
      }
      sharedSeen.set(field, { value: read.value, place });
      rule = withCell(rule, direction, field, read.value);
      change(row, field, valueText(before, language), valueText(read.value, language));
    }
  }
  if (changes.length === 0) return undefined;
  if (present === undefined)
    changes.unshift({ place: first.place('rule'), rule: id, what: headingOf('rule', language), before: '', after: id });
  if (present !== undefined && hasNoLevels(rule)) {
    change(first, 'rule', id, '');
    return { rule: undefined, rows: changing, changes, places };
  }
  const parsed = ruleSchema.safeParse(rule);
  if (parsed.success) return { rule, rows: changing, changes, places };
  for (const problem of problemsOfIssues(parsed.error.issues, rule)) {
    const pointer = `${pathOf(id)}${pointerOf(problem.path)}`;
    notes.error(placeOf(places, pointer) ?? first.place('rule'), problemText(problem, language));
  }
  return undefined;
}

function pathOf(id: string, field?: RowField, direction?: Direction | null): string {
  const rule = `/rules/${escapePointer(id)}`;
  if (field === undefined) return rule;
  if (isLevelField(field)) return `${rule}/levels/${field}/${direction ?? ''}`;
  return isLevelDelayField(field) ? `${rule}/levels/${levelOfDelay(field)}/for` : `${rule}/${field}`;
}

function newRule(context: LimitContext, row: SheetRow, problems: Problems, notes: Notes): Rule | undefined {
  const metric = metricOf(context, row, problems, notes);
  if (metric === undefined) return undefined;
  const unit = textOf(row.cell('unit'));
  return { metric, ...(unit === '' ? {} : { unit }), levels: {} };
}

interface Side {
  readonly direction: Direction | null;
  /** The direction that the rule had, when the row gives it the other one. */
  readonly turnedFrom: Direction | undefined;
}

/** The direction of a row: as it says, or the only one that its rule has. */
function sideOf(
  present: Rule | undefined,
  rows: readonly SheetRow[],
  row: SheetRow,
  problems: Problems,
  notes: Notes,
): Side | undefined {
  const text = textOf(row.cell('direction'));
  const has = present === undefined ? [] : directionsOf(present);
  const [only, second] = has;
  if (text === '') {
    if (only !== undefined && second === undefined) return { direction: only, turnedFrom: undefined };
    if (present !== undefined && only === undefined) return { direction: null, turnedFrom: undefined };
    notes.error(row.place('direction'), problems.directionNeeded);
    return undefined;
  }
  const direction = directionOf(text);
  if (direction === undefined) {
    notes.error(row.place('direction'), problems.direction(text));
    return undefined;
  }
  const isTurned = rows.length === 1 && second === undefined && only !== undefined && only !== direction;
  return { direction, turnedFrom: isTurned ? only : undefined };
}

function compareWords(
  row: SheetRow,
  field: RowField,
  level: Parameters<typeof levelWords>[0],
  problems: Problems,
  notes: Notes,
): void {
  const text = textOf(row.cell(field));
  if (text === levelWords(level, 'zh') || text === levelWords(level, 'en')) return;
  if (text !== '') notes.error(row.place(field), problems.readOnlyLimit);
  else notes.warning(row.place(field), problems.wordsNotTaken);
}

/** What a cell says; undefined when it cannot be read, which has been told then, or says nothing that counts. */
function readCell(
  context: LimitContext,
  row: SheetRow,
  field: RowField,
  problems: Problems,
  notes: Notes,
): { readonly value: RowValue } | undefined {
  const cell = row.cell(field);
  const text = textOf(cell);
  if (field === 'metric') {
    const metric = text === '' ? undefined : metricOf(context, row, problems, notes);
    return metric === undefined ? undefined : { value: metric };
  }
  if (field === 'unit') return text === '' ? undefined : { value: text };
  if (text === '') return { value: null };
  const [value, problem] = readValue(cell, field, problems);
  if (value !== undefined) return { value };
  notes.error(row.place(field), problem(text));
  return undefined;
}

function readValue(
  cell: Cell,
  field: RowField,
  problems: Problems,
): readonly [RowValue | undefined, (found: string) => string] {
  if (field === 'latch') return [yesNoOf(cell), problems.yesNo];
  const isDuration = field === 'for' || field === 'recoverFor' || isLevelDelayField(field);
  return isDuration ? [durationOf(cell), problems.duration] : [numberOf(cell), problems.number];
}

function isSame(field: RowField, value: RowValue, before: RowValue, rule: Rule, point: SheetPoint): boolean {
  if (value === before) return true;
  if (field === 'unit') return value === shownUnit(rule, point);
  if (typeof value !== 'string' || typeof before !== 'string' || field === 'metric') return false;
  return parseDurationMs(value) === parseDurationMs(before);
}

function limitText(direction: Direction, value: RowValue): string {
  return value === null ? '' : `${DIRECTION_SIGNS[direction]} ${value}`;
}

function valueText(value: RowValue, language: Language): string {
  if (value === null) return '';
  return typeof value === 'boolean' ? yesNo(value, language) : String(value);
}

const COLUMN_OF = new Map(LIMIT_COLUMNS.map((column) => [column.key, column]));

function headingOf(key: LimitKey, language: Language): string {
  const column = COLUMN_OF.get(key);
  return column === undefined ? key : titleOf(column, language);
}

/** Says where somebody changed what is only there to be read. */
function compareReadOnly(context: LimitContext, row: SheetRow, language: Language, notes: Notes): void {
  const { point, areaName, document } = context;
  const rule = ownOf(document.rules, textOf(row.cell('rule')));
  const both = (words: (language: Language) => string) => [words('zh'), words('en')];
  const expected: Partial<Record<LimitKey, readonly string[]>> = {
    name: [point.name.zh, point.name.en],
    area: [areaName.zh, areaName.en, point.area],
    ...(rule === undefined
      ? {}
      : { other: both((each) => otherWords(rule, each)), source: both((each) => sourceWords(document, each)) }),
  };
  for (const [key, texts] of Object.entries(expected) as [LimitKey, readonly string[]][]) {
    const text = textOf(row.cell(key));
    if (text === '' || texts.some((one) => one.trim() === text)) continue;
    notes.warning(row.place(key), PROBLEMS[language].readOnlyColumn(headingOf(key, language)));
  }
}
