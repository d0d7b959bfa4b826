import { DAY_MS } from '../../model/time.ts';
import { addMissing, cellsOfDay } from '../shared/cells.ts';
import { type Columns, lowerBound, sliceColumns } from '../shared/columns.ts';
import { type Chunk, type SeriesRun, sortBySeries } from '../shared/recent.ts';
import type { Archive } from './archive.ts';
import { type DayFile, isTidy, mergeBlocks } from './day-file.ts';
import type { Sliced } from './reads.ts';

/** Readings written in one transaction, and in one slice of the worker's time: one or two milliseconds. */
const SLICE_READINGS = 8_192;
const SLICE_RUNS = 256;

/**
 * Writes chunks, given in journal order, into the files of their days, on disk when it ends. Gives the readings written
 * by day and the number of series. Broken off at any point it may be done again: a reading written twice is one.
 */
export function* sortIntoDays(
  archive: Archive,
  chunks: readonly Chunk[],
  batch: number,
): Sliced<{ readonly days: ReadonlyMap<number, number>; readonly series: number }> {
  const runs = yield* sortBySeries(chunks);
  const byDay = splitByDay(runs);
  const days = new Map<number, number>();
  for (const [day, runsOfDay] of byDay) {
    let written = 0;
    const isSuccessor = archive.raw.find(day) === null && archive.hours.find(day)?.hasDay(day) === true;
    for (const slice of slicesOf(runsOfDay)) {
      // Found anew for each slice, for in the meantime a read may have had the file closed.
      const file = archive.raw.open(day);
      file.write(() => {
        if (isSuccessor) file.markSuccessor();
        for (const { series, columns } of slice) {
          file.add(series, batch, columns);
          written += columns.tsMs.length;
        }
      });
      yield;
    }
    archive.raw.open(day).checkpoint();
    days.set(day, written);
    yield;
  }
  return { days, series: runs.length };
}

function splitByDay(runs: readonly SeriesRun[]): Map<number, SeriesRun[]> {
  const byDay = new Map<number, SeriesRun[]>();
  for (const { series, columns } of runs) {
    for (let start = 0; start < columns.tsMs.length; ) {
      const day = Math.floor((columns.tsMs[start] ?? 0) / DAY_MS);
      const end = lowerBound(columns.tsMs, (day + 1) * DAY_MS);
      const part = { series, columns: sliceColumns(columns, start, end) };
      const runsOfDay = byDay.get(day);
      if (runsOfDay === undefined) byDay.set(day, [part]);
      else runsOfDay.push(part);
      start = end;
    }
  }
  return byDay;
}

function* slicesOf(runs: readonly SeriesRun[]): Generator<SeriesRun[], void, void> {
  let slice: SeriesRun[] = [];
  let readings = 0;
  for (const run of runs) {
    slice.push(run);
    readings += run.columns.tsMs.length;
    if (readings < SLICE_READINGS && slice.length < SLICE_RUNS) continue;
    yield slice;
    slice = [];
    readings = 0;
  }
  if (slice.length > 0) yield slice;
}

interface TidySeries {
  readonly series: number;
  readonly batch: number;
  readonly columns: Columns;
  /** Whether the blocks have to be written anew. */
  readonly rewrite: boolean;
}

/**
 * Merges what a day's file has of each series into one run and brings its summaries up to date, on disk when it ends.
 * Series that are in order already cost next to nothing, so a run that was broken off goes on where it was. Gives the
 * readings in the file.
 */
export function* tidyDay(archive: Archive, day: number): Sliced<number> {
  let readings = 0;
  let series = archive.raw.find(day)?.seriesAfter(-1) ?? null;
  while (series !== null) {
    const file = archive.raw.open(day);
    const slice: TidySeries[] = [];
    let work = 0;
    for (let seen = 0; series !== null && work < SLICE_READINGS && seen < SLICE_RUNS; seen++) {
      const blocks = file.blocks(series);
      const batch = blocks.reduce((last, block) => Math.max(last, block.batch), 0);
      const rewrite = !isTidy(blocks);
      if (rewrite || !isSummarised(archive, day, series, batch)) {
        const columns = mergeBlocks(blocks);
        slice.push({ series, batch, columns, rewrite });
        work += columns.tsMs.length;
        readings += columns.tsMs.length;
      } else {
        readings += blocks.reduce((sum, block) => sum + block.count, 0);
      }
      series = file.seriesAfter(series);
    }
    if (slice.length > 0) writeSlice(archive, file, day, slice);
    yield;
  }

  if (archive.raw.find(day) === null) return 0;
  while (archive.raw.open(day).reclaim()) yield;
  for (const shelf of [archive.raw, archive.minutes, archive.hours]) {
    shelf.open(day).checkpoint();
    yield;
  }
  return readings;
}

function isSummarised(archive: Archive, day: number, series: number, batch: number): boolean {
  return (
    archive.minutes.find(day)?.batch(day, series) === batch && archive.hours.find(day)?.batch(day, series) === batch
  );
}

function writeSlice(archive: Archive, file: DayFile, day: number, slice: readonly TidySeries[]): void {
  const rewritten = slice.filter(({ rewrite }) => rewrite);
  if (rewritten.length > 0) {
    file.write(() => {
      for (const { series, batch, columns } of rewritten) file.replace(series, batch, columns);
    });
  }
  const minutes = archive.minutes.open(day);
  const hours = archive.hours.open(day);
  const isSuccessor = file.isSuccessor();
  const cells = slice.map(({ series, batch, columns }) => {
    const made = cellsOfDay(columns);
    // Summaries of readings that were dropped are not to be lost to a straggler.
    if (!isSuccessor) return { series, batch, ...made };
    const [oldMinutes = made.minutes] = minutes.get(day, series) ?? [];
    const [oldHours = made.hours, oldDay = made.day] = hours.get(day, series) ?? [];
    return {
      series,
      batch,
      minutes: addMissing(oldMinutes, made.minutes),
      hours: addMissing(oldHours, made.hours),
      day: addMissing(oldDay, made.day),
    };
  });
  minutes.write(() => {
    for (const { series, batch, minutes: column } of cells) minutes.put(day, series, batch, [column]);
  });
  hours.write(() => {
    for (const { series, batch, hours: column, day: whole } of cells) hours.put(day, series, batch, [column, whole]);
  });
}
