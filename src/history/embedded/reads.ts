import { msOf } from '../../model/instant.ts';
import type { Bucket, BucketQuery, SampleQuery } from '../../model/reading.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../model/time.ts';
import { type Cells, createBucketBuilder, type Unit, unitOf } from '../shared/cells.ts';
import { betweenTimes, type Columns, lowerBound, mergeColumns, sliceColumns } from '../shared/columns.ts';
import type { Archive } from './archive.ts';
import type { Block, DayFile } from './day-file.ts';

/**
 * Reads as generators: each `yield` is a place where the worker may do something else for a while. All that is needed of
 * one day is fetched at once, still packed, so what happens to the files in between does no harm.
 */
export type Sliced<T> = Generator<void, T, void>;

/** `recent`: the readings of the series that are not in the archive yet, in time order, all of the queried range. */
export function* readSamples(archive: Archive, recent: Columns, query: SampleQuery): Sliced<Columns> {
  if (query.newest === true) return yield* readNewest(archive, recent, query);
  const parts: Columns[] = [];
  let room = query.limit;
  for (const day of daysOf(archive, recent, query)) {
    const range = rangeOf(day, query);
    for (const part of rawOfDay(
      archive.raw.find(day),
      betweenTimes(recent, range.fromMs, range.toMs),
      query.series,
      range,
    )) {
      const taken = sliceColumns(part, 0, Math.min(room, part.tsMs.length));
      parts.push(taken);
      room -= taken.tsMs.length;
      if (room <= 0) return mergeColumns(parts);
      yield;
    }
  }
  return mergeColumns(parts);
}

/** The newest ones, day by day backwards. */
function* readNewest(archive: Archive, recent: Columns, query: SampleQuery): Sliced<Columns> {
  const parts: Columns[] = [];
  let room = query.limit;
  for (const day of daysOf(archive, recent, query).reverse()) {
    const range = rangeOf(day, query);
    const recentOfDay = betweenTimes(recent, range.fromMs, range.toMs);
    const ofDay: Columns[] = [];
    for (const part of rawOfDay(archive.raw.find(day), recentOfDay, query.series, range)) {
      ofDay.push(part);
      yield;
    }
    const all = mergeColumns(ofDay);
    const taken = sliceColumns(all, Math.max(0, all.tsMs.length - room), all.tsMs.length);
    parts.unshift(taken);
    room -= taken.tsMs.length;
    if (room <= 0) break;
  }
  return mergeColumns(parts);
}

export function* readBuckets(archive: Archive, recent: Columns, query: BucketQuery): Sliced<Bucket[]> {
  const builder = createBucketBuilder(query.everyMs);
  const unit = unitOf(query.everyMs);
  for (const day of daysOf(archive, recent, query)) {
    const range = rangeOf(day, query);
    const recentOfDay = betweenTimes(recent, range.fromMs, range.toMs);
    const raw = archive.raw.find(day);
    // A stretch that the range cuts needs its readings, as does one of which some are not archived yet.
    const isWhole = recentOfDay.tsMs.length === 0;
    const isCut = unit === null || range.fromMs % unit !== 0 || range.toMs % unit !== 0;
    const wanted = { archive, day, unit, series: query.series };
    const cells = isWhole ? cellsInstead(wanted, raw?.lastBatch(query.series) ?? null, isCut) : null;
    if (cells !== null) {
      builder.cells(cells.unit, cells.cells, range.fromMs, range.toMs);
      yield;
      continue;
    }
    for (const part of rawOfDay(raw, recentOfDay, query.series, range)) {
      builder.readings(part);
      yield;
    }
  }
  return builder.end();
}

interface Range {
  readonly fromMs: number;
  readonly toMs: number;
}

function rangeOf(day: number, query: Range): Range {
  return { fromMs: Math.max(query.fromMs, day * DAY_MS), toMs: Math.min(query.toMs, (day + 1) * DAY_MS) };
}

/** The days within the range that can hold anything, ascending. */
function daysOf(archive: Archive, recent: Columns, query: Range): number[] {
  const days = new Set<number>();
  const within = (day: number): boolean => (day + 1) * DAY_MS > query.fromMs && day * DAY_MS < query.toMs;
  for (const day of archive.raw.starts()) if (within(day)) days.add(day);
  for (const shelf of [archive.minutes, archive.hours]) {
    for (const start of shelf.starts()) {
      const from = Math.max(start, Math.floor(query.fromMs / DAY_MS));
      const to = Math.min(shelf.endOf(start), Math.ceil(query.toMs / DAY_MS));
      for (let day = from; day < to; day++) days.add(day);
    }
  }
  for (const tsMs of recent.tsMs) days.add(Math.floor(tsMs / DAY_MS));
  return [...days].sort((a, b) => a - b);
}

