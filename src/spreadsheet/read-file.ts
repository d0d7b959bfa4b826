import { parse } from 'csv-parse/sync';
import readXlsxFile from 'read-excel-file/universal';
import { type Cell, type FileFormat, type Table, UnreadableFileError, unguarded } from './table.ts';

/** Far beyond 20,000 points with two rules each; what is larger is a mistake, or meant to exhaust the server. */
const ROWS_MAX = 200_000;
const CELL_LENGTH_MAX = 32_767;
/** What the parts of an XLSX file, which is a ZIP archive, may unpack to. */
const UNPACKED_BYTES_MAX = 256 << 20;

/** The sheets of a file. Throws UnreadableFileError. */
export async function readFile(bytes: Uint8Array<ArrayBuffer>, format: FileFormat): Promise<Table[]> {
  const tables = format === 'csv' ? [readCsv(bytes)] : await readXlsx(bytes);
  for (const { name, rows } of tables) {
    if (rows.length > ROWS_MAX)
      throw new UnreadableFileError(`${name}: ${rows.length} rows; at most ${ROWS_MAX} are read`);
  }
  return tables;
}

async function readXlsx(bytes: Uint8Array<ArrayBuffer>): Promise<Table[]> {
  const unpacked = unpackedBytes(bytes);
  if (unpacked === undefined) throw new UnreadableFileError('not an XLSX file');
  if (unpacked > UNPACKED_BYTES_MAX) throw new UnreadableFileError('unpacks to more than is read');
  try {
    const whole = bytes.byteLength === bytes.buffer.byteLength ? bytes.buffer : bytes.slice().buffer;
    const sheets = await readXlsxFile(whole);
    return sheets.map(({ sheet, data }) => ({ name: sheet, rows: data.map((row) => row.map(cellOf)) }));
  } catch (error) {
    throw new UnreadableFileError(error instanceof Error ? error.message : 'damaged', { cause: error });
  }
}

function cellOf(value: unknown): Cell {
  if (value === null || value === undefined || value === '') return null;
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value === 'string') return unguarded(value);
  return value instanceof Date ? value.toISOString().slice(0, 10) : String(value);
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
    const rows: string[][] = parse(text, {
      delimiter: delimiterOf(text),
      relax_column_count: true,
      relax_quotes: true,
      max_record_size: 1 << 20,
      to: ROWS_MAX + 1,
    });
    for (const row of rows) {
      if (row.some((cell) => cell.length > CELL_LENGTH_MAX))
        throw new Error('a cell is longer than a spreadsheet allows');
    }
    return { name: '', rows: rows.map((row) => row.map((cell) => (cell.trim() === '' ? null : unguarded(cell)))) };
  } catch (error) {
    throw new UnreadableFileError(error instanceof Error ? error.message : 'not CSV', { cause: error });
  }
}

/**
 * UTF-8 with or without its mark, UTF-16 with one ("Unicode text" of Excel), and otherwise GB18030, in which a Chinese
 * Windows saves CSV. Chinese text in GB18030 is practically never valid UTF-8, so trying tells them apart.
 */
function decoded(bytes: Uint8Array): string {
  if (bytes.includes(0) && !(bytes[0] === 0xff && bytes[1] === 0xfe)) throw new UnreadableFileError('not a text file');
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8';
  for (const name of [encoding, 'gb18030']) {
    try {
      return new TextDecoder(name, { fatal: true }).decode(bytes);
    } catch {
      // The next one, then.
    }
  }
  throw new UnreadableFileError('neither UTF-8 nor GB18030');
}

/** Commas, semicolons (where the comma is the decimal sign) or tabs: what the first line has most of. */
function delimiterOf(text: string): string {
  const line = /^[^\r\n]*/.exec(text)?.[0] ?? '';
  const count = (sign: string) => line.split(sign).length;
  return [';', '\t'].reduce((best, sign) => (count(sign) > count(best) ? sign : best), ',');
}
