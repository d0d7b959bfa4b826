import { isFormulaLike } from '../../model/formula.ts';

export type CsvCell = string | number | boolean | null;

/** A cell as RFC 4180 has it. What a spreadsheet would take for a formula is made a text. */
export function csvCell(cell: CsvCell): string {
  if (cell === null) return '';
  const text = typeof cell === 'string' && isFormulaLike(cell) ? `'${cell}` : String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