/** Which cells of a series and day are asked for; no unit where none is as long as the buckets. */
interface WantedCells {
  readonly archive: Archive;
  readonly day: number;
  readonly unit: Unit | null;
  readonly series: number;
}

interface FoundCells {
  readonly unit: Unit;
  readonly cells: Cells;
}

/**
 * Stored cells in place of the archived readings of a day, whose last batch is given: when they are whole and say the
 * same, or when the readings are gone. Null: read the readings.
 */
function cellsInstead(wanted: WantedCells, lastBatch: number | null, isCut: boolean): FoundCells | null {
  const { archive, day, unit, series } = wanted;
  if (lastBatch === null) return finestCells(wanted);
  if (unit === null || isCut) return null;
  const file = unit === MINUTE_MS ? archive.minutes.find(day) : archive.hours.find(day);
  if (file === null || file.batch(day, series) !== lastBatch) return null;
  return cellsOf(archive, day, unit, series);
}

/** The cells that fit best when readings are gone: those asked for, or else the finest that are still kept. */
function finestCells({ archive, day, unit, series }: WantedCells): FoundCells | null {
  for (const other of [unit ?? MINUTE_MS, MINUTE_MS, HOUR_MS] as const) {
    const found = cellsOf(archive, day, other, series);
    if (found !== null) return found;
  }
  return { unit: MINUTE_MS, cells: { tsMs: [], min: [], max: [], sum: [], count: [] } };
}

function cellsOf(archive: Archive, day: number, unit: Unit, series: number): FoundCells | null {
  const cells =
    unit === MINUTE_MS
      ? archive.minutes.find(day)?.get(day, series)?.[0]
      : archive.hours.find(day)?.get(day, series)?.[unit === HOUR_MS ? 0 : 1];
  return cells === undefined ? null : { unit, cells };
}

/**
 * The readings of one series in one day and range, in time order, in parts of a few milliseconds' work each. Blocks that
 * overlap in time are merged together; readings that are not archived yet come last, as in journal order.
 */
function* rawOfDay(
  file: DayFile | null,
  recent: Columns,
  series: number,
  range: Range,
): Generator<Columns, void, void> {
  const blocks = (file?.blocks(series) ?? []).filter(
    (block) => block.fromMs < range.toMs && block.toMs >= range.fromMs,
  );
  let done = 0;
  for (const group of overlapping(blocks)) {
    const before = lowerBound(recent.tsMs, msOf(group.fromMs));
    const end = lowerBound(recent.tsMs, msOf(group.toMs) + 1);
    if (before > done) yield sliceColumns(recent, done, before);
    const merged = mergeColumns([...group.blocks.map((block) => block.decode()), sliceColumns(recent, before, end)]);
    done = end;
    yield betweenTimes(merged, range.fromMs, range.toMs);
  }
  if (done < recent.tsMs.length) yield sliceColumns(recent, done, recent.tsMs.length);
}

interface Group {
  readonly fromMs: number;
  readonly toMs: number;
  /** In journal order. */
  readonly blocks: readonly Block[];
}

/** Groups of blocks whose times overlap, to the millisecond, ascending; most groups are one block. */
function overlapping(blocks: readonly Block[]): Group[] {
  const placed = blocks.map((block, place) => ({ block, place })).sort((a, b) => a.block.fromMs - b.block.fromMs);
  const groups: { fromMs: number; toMs: number; members: typeof placed }[] = [];
  for (const member of placed) {
    const last = groups[groups.length - 1];
    if (last !== undefined && msOf(member.block.fromMs) <= msOf(last.toMs)) {
      last.members.push(member);
      last.toMs = Math.max(last.toMs, member.block.toMs);
    } else {
      groups.push({ fromMs: member.block.fromMs, toMs: member.block.toMs, members: [member] });
    }
  }
  return groups.map(({ fromMs, toMs, members }) => ({
    fromMs,
    toMs,
    blocks: members.sort((a, b) => a.place - b.place).map((member) => member.block),
  }));
}
