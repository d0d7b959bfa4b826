import type { Cell } from '../model/cell-text.ts';
import { isFormulaLike } from '../model/formula.ts';

export type { Cell };

/**
 * A cell that holds something, but nothing that may be taken for a value: to read it as an empty one would remove what
 * the cell stands for. `found` is what stands there, as a person sees it.
 */
export interface CellFault {
  readonly fault: 'error' | 'noResult' | 'emptyResult' | 'scaled' | 'date' | 'merged' | 'unreadable';
  readonly found: string;
}

export type SheetCell = Cell | CellFault;

export function isFault(cell: SheetCell | undefined): cell is CellFault {
  return typeof cell === 'object' && cell !== null;
}

/** A sheet as rows of cells, the heading among them. A CSV file is one sheet without a name. */
export interface Table {
  readonly name: string;
  readonly rows: readonly (readonly SheetCell[])[];
  /** A sheet that its file hides; it is not read. */
  readonly isHidden?: boolean;
}

export type FileFormat = 'xlsx' | 'csv';
export type Language = 'zh' | 'en';

/** What is said to a person, in both languages. */
export type Words = Readonly<Record<Language, string>>;

/** A file that cannot be read as a spreadsheet at all; the words are for the person who sent it. */
export class UnreadableFileError extends Error {
  readonly words: Words;
  constructor(words: Words, options?: ErrorOptions) {
    super(words.en, options);
    this.name = 'UnreadableFileError';
    this.words = words;
  }
}

/** `D7` of column 3 and row 6, both counted from 0, as every spreadsheet program says it. */
export function cellName(column: number, row: number): string {
  let letters = '';
  for (let rest = column; rest >= 0; rest = Math.floor(rest / 26) - 1) {
    letters = String.fromCharCode(65 + (rest % 26)) + letters;
  }
  return `${letters}${row + 1}`;
}

/** `limits!D7`; for a CSV file, which has no sheets, `D7`. */
export function placeName(table: Pick<Table, 'name'>, column: number, row: number): string {
  const cell = cellName(column, row);
  return table.name === '' ? cell : `${table.name}!${cell}`;
}

/**
 * Text that a spreadsheet program would take for a formula is written with an apostrophe before it, as the programs
 * themselves do, so that a name typed by anybody cannot run on the machine of who opens the file (OWASP, CSV injection).
 * An apostrophe of the text's own gets another, so that reading gives the same text again.
 */
export function guarded(text: string): string {
  return text.startsWith("'") || isFormulaLike(text) ? `'${text}` : text;
}

export function unguarded(text: string): string {
  return text.startsWith("'") ? text.slice(1) : text;
}
