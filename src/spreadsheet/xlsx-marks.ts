import { strFromU8, unzipSync } from 'fflate';
import { decode, Parser } from 'saxen';
import { type CellFault, cellName, UnreadableFileError } from './table.ts';

/**
 * What the reader of XLSX files does not tell: it gives a cell in error, and a formula whose result is not in the file,
 * as an empty cell, and a blank in a sheet of limits takes a limit away. So the sheets are looked through once more for
 * everything that looks empty, or like a number, and is not.
 */
export interface SheetMarks {
  readonly name: string;
  readonly isHidden: boolean;
  readonly faults: readonly FaultyCell[];
  readonly merged: readonly CellRange[];
  /** How far down its rows go, the empty ones that programs write for the sake of their format among them. */
  readonly rows: number;
  /** How many cells lie within the range of those that hold something. */
  readonly cells: number;
}

/** Rows and columns are counted from 0. */
interface FaultyCell {
  readonly row: number;
  readonly column: number;
  readonly fault: CellFault;
}

interface CellRange {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

/** Bytes between two tags: the longest text that a spreadsheet allows in a cell, with each character escaped. */
const TEXT_BYTES_MAX = 512 << 10;
/** Tags in all; a sheet of 20,000 points with two rules each has some 4 million. */
const TAGS_MAX = 16_000_000;
/** Of all sheets together, as they are read. */
const SHEETS_BYTES_MAX = 256 << 20;
const TAG = 0x3c;

/** Refuses what no spreadsheet program writes, before anything is made of it. */
function refuseHuge(parts: Iterable<Uint8Array>): void {
  let tags = 0;
  for (const part of parts) {
    let before = 0;
    for (let at = part.indexOf(TAG); at >= 0; at = part.indexOf(TAG, at + 1)) {
      if (at - before > TEXT_BYTES_MAX) throw hugeText();
      before = at;
      tags += 1;
    }
    if (part.length - before > TEXT_BYTES_MAX) throw hugeText();
    if (tags > TAGS_MAX) throw new UnreadableFileError({ zh: '文件内容过多', en: 'holds more than is read' });
  }
}

function hugeText(): UnreadableFileError {
  return new UnreadableFileError({
    zh: '有单元格超出电子表格允许的长度',
    en: 'a cell is longer than a spreadsheet allows',
  });
}

const isNeeded = (path: string) => path.endsWith('.xml') || path.endsWith('.xml.rels');

/** Throws UnreadableFileError for what is too large, and what the unpacking throws when the archive is damaged. */
export function readMarks(bytes: Uint8Array): SheetMarks[] {
  const parts = new Map(Object.entries(unzipSync(bytes, { filter: ({ name }) => isNeeded(name) })));
  refuseHuge(parts.values());
  const text = (path: string) => {
    const part = parts.get(path);
    return part === undefined ? '' : strFromU8(part);
  };
  const targets = relations(text('xl/_rels/workbook.xml.rels'));
  const styles = [...targets.values()].find(({ kind }) => kind === 'styles')?.path ?? 'xl/styles.xml';
  const formats = numberFormats(text(styles));
  const { sheets, isUncalculated } = workbookOf(text('xl/workbook.xml'));
  const texts = [...targets.values()].find(({ kind }) => kind === 'sharedStrings')?.path ?? 'xl/sharedStrings.xml';
  refuseSplit(parts.get(texts));
  const partOf = (relation: string) => parts.get(targets.get(relation)?.path ?? '');
  // Any number of sheets may name one part.
  const total = sheets.reduce((sum, { relation }) => sum + (partOf(relation)?.length ?? 0), 0);
  if (total > SHEETS_BYTES_MAX) throw new UnreadableFileError({ zh: '文件内容过多', en: 'holds more than is read' });
  return sheets.map(({ name, isHidden, relation }) => {
    const path = targets.get(relation)?.path ?? '';
    refuseSplit(parts.get(path));
    return { name, isHidden, ...sheetMarks(text(path), formats, isUncalculated) };
  });
}

/**
 * Comments and CDATA sections among cells, which no spreadsheet program writes. The reader passes over them, so a cell
 * would be blank or hold a part of its number: a limit less, or another one.
 */
function refuseSplit(part = new Uint8Array()): void {
  const xml = Buffer.from(part.buffer, part.byteOffset, part.length);
  if (xml.includes('<!', Math.max(0, xml.indexOf('sheetData')))) {
    throw new UnreadableFileError({
      zh: '单元格中有注释或 CDATA，请在电子表格程序中打开并另存',
      en: 'there are comments or CDATA within cells: open it in a spreadsheet program and save it again',
    });
  }
}

interface Handlers {
  readonly open: (name: string, attributes: () => ReadonlyMap<string, string>) => void;
  readonly close?: (name: string) => void;
  readonly text?: (text: string) => void;
}

/** Elements and attributes by their names without a prefix, which some programs write and some do not. */
function parseXml(xml: string, { open, close, text }: Handlers): void {
  if (xml === '') return;
  const plain = (name: string) => name.slice(name.indexOf(':') + 1);
  const parser = new Parser();
  parser.on('openTag', (name, attributes) => {
    open(plain(name), () => new Map(Object.entries(attributes()).map(([key, value]) => [plain(key), decode(value)])));
  });
  if (close !== undefined) parser.on('closeTag', (name) => close(plain(name)));
  if (text !== undefined) parser.on('text', (value, decoded) => text(decoded(value)));
  parser.on('error', (error) => {
    throw error;
  });
  parser.parse(xml);
}

function relations(xml: string): Map<string, { readonly kind: string; readonly path: string }> {
  const found = new Map<string, { kind: string; path: string }>();
  parseXml(xml, {
    open(name, attributes) {
      if (name !== 'Relationship') return;
      const all = attributes();
      const target = all.get('Target') ?? '';
      const path = target.startsWith('/') ? target.slice(1) : `xl/${target}`;
      found.set(all.get('Id') ?? '', { kind: (all.get('Type') ?? '').replace(/^.*\//, ''), path });
    },
  });
  return found;
}

interface Workbook {
  readonly sheets: readonly { readonly name: string; readonly isHidden: boolean; readonly relation: string }[];
  /** The file asks for all formulas to be calculated when it is opened: its writer has not done so. */
  readonly isUncalculated: boolean;
}

function workbookOf(xml: string): Workbook {
  const sheets: Workbook['sheets'][number][] = [];
  let isUncalculated = false;
  parseXml(xml, {
    open(name, attributes) {
      if (name === 'calcPr') isUncalculated = /^(1|true)$/.test(attributes().get('fullCalcOnLoad') ?? '');
      if (name !== 'sheet') return;
      const all = attributes();
      const isHidden = /^(hidden|veryHidden)$/.test(all.get('state') ?? '');
      sheets.push({ name: unescaped(all.get('name') ?? ''), isHidden, relation: all.get('id') ?? '' });
    },
  });
  return { sheets, isUncalculated };
}

/** `_x0041_` is how the format writes characters that XML cannot hold. */
function unescaped(text: string): string {
  return text.replace(/_x([0-9a-f]{4})_/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}

/** The number format of each style of a cell, as its code. */
function numberFormats(xml: string): string[] {
  // The two that every program knows without their being written down and that show another number than the cell holds.
  const codes = new Map([
    ['9', '0%'],
    ['10', '0.00%'],
  ]);
  const formats: string[] = [];
  let isInCells = false;
  parseXml(xml, {
    open(name, attributes) {
      if (name === 'cellXfs') isInCells = true;
      else if (name === 'numFmt') codes.set(attributes().get('numFmtId') ?? '', attributes().get('formatCode') ?? '');
      else if (name === 'xf' && isInCells) formats.push(codes.get(attributes().get('numFmtId') ?? '') ?? '');
    },
    close(name) {
      if (name === 'cellXfs') isInCells = false;
    },
  });
  return formats;
}

/** Whether a format shows a hundred times the number, a thousandth of it, and so on, rather than the number. */
function isScaled(format: string): boolean {
  // What is quoted, escaped or in brackets is shown as it stands.
  const code = format.replace(/"[^"]*"|\\.|!.|_.|\*.|\[[^\]]*\]/g, '');
  return /%|[0#?],+(?![0#?,])/.test(code);
}

function sheetMarks(
  xml: string,
  formats: readonly string[],
  isUncalculated: boolean,
): Omit<SheetMarks, 'name' | 'isHidden'> {
  const faults: FaultyCell[] = [];
  const merged: CellRange[] = [];
  let row = -1;
  let column = -1;
  let [rows, filledRows, filledColumns] = [0, 0, 0];
  let cell: ReadonlyMap<string, string> = new Map();
  let inside = '';
  let formula: string | undefined;
  let value: string | undefined;
  let hasInline = false;
  parseXml(xml, {
    open(name, attributes) {
      if (name === 'row') {
        row = Number(attributes().get('r') ?? row + 2) - 1;
        column = -1;
        // No number at all is beyond every bound, rather than within it.
        rows = Math.max(rows, Number.isNaN(row) ? Number.POSITIVE_INFINITY : row + 1);
      } else if (name === 'c') {
        cell = attributes();
        const place = rangeOf(cell.get('r') ?? '');
        column = place?.left ?? column + 1;
        row = place?.top ?? row;
        rows = Math.max(rows, row + 1);
        [formula, value, hasInline] = [undefined, undefined, false];
      } else if (name === 'f') [inside, formula] = [name, ''];
      else if (name === 'v') [inside, value] = [name, ''];
      else if (name === 'is') hasInline = true;
      else if (name === 'mergeCell') {
        const range = rangeOf(attributes().get('ref') ?? '');
        if (range !== undefined) merged.push(range);
      }
    },
    text(text) {
      if (inside === 'f') formula = `${formula ?? ''}${text}`;
      else if (inside === 'v') value = `${value ?? ''}${text}`;
    },
    close(name) {
      if (name === 'f' || name === 'v') inside = '';
      if (name !== 'c') return;
      // Writers that cannot calculate put a 0 there (XlsxWriter does).
      if (isUncalculated && formula !== undefined && Number(value) === 0) value = undefined;
      const fault = faultOf(
        cell.get('t') ?? 'n',
        formats[Number(cell.get('s') ?? -1)] ?? '',
        formula,
        value,
        hasInline,
      );
      if (fault !== undefined) faults.push({ row, column, fault });
      if (fault === undefined && value === undefined && !hasInline) return;
      filledRows = Math.max(filledRows, row + 1);
      filledColumns = Math.max(filledColumns, column + 1);
    },
  });
  return { faults, merged, rows, cells: filledRows * filledColumns };
}

function faultOf(
  type: string,
  format: string,
  formula: string | undefined,
  value: string | undefined,
  hasInline: boolean,
): CellFault | undefined {
  if (type === 'e') return { fault: 'error', found: value || '#VALUE!' };
  if (formula !== undefined && !value && !hasInline) {
    // Of text the empty one is a result; of anything else it means that nobody has calculated it yet.
    const fault = type === 'str' && value === '' ? 'emptyResult' : 'noResult';
    return { fault, found: formula === '' ? '' : `=${formula}` };
  }
  if (type === 'inlineStr') return hasInline ? undefined : { fault: 'unreadable', found: '' };
  if (!value) return type === 's' || type === 'b' ? { fault: 'unreadable', found: '' } : undefined;
  if (type === 'n') {
    if (Number.isNaN(Number(value))) return { fault: 'unreadable', found: value };
    if (!isScaled(format)) return undefined;
    return { fault: 'scaled', found: format.includes('%') ? `${percent(Number(value))} = ${value}` : value };
  }
  if (type === 'b') return value === '0' || value === '1' ? undefined : { fault: 'unreadable', found: value };
  return ['s', 'str', 'd'].includes(type) ? undefined : { fault: 'unreadable', found: value };
}

/** Without the noise of binary fractions: 0.07 is 7%, not 7.000000000000001%. */
function percent(value: number): string {
  return `${Number((value * 100).toPrecision(12))}%`;
}

/** `B2:D7`, or `B2` for a single cell. */
function rangeOf(reference: string): CellRange | undefined {
  const [, left = '', top = '', right = left, bottom = top] =
    /^\$?([A-Z]{1,3})\$?(\d{1,7})(?::\$?([A-Z]{1,3})\$?(\d{1,7}))?$/.exec(reference) ?? [];
  if (top === '') return undefined;
  return { top: Number(top) - 1, left: columnOf(left), bottom: Number(bottom) - 1, right: columnOf(right) };
}

function columnOf(letters: string): number {
  return [...letters].reduce((column, letter) => column * 26 + letter.charCodeAt(0) - 64, 0) - 1;
}

/** `D2:D4` */
export function rangeName({ top, left, bottom, right }: CellRange): string {
  return `${cellName(left, top)}:${cellName(right, bottom)}`;
}
