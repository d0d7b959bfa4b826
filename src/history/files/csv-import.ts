import { pipeline } from 'node:stream/promises';
import { CsvError, parse } from 'csv-parse';
import { isErrorText } from '../../model/cell-text.ts';
import { stepped } from '../../model/instant.ts';
import type { Coded } from '../../model/problem.ts';
import { problemText } from '../../model/problem-words.ts';
import { BAD, type Marks, type Reading, type Value } from '../../model/reading.ts';
import type { Metric } from '../../model/site.ts';
import { implausibleTime, parseTimeMs } from '../../model/time.ts';
import { conversionBetween, convert, IDENTITY } from '../../model/units.ts';
import { CSV_COLUMNS, unguardedText } from './csv.ts';
import { marksOfWords } from './quality.ts';

/** A series that readings may be imported into. */
export interface ImportSeries {
  readonly series: number;
  readonly metric: Metric;
}

export interface CsvImportOptions {
  /** The CSV, UTF-8, with a byte order mark or without. */
  readonly input: AsyncIterable<Uint8Array>;
  /** The series of a point's metric; undefined when there is none. */
  readonly seriesOf: (point: string, metric: string) => ImportSeries | undefined;
  /**
   * Readings of a later time are refused: everything measured afterwards would count as late. So are those of before
   * 2001, which nobody measured: mostly their times are seconds.
   */
  readonly latestMs: number;
  /** Told of each reading that makes sense, in the order of the lines. */
  readonly onReading: (reading: Reading) => void;
}

/** What is wrong with a line; lines are counted as an editor does, the first being the headings. */
export interface LineProblem {
  readonly line: number;
  readonly message: string;
  /** The same in Chinese. */
  readonly zh: string;
}

interface Words {
  readonly zh: string;
  readonly en: string;
}

export interface CsvImportOutcome {
  readonly readings: number;
  /** Lines that make no sense, the first hundred of them. */
  readonly problems: readonly LineProblem[];
  /** All of them. */
  readonly refused: number;
}

const PROBLEMS_MAX = 100;
/** A quote that is never closed makes one record of the rest of the file. */
const RECORD_BYTES_MAX = 65_536;

type Column = (typeof CSV_COLUMNS)[number];
const REQUIRED: readonly Column[] = ['point', 'metric', 'time', 'value'];

type Record = { readonly [name in Column]?: string };

/**
 * Reads CSV that has at least the columns point, metric, time and value, in any order. Without `type` a value is read as
 * its metric's type; without `quality` it is judged by the metric's range, as a device's would be; a `unit` other than
 * the metric's is converted. Reads on after a line that makes no sense, so that all of them can be told at once.
 */
export async function readCsv({ input, onReading, ...given }: CsvImportOptions): Promise<CsvImportOutcome> {
  const problems: LineProblem[] = [];
  let refused = 0;
  let readings = 0;
  const refuse = (line: number, { zh, en }: Words): void => {
    if (++refused <= PROBLEMS_MAX) problems.push({ line, message: en, zh });
  };
  let recordOf: ((cells: readonly string[]) => Record) | undefined;
  const readingOf = createReadingOf(given);
  const timeOfRow = createRowTimes();
  const parser = parse({
    bom: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: RECORD_BYTES_MAX,
    on_record(cells: string[], { lines }) {
      if (recordOf === undefined) {
        recordOf = readHeadings(cells);
        return null;
      }
      const reading = readingOf(recordOf(cells));
      if ('en' in reading) refuse(lines, reading);
      else {
        readings++;
        onReading({ ...reading, tsMs: timeOfRow(reading) });
      }
      return null;
    },
  });
  try {
    // Records are taken as they are read, so nothing ever comes out of the parser.
    await pipeline(checkedUtf8(input), parser.resume());
    if (recordOf === undefined) refuse(1, { zh: '文件是空的', en: 'the file is empty' });
  } catch (error) {
    if (!(error instanceof Unreadable || error instanceof CsvError)) throw error;
    const { zh, en } = error instanceof Unreadable ? error.words : { zh: '这里不是有效的 CSV', en: error.message };
    refuse(Math.max(1, parser.info.lines), {
      zh: `${zh}；其后内容未检查`,
      en: `${en}; what follows was not looked at`,
    });
  }
  return { readings, problems, refused };
}

/**
 * Rows of a series that follow one another with the same time are readings of their own, in their order: so our own
 * exports write them. The same file once more gives them the same times, and so the same readings.
 */
function createRowTimes(): (reading: Reading) => number {
  const lastOf = new Map<number, { ms: number; tsMs: number }>();
  return ({ series, tsMs: ms }) => {
    const last = lastOf.get(series);
    if (last === undefined) lastOf.set(series, { ms, tsMs: ms });
    else {
      last.tsMs = last.ms === ms ? stepped(last.tsMs, 1) : ms;
      last.ms = ms;
    }
    return last?.tsMs ?? ms;
  };
}

/** The file makes no sense from some place on. */
class Unreadable extends Error {
  readonly words: Words;
  constructor(words: Words) {
    super(words.en);
    this.words = words;
  }
}

