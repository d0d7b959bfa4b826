import { CsvError, parse } from 'csv-parse/sync';
import readXlsxFile from 'read-excel-file/universal';
import { isErrorText } from '../model/cell-text.ts';
import { HEADING_ROWS_MAX, recognise } from './columns.ts';
import {
  type CellFault,
  type FileFormat,
  placeName,
  type SheetCell,
  type Table,
  UnreadableFileError,
  unguarded,
} from './table.ts';
import { rangeName, readMarks, type SheetMarks } from './xlsx-marks.ts';

/** Far beyond 20,000 points with two rules each; what is larger is a mistake, or meant to exhaust the server. */
const ROWS_MAX = 200_000;
const CELL_LENGTH_MAX = 32_767;
/** Rows that an XLSX file can have; some programs write the last one, empty. */
const FORMAT_ROWS_MAX = 1_048_576;
const CELLS_MAX = 4_000_000;
/** Characters of all cells together: one text may stand in any number of cells of an XLSX file. */
const TEXT_LENGTH_MAX = 64 << 20;
/** What the parts of an XLSX file, which is a ZIP archive, may unpack to. */
const UNPACKED_BYTES_MAX = 256 << 20;

/** The sheets of a file. Throws UnreadableFileError. */
export async function readFile(bytes: Uint8Array<ArrayBuffer>, format: FileFormat): Promise<Table[]> {
  const tables = format === 'csv' ? [readCsv(bytes)] : await readXlsx(bytes);
  let textLength = 0;
  for (const { name, rows } of tables) {
    for (const row of rows) {
      for (const cell of row) {
        if (typeof cell !== 'string') continue;
        textLength += cell.length;
        if (cell.length > CELL_LENGTH_MAX) throw tooLongCell();
      }
      if (textLength > TEXT_LENGTH_MAX) throw tooMuch();
    }
    if (rows.length > ROWS_MAX) {
      throw new UnreadableFileError({
        zh: `${name} 共 ${rows.length} 行，最多读取 ${ROWS_MAX} 行`,
        en: `${name}: ${rows.length} rows; at most ${ROWS_MAX} are read`,
      });
    }
  }
  return tables;
}

function tooLongCell(): UnreadableFileError {
  return new UnreadableFileError({
    zh: '有单元格超出电子表格允许的长度',
    en: 'a cell is longer than a spreadsheet allows',
  });
}

function tooMuch(): UnreadableFileError {
  return new UnreadableFileError({ zh: '文件内容过多', en: 'holds more than is read' });
}

/** What the reader makes room for: all rows down to the last one, as wide as the widest that holds something. */
function refuseLarge(sheets: readonly SheetMarks[]): void {
  const far = sheets.find(({ rows }) => rows > FORMAT_ROWS_MAX);
  if (far !== undefined) throw tooMuch();
  if (sheets.reduce((sum, { cells }) => sum + cells, 0) > CELLS_MAX) throw tooMuch();
}

async function readXlsx(bytes: Uint8Array<ArrayBuffer>): Promise<Table[]> {
  const unpacked = unpackedBytes(bytes);
  if (unpacked === undefined) throw new UnreadableFileError({ zh: '不是 XLSX 文件', en: 'not an XLSX file' });
  if (unpacked > UNPACKED_BYTES_MAX) {
    throw new UnreadableFileError({ zh: '文件解压后过大', en: 'unpacks to more than is read' });
  }
  try {
    const sheetMarks = readMarks(bytes);
    refuseLarge(sheetMarks);
    const marks = new Map(sheetMarks.map((sheet) => [sheet.name, sheet]));
    for (const sheet of marks.values()) refuseUnreadable(sheet);
    const whole = bytes.byteLength === bytes.buffer.byteLength ? bytes.buffer : bytes.slice().buffer;
    const sheets = await readXlsxFile(whole);
    return sheets.map(({ sheet: name, data }): Table => {
      const rows = data.map((row) => row.map(cellOf));
      const sheet = marks.get(name);
      return sheet === undefined ? { name, rows } : marked(rows, sheet);
    });
  } catch (error) {
    if (error instanceof UnreadableFileError) throw error;
    throw new UnreadableFileError(
      {
        zh: 'XLSX 文件已损坏，请在电子表格程序中打开并另存',
        en: 'the XLSX file is damaged: open it and save it again',
      },
      { cause: error },
    );
  }
}

