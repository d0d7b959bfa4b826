import type { SheetConflict, SheetNote } from '../model/spreadsheet.ts';
import type { Column, FoundSheet } from './columns.ts';
import { type Cell, isFault, type Language, placeName, type SheetCell } from './table.ts';
import { type CellKind, PROBLEMS } from './words.ts';

/** Where the planning of a sheet writes down what a person should know. */
export interface Notes {
  error(place: string, message: string): void;
  warning(place: string, message: string): void;
  conflict(conflict: SheetConflict): void;
}

/** More than that nobody reads. */
const NOTES_MAX = 500;

/** Notes as lists, none longer than anybody reads. */
export function collectNotes() {
  const errors: SheetNote[] = [];
  const warnings: SheetNote[] = [];
  const conflicts: SheetConflict[] = [];
  const notes: Notes = {
    error: (place, message) => errors.length < NOTES_MAX && errors.push({ place, message }),
    warning: (place, message) => warnings.length < NOTES_MAX && warnings.push({ place, message }),
    conflict: (conflict) => conflicts.length < NOTES_MAX && conflicts.push(conflict),
  };
  return { errors, warnings, conflicts, notes };
}

/** Tells of headings that nobody here knows, or that are there twice. */
export function tellHeadings<K extends string>(
  { table, headingRow, unknown, repeated }: FoundSheet<K>,
  language: Language,
  notes: Notes,
): void {
  const problems = PROBLEMS[language];
  for (const { column, heading } of unknown) {
    notes.warning(placeName(table, column, headingRow), problems.unknownHeading(heading));
  }
  for (const { column, heading } of repeated) {
    notes.warning(placeName(table, column, headingRow), problems.repeatedHeading(heading));
  }
}

/** What a cell holds; nothing, where `tellFaults` has told what is wrong with it or where it is only there to be read. */
export function valueIn(cell: SheetCell | undefined): Cell {
  return cell === undefined || isFault(cell) ? null : cell;
}

const NUMBERS = new Set([
  'blue',
  'yellow',
  'orange',
  'red',
  'deadband',
  'recover',
  'revision',
  'longitude',
  'latitude',
]);

function kindOf(key: string): CellKind {
  if (NUMBERS.has(key)) return 'number';
  if (/^for$|For$/.test(key)) return 'duration';
  if (key === 'latch') return 'yesNo';
  return key === 'direction' ? 'direction' : 'text';
}

/**
 * Tells of the cells of a row that hold something which is no value, and of a row that does not fit its heading. Gives
 * whether there were any: such a row is not planned, because what it would do is not what its author means.
 */
export function tellFaults<K extends string>(
  { table, columns, headingRow }: FoundSheet<K>,
  index: number,
  known: readonly Column<K>[],
  language: Language,
  notes: Notes,
): boolean {
  const problems = PROBLEMS[language];
  const row = table.rows[index] ?? [];
  const headings = table.rows[headingRow]?.length ?? 0;
  // A sheet may have notes beside it; in a CSV file, a comma too many moves every cell behind it into the next column.
  if (table.name === '' && row.length > headings && row.some((cell) => cell !== null)) {
    notes.error(placeName(table, headings, index), problems.rowTooLong(row.length, headings));
    return true;
  }
  let isTold = false;
  for (const { key, readOnly } of known) {
    const column = columns.get(key);
    const cell = column === undefined ? undefined : row[column];
    if (column === undefined || readOnly === true || !isFault(cell)) continue;
    notes.error(placeName(table, column, index), problems.fault(problems.expected[kindOf(key)], cell));
    isTold = true;
  }
  return isTold;
}
