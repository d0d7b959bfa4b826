import { msOf, ordinalOf } from '../../model/instant.ts';
import type { Bucket, BucketQuery, SampleQuery } from '../../model/reading.ts';
import { type Columns, FALSE, MARKS_SHIFT, mergeColumns, NUMBER, TEXT, TRUE } from '../shared/columns.ts';
import { MEASUREMENT, storedTag, timeOfMicroseconds } from './lines.ts';
import type { Rows } from './server.ts';
import type { SeriesTags } from './settings.ts';

/** The times a server can hold: a 64-bit number of nanoseconds. */
const TIME_MIN_MS = Date.UTC(1677, 8, 22);
const TIME_MAX_MS = Date.UTC(2262, 3, 11);

/** To the microsecond; a bound between two of them is the later one. */
function instant(tsMs: number): string {
  const bounded = Math.min(Math.max(tsMs, TIME_MIN_MS), TIME_MAX_MS);
  const microseconds = ordinalOf(bounded);
  const text = new Date(microseconds > 999 ? Math.ceil(bounded) : msOf(bounded)).toISOString();
  return `'${text.replace('Z', microseconds > 999 ? '' : String(microseconds).padStart(3, '0'))}Z'`;
}

function literal(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}

function where(tags: SeriesTags, fromMs: number, toMs: number): string {
  const range = `time >= ${instant(fromMs)} AND time < ${instant(toMs)}`;
  return `"point" = ${literal(storedTag(tags.point))} AND "metric" = ${literal(storedTag(tags.metric))} AND ${range}`;
}

const FIELDS = '"number", "boolean", "text", "marks"';

export function samplesStatement(tags: SeriesTags, query: SampleQuery): string {
  const range = where(tags, query.fromMs, query.toMs);
  const order = query.newest === true ? 'ORDER BY time DESC' : 'ORDER BY time';
  return `SELECT ${FIELDS} FROM "${MEASUREMENT}" WHERE ${range} ${order} LIMIT ${query.limit}`;
}

/** A question that costs nothing, to see whether questions are answered. */
export function probeStatement(): string {
  return `SELECT "marks" FROM "${MEASUREMENT}" WHERE time >= ${instant(0)} AND time < ${instant(1)} LIMIT 1`;
}

/** What a series has in these milliseconds, both ends included. */
export function knownStatement(tags: SeriesTags, firstMs: number, lastMs: number): string {
  return `SELECT ${FIELDS} FROM "${MEASUREMENT}" WHERE ${where(tags, msOf(firstMs), msOf(lastMs) + 1)}`;
}

/** In time order. A point that was moved to another area is two series to the server, so times may come twice. */
export function columnsOf(rows: Rows): Columns {
  const at = (name: string): number => rows.columns.indexOf(name);
  const [time, number, boolean, text, marks] = [at('time'), at('number'), at('boolean'), at('text'), at('marks')];
  const length = rows.values.length;
  const texts: string[] = [];
  const columns = {
    tsMs: new Float64Array(length),
    values: new Float64Array(length),
    flags: new Uint8Array(length),
    texts,
  };
  for (const [i, row] of rows.values.entries()) {
    columns.tsMs[i] = timeOfMicroseconds(Number(row[time]));
    const mark = Number(row[marks] ?? 0) << MARKS_SHIFT;
    const word = row[text];
    const truth = row[boolean];
    if (typeof word === 'string') {
      columns.values[i] = texts.push(word) - 1;
      columns.flags[i] = TEXT | mark;
    } else if (typeof truth === 'boolean') {
      columns.values[i] = truth ? 1 : 0;
      columns.flags[i] = (truth ? TRUE : FALSE) | mark;
    } else {
      columns.values[i] = Number(row[number]);
      columns.flags[i] = NUMBER | mark;
    }
  }
  return mergeColumns([columns]);
}

/** Numbers, and booleans twice, because the language cannot count the true ones beside all of them. */
export function bucketStatements(tags: SeriesTags, query: BucketQuery): string[] {
  const from = `FROM "${MEASUREMENT}" WHERE ${where(tags, query.fromMs, query.toMs)} AND "quality" <> 'bad'`;
  const group = `GROUP BY time(${query.everyMs}ms) fill(none)`;
  return [
    `SELECT min("number") AS "min", max("number") AS "max", sum("number") AS "sum", count("number") AS "count" ${from} ${group}`,
    `SELECT count("boolean") AS "count" ${from} ${group}`,
    `SELECT count("boolean") AS "count" ${from} AND "boolean" = true ${group}`,
  ];
}

export function bucketsOf([numbers, booleans, truths]: readonly Rows[]): Bucket[] {
  const found = new Map<number, { min: number; max: number; sum: number; count: number }>();
  for (const [tsMs, row] of rowsByTime(numbers)) {
    const count = Number(row.count ?? 0);
    if (count > 0) found.set(tsMs, { min: Number(row.min), max: Number(row.max), sum: Number(row.sum), count });
  }
  const trueAt = new Map(rowsByTime(truths).map(([tsMs, row]) => [tsMs, Number(row.count ?? 0)]));
  for (const [tsMs, row] of rowsByTime(booleans)) {
    const count = Number(row.count ?? 0);
    if (count === 0) continue;
    const ones = trueAt.get(tsMs) ?? 0;
    const other = found.get(tsMs) ?? { min: 1, max: 0, sum: 0, count: 0 };
    found.set(tsMs, {
      min: Math.min(other.min, ones === count ? 1 : 0),
      max: Math.max(other.max, ones === 0 ? 0 : 1),
      sum: other.sum + ones,
      count: other.count + count,
    });
  }
  return [...found]
    .sort(([a], [b]) => a - b)
    .map(([tsMs, { min, max, sum, count }]) => ({ tsMs, min, mean: sum / count, max, count }));
}

function rowsByTime(rows: Rows | undefined): [number, Record<string, unknown>][] {
  if (rows === undefined) return [];
  return rows.values.map((values) => {
    const row = Object.fromEntries(rows.columns.map((column, at) => [column, values[at]]));
    return [Number(row.time) / 1_000, row];
  });
}