/** A cell that breaks the format makes the reader give up the whole file without a word of where. */
function refuseUnreadable({ name, faults }: SheetMarks): void {
  const first = faults.find(({ fault }) => fault.fault === 'unreadable');
  if (first === undefined) return;
  const place = placeName({ name }, first.column, first.row);
  throw new UnreadableFileError({
    zh: `${place}：单元格内容无法读取${first.fault.found === '' ? '' : `（“${first.fault.found}”）`}`,
    en: `${place}: the cell cannot be read${first.fault.found === '' ? '' : ` ('${first.fault.found}')`}`,
  });
}

/** How many cells merged ranges may cover in all; what is more is meant to exhaust the server. */
const MERGED_CELLS_MAX = 2_000_000;

/** The cells with what the reader did not tell of them. */
function marked(rows: SheetCell[][], { name, isHidden, faults, merged }: SheetMarks): Table {
  for (const { row, column, fault } of faults) {
    // Rows of nothing else were left out at the end of the sheet.
    while (rows.length <= row && rows.length <= ROWS_MAX) rows.push([]);
    const cells = rows[row];
    if (cells === undefined) continue;
    while (cells.length < column) cells.push(null);
    cells[column] = fault;
  }
  const width = rows.reduce((most, row) => Math.max(most, row.length), 0);
  let covered = 0;
  for (const range of merged) {
    // A merged range that is empty as a whole is empty, as it is seen.
    if ((rows[range.top]?.[range.left] ?? null) === null) continue;
    const fault: CellFault = { fault: 'merged', found: rangeName(range) };
    const right = Math.min(range.right, width - 1);
    for (let row = range.top; row <= Math.min(range.bottom, rows.length - 1); row++) {
      covered += Math.max(0, right - range.left + 1);
      if (covered > MERGED_CELLS_MAX) {
        throw new UnreadableFileError({ zh: `${name} 的合并单元格过多`, en: `${name}: too many merged cells` });
      }
      const cells = rows[row] ?? [];
      for (let column = range.left; column <= right; column++) {
        if (row === range.top && column === range.left) continue;
        while (cells.length < column) cells.push(null);
        cells[column] = fault;
      }
    }
  }
  return { name, rows, isHidden };
}

function cellOf(value: unknown): SheetCell {
  if (value === null || value === undefined || value === '') return null;
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (value instanceof Date) return { fault: 'date', found: dateText(value) };
  return textCell(String(value));
}

function textCell(text: string): SheetCell {
  const plain = unguarded(text);
  return isErrorText(plain) ? { fault: 'error', found: plain.trim() } : plain;
}

/** `2026-03-05`, `2026-03-05 08:30`; a time of the day alone is one of the day on which the programs begin to count. */
function dateText(date: Date): string {
  if (Number.isNaN(date.getTime())) return '';
  const [day = '', time = ''] = date.toISOString().slice(0, 16).split('T');
  if (date.getUTCFullYear() < 1900) return time;
  return time === '00:00' ? day : `${day} ${time}`;
}

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;

/**
 * What a ZIP archive says its parts unpack to, from its directory: the reader allocates by these figures and reads no
 * further, so they bound what it takes. Undefined when it is no archive, or one of the large kind that no sheet is.
 */
function unpackedBytes(bytes: Uint8Array): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let end = bytes.length - 22;
  // A comment of up to 64 KB may follow the record.
  while (end >= 0 && end > bytes.length - 65_557 && view.getUint32(end, true) !== END_OF_DIRECTORY) end--;
  if (end < 0 || view.getUint32(end, true) !== END_OF_DIRECTORY) return undefined;
  const entries = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  let total = 0;
  for (let i = 0; i < entries; i++) {
    if (at + 46 > bytes.length || view.getUint32(at, true) !== DIRECTORY_ENTRY) return undefined;
    total += view.getUint32(at + 24, true);
    at += 46 + view.getUint16(at + 28, true) + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return total;
}

