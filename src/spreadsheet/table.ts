import type { Cell } from '../model/cell-text.ts';

export type { Cell };

/** A sheet as rows of cells, the heading among them. A CSV file is one sheet without a name. */
export interface Table {
  readonly name: string;
  readonly rows: readonly (readonly Cell[])[];
}

export type FileFormat = 'xlsx' | 'csv';
export type Language = 'zh' | 'en';

/** A file that cannot be read as a spreadsheet at all; the message is for the person who sent it. */
export class UnreadableFileError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UnreadableFileError';
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
  return /^[=+\-@\t\r']/.test(text) ? `'${text}` : text;
}

export function unguarded(text: string): string {
  return text.startsWith("'") ? text.slice(1) : text;
}