async function* checkedUtf8(input: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for await (const bytes of input) {
    try {
      decoder.decode(bytes, { stream: true });
    } catch {
      throw new Unreadable({
        zh: '这里附近不是 UTF-8 编码，请另存为“CSV UTF-8”',
        en: 'about here is no UTF-8: save the file as “CSV UTF-8”',
      });
    }
    yield bytes;
  }
}

/** How the cells of a line are found by name. */
function readHeadings(cells: readonly string[]): (cells: readonly string[]) => Record {
  const names = cells.map((cell) => cell.trim());
  const places = CSV_COLUMNS.map((name) => [name, names.indexOf(name)] as const).filter(([, at]) => at >= 0);
  const missing = REQUIRED.filter((name) => !names.includes(name));
  if (missing.length > 0) {
    const columns = missing.join(', ');
    throw new Unreadable({ zh: `第一行缺少列 ${columns}`, en: `the first line lacks the columns ${columns}` });
  }
  return (line) => Object.fromEntries(places.map(([name, at]) => [name, line[at] ?? '']));
}

/** The reading of a line, or what is wrong with it. */
function createReadingOf({ seriesOf, latestMs }: Pick<CsvImportOptions, 'seriesOf' | 'latestMs'>) {
  return (record: Record): Reading | Words => {
    const { point = '', metric: metricCell = '', unit = '', time = '', value: text = '', type, quality } = record;
    const [place, name] = [point, metricCell].map(unguardedText) as [string, string];
    // Ids hold no blanks, and the names of metrics hardly ever do.
    const found = seriesOf(place, name) ?? seriesOf(place.trim(), name.trim());
    if (found === undefined) {
      const [metricText, pointText] = [quoted(name), quoted(point)];
      return {
        zh: `没有监测点 ${pointText} 的指标 ${metricText}`,
        en: `there is no metric ${metricText} of a point ${pointText}`,
      };
    }
    const { series, metric } = found;
    const tsMs = parseTimeMs(time);
    if (tsMs === undefined) {
      return {
        zh: `${quoted(time)} 不是时间：应为带时区的 ISO 8601，如 2026-07-01T08:00:00+08:00，或毫秒数`,
        en: `${quoted(time)} is no time: expected ISO 8601 with a time zone, such as 2026-07-01T08:00:00+08:00, or ms`,
      };
    }
    const problem = implausibleTime(tsMs, latestMs);
    if (problem !== undefined) return { zh: `${time} ${problem.zh}`, en: `${time} ${problem.en}` };
    // A text that only looks like an error has its type beside it in what is exported here.
    if (type !== 'text' && isErrorText(text)) {
      const found = quoted(text);
      return { zh: `${found} 是电子表格的错误值，不是数值`, en: `${found} is an error of a spreadsheet, no value` };
    }
    const value = parsedValue(text, type === undefined || type === '' ? TYPE_WORDS[metric.type] : type);
    if (value === undefined) {
      const wanted = type ? quoted(type) : TYPE_WORDS[metric.type];
      return { zh: `${quoted(text)} 不是 ${wanted} 类型的值`, en: `${quoted(text)} is no ${wanted}` };
    }
    const converted = inUnitOf(value, unguardedText(unit), name, metric);
    if (typeof converted === 'object') {
      return { zh: problemText(converted.problem, 'zh'), en: problemText(converted.problem, 'en') };
    }
    const marks = quality === undefined || quality === '' ? judged(converted, metric) : marksOfWords(quality);
    if (marks === undefined) {
      return { zh: `${quoted(quality ?? '')} 不是质量标记`, en: `${quoted(quality ?? '')} is no quality` };
    }
    return { series, tsMs, value: converted, marks } satisfies Reading;
  };
}

const TYPE_WORDS = { number: 'number', boolean: 'boolean', string: 'text' } as const;

/** A cell may have a whole record's length, and a hundred of them are told. */
const QUOTED_LENGTH_MAX = 80;

function quoted(text: string): string {
  return JSON.stringify(text.length <= QUOTED_LENGTH_MAX ? text : `${text.slice(0, QUOTED_LENGTH_MAX)}…`);
}

type Known = Exclude<Value, null>;

function parsedValue(text: string, type: string): Known | undefined {
  switch (type) {
    case 'number': {
      const number = text.trim() === '' ? Number.NaN : Number(text);
      return Number.isFinite(number) ? number : undefined;
    }
    case 'boolean': {
      const word = text.toLowerCase();
      return word === 'true' ? true : word === 'false' ? false : undefined;
    }
    case 'text':
      return unguardedText(text);
    default:
      return undefined;
  }
}

function inUnitOf(value: Known, unit: string, name: string, metric: Metric): Known | { readonly problem: Coded } {
  if (typeof value !== 'number' || unit === '' || unit === metric.unit) return value;
  const result = conversionBetween(unit.slice(0, QUOTED_LENGTH_MAX), metric.unit, name);
  if (!result.ok) return { problem: result.problem };
  return result.conversion === IDENTITY ? value : convert(value, result.conversion);
}

/** What the server says of a device's value (decode): outside the range or a sentinel is bad. */
function judged(value: Known, { range, sentinels, values }: Metric): Marks {
  if (typeof value === 'number') {
    const [low, high] = range ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    return value < low || value > high || sentinels?.includes(value) === true ? BAD : 0;
  }
  return typeof value === 'string' && values?.includes(value) === false ? BAD : 0;
}
