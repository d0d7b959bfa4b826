import { Readable } from 'node:stream';
import { type Info, parse } from 'csv-parse';
import { stringify } from 'csv-stringify/sync';
import { BAD, CLOCK_SKEW, LATE, type Marks, type Reading, type Sample, type Value } from '../model/reading.ts';
import type { History } from './history.ts';

export interface NamedSeries {
  readonly series: number;
  readonly point: string;
  readonly metric: string;
}

/** Readings of one series, oldest first; a long series comes in several pages. */
export interface ReadingsPage extends NamedSeries {
  readonly samples: readonly Sample[];
}

/** Readings held in memory at a time, whatever the size of the export. */
const PAGE_READINGS = 10_000;

/** The readings of some series with fromMs ≤ time < toMs, series by series. */
export async function* readingsPages(
  history: Pick<History, 'samples'>,
  selection: Iterable<NamedSeries>,
  range: { readonly fromMs: number; readonly toMs: number },
): AsyncGenerator<ReadingsPage, void, void> {
  for (const named of selection) {
    let fromMs = range.fromMs;
    for (let first = true; ; first = false) {
      // A page begins with the last reading of the one before it, because the next possible time is not known.
      const { series } = named;
      const found = await history.samples({ series, fromMs, toMs: range.toMs, limit: PAGE_READINGS + 1 });
      const samples = first ? found : found.slice(1);
      if (samples.length > 0) yield { ...named, samples };
      const last = found[found.length - 1];
      if (last === undefined || found.length <= PAGE_READINGS) break;
      fromMs = last.tsMs;
    }
  }
}

const COLUMNS = ['point', 'metric', 'time', 'value', 'type', 'quality'] as const;

const MARK_WORDS: readonly (readonly [Marks, string])[] = [
  [BAD, 'bad'],
  [CLOCK_SKEW, 'clock-skew'],
  [LATE, 'late'],
];

/**
 * Pages as CSV (RFC 4180), a piece of text for each. Times are ISO 8601 in UTC, to the millisecond; quality is `good` or
 * every mark in words, so that reading it back gives the same readings.
 */
export async function* csvOf(pages: AsyncIterable<ReadingsPage>): AsyncGenerator<string, void, void> {
  yield `${COLUMNS.join(',')}\n`;
  for await (const { point, metric, samples } of pages) {
    yield stringify(
      samples.map(({ tsMs, value, marks }) => [
        point,
        metric,
        new Date(tsMs).toISOString(),
        typeof value === 'string' ? guardedText(value) : String(value),
        typeof value === 'string' ? 'text' : typeof value,
        qualityWords(marks),
      ]),
    );
  }
}

/** `good`, or every mark in words. */
export function qualityWords(marks: Marks): string {
  const words = MARK_WORDS.filter(([mark]) => (marks & mark) !== 0).map(([, word]) => word);
  return words.length === 0 ? 'good' : words.join(' ');
}

/** What a spreadsheet would run as a formula. A device writes these texts, and a person opens them. */
const FORMULA = /^'*[=+\-@\t\r]/;

function guardedText(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text;
}

function unguardedText(text: string): string {
  return text.startsWith("'") && FORMULA.test(text.slice(1)) ? text.slice(1) : text;
}

export interface CsvImport {
  readonly history: Pick<History, 'importReadings'>;
  /** The series of a point's metric; undefined when there is none. */
  readonly seriesOf: (point: string, metric: string) => number | undefined;
  /** The CSV, as bytes or text. */
  readonly input: AsyncIterable<Uint8Array | string>;
}

export interface CsvImportOutcome {
  readonly readings: number;
  /** Lines that could not be read, the first hundred of them. */
  readonly problems: readonly { readonly line: number; readonly problem: string }[];
  /** All of them. */
  readonly refused: number;
}

const PROBLEMS_MAX = 100;

/**
 * Reads CSV back that has at least the columns point, metric, time and value, in any order. Without `type` the value
 * tells; without `quality` it is good. Lines that make no sense are told and passed over. Rejects when the text is no
 * such CSV at all, or when the readings cannot be stored; what came before is stored then, and doing it again is harmless.
 */
export async function importCsv({ history, seriesOf, input }: CsvImport): Promise<CsvImportOutcome> {
  const problems: { line: number; problem: string }[] = [];
  let refused = 0;
  let readings = 0;
  let batch: Reading[] = [];
  const store = async (): Promise<void> => {
    await history.importReadings(batch);
    readings += batch.length;
    batch = [];
  };
  const parser = Readable.from(input).pipe(
    parse({ columns: checkedHeader, bom: true, info: true, skip_empty_lines: true }),
  );
  for await (const { record, info } of parser as AsyncIterable<{ record: Record<string, string>; info: Info }>) {
    const reading = readingOf(record, seriesOf);
    if (typeof reading !== 'string') batch.push(reading);
    else if (++refused <= PROBLEMS_MAX) problems.push({ line: info.lines, problem: reading });
    if (batch.length >= PAGE_READINGS) await store();
  }
  if (batch.length > 0) await store();
  return { readings, problems, refused };
}

function checkedHeader(names: readonly string[]): string[] {
  const missing = ['point', 'metric', 'time', 'value'].filter((name) => !names.includes(name));
  if (missing.length > 0) throw new Error(`the first line lacks the columns ${missing.join(', ')}`);
  return [...names];
}

/** The reading of a line, or what is wrong with it. */
function readingOf(record: Record<string, string>, seriesOf: CsvImport['seriesOf']): Reading | string {
  const { point = '', metric = '', time = '', value = '', type = '', quality = 'good' } = record;
  const series = seriesOf(point, metric);
  if (series === undefined) return `there is no metric ${JSON.stringify(metric)} of a point ${JSON.stringify(point)}`;
  const tsMs = /^-?\d+(\.\d+)?$/.test(time) ? Number(time) : Date.parse(time);
  if (!Number.isFinite(tsMs)) return `${JSON.stringify(time)} is not a time`;
  const parsed = parsedValue(value, type);
  if (parsed === undefined) return `${JSON.stringify(value)} is not a ${type === '' ? 'value' : type}`;
  const marks = marksOf(quality);
  if (marks === undefined) return `${JSON.stringify(quality)} is not a quality`;
  return { series, tsMs, value: parsed, marks };
}

function parsedValue(text: string, type: string): Exclude<Value, null> | undefined {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  switch (type) {
    case 'number':
      return Number.isFinite(number) ? number : undefined;
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : undefined;
    case 'text':
      return unguardedText(text);
    case '':
      if (text === '') return undefined;
      if (Number.isFinite(number)) return number;
      return text === 'true' ? true : text === 'false' ? false : unguardedText(text);
    default:
      return undefined;
  }
}

function marksOf(quality: string): Marks | undefined {
  let marks = 0;
  for (const word of quality.split(' ')) {
    if (word === '' || word === 'good') continue;
    const mark = MARK_WORDS.find(([, name]) => name === word)?.[0];
    if (mark === undefined) return undefined;
    marks |= mark;
  }
  return marks;
}
