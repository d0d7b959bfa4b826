import { stringify } from 'csv-stringify/sync';
import writeXlsxFile, { type Row } from 'write-excel-file/node';
import { type Cell, type FileFormat, guarded } from './table.ts';

/** A sheet to be written: its first row is the heading. */
export interface WrittenTable {
  readonly name: string;
  readonly rows: readonly (readonly Cell[])[];
  /** Widths of the columns, in characters. */
  readonly widths: readonly number[];
  /** Columns that are for reading only; they are shown in grey. */
  readonly readOnly: readonly boolean[];
  /** Columns that stay in view when the sheet is moved sideways. */
  readonly fixedColumns: number;
}

/** The file. CSV takes the first table only. */
export async function writeFile(tables: readonly WrittenTable[], format: FileFormat): Promise<Uint8Array> {
  return format === 'csv' ? writeCsv(tables[0]) : writeXlsx(tables);
}

/** UTF-8 with its mark, without which Excel takes Chinese for the code page of the machine. */
function writeCsv(table: WrittenTable | undefined): Uint8Array {
  const rows = (table?.rows ?? []).map((row) => row.map((cell) => (typeof cell === 'string' ? guarded(cell) : cell)));
  return Buffer.from(
    stringify(rows as unknown[][], {
      bom: true,
      record_delimiter: 'windows',
      cast: { boolean: (value) => String(value) },
    }),
  );
}

const HEADING_STYLE = { fontWeight: 'bold', backgroundColor: '#dfe2e5', alignVertical: 'center' } as const;
const READ_ONLY_STYLE = { textColor: '#5c656e' } as const;

async function writeXlsx(tables: readonly WrittenTable[]): Promise<Uint8Array> {
  const sheets = tables.map(({ name, rows, widths, readOnly, fixedColumns }) => ({
    sheet: name,
    stickyRowsCount: 1,
    ...(fixedColumns > 0 ? { stickyColumnsCount: fixedColumns } : {}),
    columns: widths.map((width) => ({ width })),
    data: rows.map(
      (row, index): Row =>
        row.map((cell, column) =>
          styled(cell, index === 0 ? HEADING_STYLE : readOnly[column] ? READ_ONLY_STYLE : undefined),
        ),
    ),
  }));
  return writeXlsxFile(sheets).toBuffer();
}

function styled(cell: Cell, style: typeof HEADING_STYLE | typeof READ_ONLY_STYLE | undefined): Row[number] {
  if (cell === null) return null;
  if (typeof cell === 'string') return { value: written(guarded(cell)), type: String, ...style };
  return style === undefined ? cell : { value: cell, ...style };
}

/**
 * A text as the format writes it. Characters that XML cannot hold, and what looks like their escape, are escaped. So is
 * the first letter of a name that every object has, for the library keeps its texts in one: a device called `constructor`
 * would stand there as that function's own code.
 */
function written(text: string): string {
  const escaped = (character: string) => `_x${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}_`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are exactly what is escaped here.
  const plain = text.replace(/_(?=x[\da-f]{4}_)|[\u0000-\u0008\u000b\u000c\r\u000e-\u001f\ufffe\uffff]/gi, escaped);
  return plain in {} ? `${escaped(plain)}${plain.slice(1)}` : plain;
}