function readCsv(bytes: Uint8Array): Table {
  const text = decoded(bytes);
  try {
    if (DELIMITERS.some((delimiter) => count(text, delimiter) > CELLS_MAX)) throw tooMuch();
    const rows = csvRows(text, delimiterOf(text), ROWS_MAX + 1);
    if (rows.some((row) => row.some((cell) => cell.length > CELL_LENGTH_MAX))) throw tooLongCell();
    return { name: '', rows: rows.map((row) => row.map((cell) => (cell.trim() === '' ? null : textCell(cell)))) };
  } catch (error) {
    if (error instanceof UnreadableFileError) throw error;
    const line = error instanceof CsvError && typeof error.lines === 'number' ? error.lines : undefined;
    throw new UnreadableFileError(
      {
        zh: `不是有效的 CSV${line === undefined ? '' : `（第 ${line} 行附近）`}，请检查引号是否成对`,
        en: `not CSV${line === undefined ? '' : ` near line ${line}`}: see whether every quote is closed`,
      },
      { cause: error },
    );
  }
}

function count(text: string, character: string): number {
  let found = 0;
  for (let at = text.indexOf(character); at >= 0; at = text.indexOf(character, at + 1)) found++;
  return found;
}

function csvRows(text: string, delimiter: string, most: number): string[][] {
  return parse(text, {
    delimiter,
    relax_column_count: true,
    relax_quotes: true,
    max_record_size: 1 << 20,
    to: most,
  });
}

/**
 * UTF-8 with or without its mark, UTF-16 with one ("Unicode text" of Excel), and otherwise GB18030, in which a Chinese
 * Windows saves CSV. Chinese text in GB18030 is practically never valid UTF-8, so trying tells them apart.
 */
function decoded(bytes: Uint8Array): string {
  const mark =
    bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : '';
  if (mark === '' && bytes.includes(0)) throw new UnreadableFileError({ zh: '不是文本文件', en: 'not a text file' });
  for (const name of mark === '' ? ['utf-8', 'gb18030'] : [mark]) {
    try {
      return new TextDecoder(name, { fatal: true }).decode(bytes);
    } catch {
      // The next one, then.
    }
  }
  throw new UnreadableFileError({
    zh: '编码无法识别：请存为 UTF-8 或 GB18030',
    en: 'neither UTF-8 nor UTF-16 nor GB18030',
  });
}

const DELIMITERS = [',', ';', '\t'];
/** No heading is longer, with all that stands above it. */
const HEADING_LENGTH_MAX = 256 << 10;

/**
 * Commas, semicolons (where the comma is the decimal sign) or tabs: the one with which a heading is found, which may
 * have a title or `sep=;` above it, and otherwise the one that makes the most cells.
 */
function delimiterOf(text: string): string {
  // Twice what may stand above a heading: an empty line is none of its records, and a title may run over several.
  const begin = text
    .slice(0, HEADING_LENGTH_MAX)
    .split('\n', 2 * HEADING_ROWS_MAX)
    .join('\n');
  const scores = DELIMITERS.map((delimiter) => {
    let rows: string[][];
    try {
      rows = csvRows(begin, delimiter, 2 * HEADING_ROWS_MAX);
    } catch {
      // A quote that is open at the end of the piece; the whole file is read with the sign that fits best all the same.
      rows = begin.split('\n').map((line) => line.split(delimiter));
    }
    const isKnown = recognise({ name: '', rows }) !== undefined;
    return (isKnown ? 1e6 : 0) + Math.max(0, ...rows.map((row) => row.length));
  });
  return DELIMITERS[scores.indexOf(Math.max(...scores))] ?? ',';
}
