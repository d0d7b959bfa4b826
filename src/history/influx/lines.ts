import { escape as escaped } from '@influxdata/influxdb-client';
import { msOf, ordinalOf, timeOf } from '../../model/instant.ts';
import { type Marks, qualityOf, type Value } from '../../model/reading.ts';
import type { SeriesTags } from './settings.ts';

export const MEASUREMENT = 'reading';

/**
 * What a tag is stored and asked for as. A backslash at its end would escape the sign behind it, and the line protocol
 * knows no way to write one, so a slash, which no id may hold, is put behind it.
 */
export function storedTag(value: string): string {
  return /\\\/*$/.test(value) ? `${value}/` : value;
}

/** Measurement and tags of a series, ready to be followed by fields. An empty tag is left out, for none may be. */
export function lineHead(tags: SeriesTags): string {
  const pairs = Object.entries(tags)
    .filter((pair): pair is [string, string] => pair[1] !== null && pair[1] !== '')
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `,${key}=${escaped.tag(storedTag(value))}`);
  return `${MEASUREMENT}${pairs.join('')}`;
}

/**
 * A line of the line protocol, times in ns, of which the microseconds tell the readings of one ms apart. Each type of
 * value has a field of its own: a field keeps the type that was written to it first, so with one field for all a single
 * text would make the server drop every number after it.
 * `quality` is for people and for filters, `marks` for reading back exactly what was written.
 */
export function lineOf(head: string, tsMs: number, value: Exclude<Value, null>, marks: Marks): string {
  return `${head} ${fieldOf(value)},marks=${marks}i,quality="${qualityOf(marks)}" ${microsecondsOf(tsMs)}000`;
}

function microsecondsOf(tsMs: number): number {
  return msOf(tsMs) * 1_000 + ordinalOf(tsMs);
}

/** The time that `lineOf` was given, of what the server gives back. */
export function timeOfMicroseconds(microseconds: number): number {
  const ms = Math.floor(microseconds / 1_000);
  return timeOf(ms, microseconds - ms * 1_000);
}

function fieldOf(value: Exclude<Value, null>): string {
  switch (typeof value) {
    case 'number':
      return `number=${value}`;
    case 'boolean':
      return `boolean=${value}`;
    default:
      return `text=${escaped.quoted(value)}`;
  }
}
