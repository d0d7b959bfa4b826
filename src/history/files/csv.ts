import { stringify } from 'csv-stringify/sync';
import { marksAt, valueAt } from '../../model/columns.ts';
import { isFormulaLike } from '../../model/formula.ts';
import { isoTimes } from './iso-times.ts';
import type { FileEncoder, ReadingsPage } from './pages.ts';
import { qualityWords } from './quality.ts';

export const CSV_COLUMNS = ['point', 'metric', 'unit', 'time', 'value', 'type', 'quality'] as const;

/** Excel takes a file without it for the system's own character set, and Chinese names for rubbish. */
const BYTE_ORDER_MARK = '\uFEFF';

export interface CsvStyle {
  /** Begins with a byte order mark. */
  readonly bom: boolean;
  /** The time zone that times are written in. */
  readonly timezone: string;
}

/**
 * Pages as CSV (RFC 4180, UTF-8). Times are ISO 8601 to the millisecond; `type` is number, boolean or text; quality is
 * `good` or every mark in words, so that reading it back gives the same readings.
 */
export function csvEncoder({ bom, timezone }: CsvStyle): FileEncoder {
  const timeText = isoTimes(timezone);
  let head = `${bom ? BYTE_ORDER_MARK : ''}${CSV_COLUMNS.join(',')}\n`;
  const taken = (text: string): Uint8Array<ArrayBuffer> => {
    const bytes = new TextEncoder().encode(head + text);
    head = '';
    return bytes;
  };
  return {
    add: (page) => taken(linesOf(page, timeText)),
    end: () => taken(''),
  };
}

function linesOf({ point, metric, unit, columns }: ReadingsPage, timeText: (ms: number) => string): string {
  const series = [point, metric, unit ?? ''].map((text) => `${cell(guardedText(text))},`).join('');
  // The same few words come again and again, and the stringifier is made anew for each call.
  const cells = new Map<string, string>();
  const textCell = (value: string): string => {
    const known = cells.get(value) ?? cell(guardedText(value));
    cells.set(value, known);
    return known;
  };
  let text = '';
  for (let i = 0; i < columns.tsMs.length; i++) {
    const value = valueAt(columns, i);
    const shown = typeof value === 'string' ? `${textCell(value)},text` : `${value},${typeof value}`;
    const time = timeText(columns.tsMs[i] ?? 0);
    text += `${series}${time},${shown},${qualityWords(marksAt(columns, i))}\n`;
  }
  return text;
}

/** One cell, quoted where that is needed. */
function cell(text: string): string {
  return stringify([[text]], { eof: false });
}

/** What a spreadsheet would run as a formula, behind any apostrophes. A device writes these texts, a person opens them. */
function needsGuard(text: string): boolean {
  return isFormulaLike(text.replace(/^'+/, ''));
}

function guardedText(text: string): string {
  return needsGuard(text) ? `'${text}` : text;
}

/** What `guardedText` was given. */
export function unguardedText(text: string): string {
  return text.startsWith("'") && needsGuard(text.slice(1)) ? text.slice(1) : text;
}
