import { parseDurationMs } from './duration.ts';
import type { Direction } from './rule-row.ts';

/**
 * Reading single cells of a spreadsheet or of the console's table: what a person means, without guessing what may mean
 * two things. Undefined: not readable.
 */

/** What a cell can hold once its file is read. */
export type Cell = string | number | boolean | null;

export function textOf(cell: Cell | undefined): string {
  return cell === null || cell === undefined ? '' : String(cell).trim();
}

/** What the programs write into a cell that could not be calculated, and the hashes of a column that is too narrow. */
const ERROR_TEXT = /^(#[\p{L}_][\p{L}\d_/]*[!?]|#N\/A|#NV|#DIV\/0!|#GETTING_DATA|#{2,}|Err:\d+)$/iu;

/** Whether a text is that of an error, which is how it arrives in a CSV file. */
export function isErrorText(text: string): boolean {
  return ERROR_TEXT.test(text.normalize('NFKC').trim());
}

/**
 * Full-width digits and signs are the same; a unit behind the number is not, for it may be another one, nor is a comma,
 * which may part thousands or decimals, nor a raised digit: 10² is not 102.
 */
export function numberOf(cell: Cell): number | undefined {
  if (typeof cell === 'number') return Number.isFinite(cell) ? cell : undefined;
  const text = textOf(cell)
    .replace(/[！-～]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
    .replace(/−/g, '-');
  const number = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(number) ? number : undefined;
}

const DURATION_UNITS: readonly (readonly [RegExp, string])[] = [
  [/毫秒|msecs?\b/g, 'ms'],
  [/分钟|分|mins?\b|minutes?\b/g, 'm'],
  [/小时|时|hours?\b|hrs?\b/g, 'h'],
  [/秒钟|秒|secs?\b|seconds?\b/g, 's'],
  [/天|日|days?\b/g, 'd'],
];

/** A duration as the files have it: `5分钟` and `5 min` are `5m`. A bare number is not one. */
export function durationOf(cell: Cell): string | undefined {
  if (typeof cell !== 'string') return undefined;
  let text = cell.normalize('NFKC').toLowerCase();
  for (const [word, unit] of DURATION_UNITS) text = text.replace(word, unit);
  text = text.replace(/\s+/g, '');
  return parseDurationMs(text) === undefined ? undefined : text;
}

export function yesNoOf(cell: Cell): boolean | undefined {
  if (typeof cell === 'boolean') return cell;
  const text = textOf(cell).toLowerCase();
  if (/^(是|yes|y|true|1|√|✓|锁定)$/.test(text)) return true;
  return /^(否|no|n|false|0|×|不锁定)$/.test(text) ? false : undefined;
}

export function directionOf(cell: Cell): Direction | undefined {
  const text = textOf(cell).normalize('NFKC').toLowerCase().replace(/\s+/g, '');
  if (/^(≥|>=|=>|>|⩾|以上|高于|超过|大于|大于等于|上限|高限|高|above|high|max)$/.test(text)) return 'above';
  return /^(≤|<=|=<|<|⩽|以下|低于|小于|小于等于|下限|低限|低|below|low|min)$/.test(text) ? 'below' : undefined;
}
