import { EntryWriter } from '../../src/model/entry.ts';
import type { Reading, Sample } from '../../src/model/reading.ts';
import { expectedSamples } from './expected-samples.ts';

/** A journal that need not be kept, because every entry of it follows from its position. */

const SERIES = 40;
const ROW_ENTRIES = 25;
const START = Date.UTC(2026, 4, 1);

/** The readings are of a fixed time, and no test is to fail because that is long ago. */
export const FOR_EVER = { rawMs: 1e14, minuteMs: 1e14, hourMs: 1e14 };

/** One past the last position: 2,000,000 readings over some five days. */
export const JOURNAL_END = 50_000;

/** One reading of each series; now and then late ones, and every 17th entry repeats the one before it. */
function readingsOf(position: number): Reading[] {
  const effective = position % 17 === 16 ? position - 1 : position;
  const behind = effective % 13 === 5 ? 100_000_000 : effective % 7 === 3 ? 30_000 : 0;
  return Array.from({ length: SERIES }, (_, series) => ({
    series,
    tsMs: START + effective * 9000 - behind,
    value: ((effective * 31 + series * 7) % 1000) / 10,
    marks: 0,
  }));
}

const writer = new EntryWriter();

export function rowAt(position: number): { first: number; count: number; data: Uint8Array } | null {
  if (position >= JOURNAL_END) return null;
  for (let i = 0; i < ROW_ENTRIES; i++) {
    writer.write({ kind: 'message', receivedAtMs: 1, readings: readingsOf(position + i) });
  }
  return { first: position, count: ROW_ENTRIES, data: writer.take() };
}

/** What history has to hold of a series when it was given every entry before `position`. */
export function samplesBefore(position: number, series: number): Sample[] {
  const readings: Reading[] = [];
  for (let at = 0; at < position; at++) {
    const reading = readingsOf(at)[series];
    if (reading !== undefined) readings.push({ ...reading, series });
  }
  return expectedSamples(readings, series);
}
