import type { Bucket } from '../../model/reading.ts';
import { BAD } from '../../model/reading.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../model/time.ts';
import { ByteReader, ByteWriter, pack, unpack } from './bytes.ts';
import {
  type Columns,
  checkedBody,
  MARKS_SHIFT,
  readNumbers,
  TEXT,
  TYPE_MASK,
  withCrc,
  writeNumbers,
} from './columns.ts';

/** Summaries of consecutive stretches of time, as columns; a stretch without a good reading has no cell. */
export interface Cells {
  /** Start of each stretch. */
  readonly tsMs: number[];
  readonly min: number[];
  readonly max: number[];
  readonly sum: number[];
  readonly count: number[];
}

export function emptyCells(): Cells {
  return { tsMs: [], min: [], max: [], sum: [], count: [] };
}

/**
 * A stored sum must equal the sum made of raw readings to the last bit, and must be small on disk. So every sum that is
 * within rounding noise of a number with six decimals *is* that number, wherever it is made.
 */
function settled(sum: number): number {
  const decimal = Math.round(sum * 1e6) / 1e6;
  return Math.abs(decimal - sum) <= Math.abs(sum) * 2 ** -48 ? decimal : sum;
}

/** Takes in cells in time order and gives the cells of a longer stretch; `end` gives out the last one. */
export interface CellBuilder {
  add(tsMs: number, min: number, max: number, sum: number, count: number): void;
  end(): void;
}

/** The same, which also takes readings as they are. */
interface ReadingsBuilder extends CellBuilder {
  /** In time order; texts and bad readings are passed over. */
  readings(columns: Columns): void;
}

/** Folds what it is given into stretches of `everyMs`, each handed to `into` when it is complete. */
function folding(everyMs: number, into: CellBuilder['add']): ReadingsBuilder {
  let start = Number.NaN;
  let min = 0;
  let max = 0;
  let sum = 0;
  let count = 0;
  const end = (): void => {
    if (count > 0) into(start, min, max, settled(sum), count);
    count = 0;
  };
  return {
    add(tsMs, cellMin, cellMax, cellSum, cellCount) {
      // Written so that a NaN start, which is no stretch yet, opens one.
      if (!(tsMs >= start && tsMs < start + everyMs) || count === 0) {
        end();
        start = Math.floor(tsMs / everyMs) * everyMs;
        min = cellMin;
        max = cellMax;
        sum = cellSum;
        count = cellCount;
        return;
      }
      if (cellMin < min) min = cellMin;
      if (cellMax > max) max = cellMax;
      sum += cellSum;
      count += cellCount;
    },
    readings({ tsMs, values, flags }) {
      // Kept in variables of the loop, for an assignment to those of the closure costs an allocation each.
      let from = count === 0 ? Number.NaN : start;
      let to = from + everyMs;
      let [least, most, total, length] = [min, max, sum, count];
      for (let i = 0; i < tsMs.length; i++) {
        const flag = flags[i] ?? 0;
        const value = values[i] ?? 0;
        if ((flag & TYPE_MASK) === TEXT || ((flag >> MARKS_SHIFT) & BAD) !== 0 || !Number.isFinite(value)) continue;
        const ts = tsMs[i] ?? 0;
        if (ts >= from && ts < to) {
          if (value < least) least = value;
          if (value > most) most = value;
          total += value;
          length++;
          continue;
        }
        if (length > 0) into(from, least, most, settled(total), length);
        from = Math.floor(ts / everyMs) * everyMs;
        to = from + everyMs;
        least = most = total = value;
        length = 1;
      }
      start = from;
      [min, max, sum, count] = [least, most, total, length];
    },
    end,
  };
}

function collecting(cells: Cells): CellBuilder['add'] {
  return (tsMs, min, max, sum, count) => {
    cells.tsMs.push(tsMs);
    cells.min.push(min);
    cells.max.push(max);
    cells.sum.push(sum);
    cells.count.push(count);
  };
}

/** The longest of day, hour and minute that divides `everyMs`; null when none does. */
export type Unit = typeof DAY_MS | typeof HOUR_MS | typeof MINUTE_MS;

export function unitOf(everyMs: number): Unit | null {
  for (const unit of [DAY_MS, HOUR_MS, MINUTE_MS] as const) if (everyMs % unit === 0) return unit;
  return null;
}

/**
 * Buckets of `everyMs`, made of readings and of cells in time order. Readings are always added up minute by minute, the
 * minutes to hours, the hours to days, as far as these divide `everyMs`: the order of additions is then the same whether
 * a part comes from readings or from stored cells, and the result is equal to the last bit.
 */
export interface BucketBuilder {
  readings(columns: Columns): void;
  /** Cells of `unit`, which divides `everyMs` or is the finest there is left of that time. */
  cells(unit: Unit, cells: Cells, fromMs: number, toMs: number): void;
  end(): Bucket[];
}

export function createBucketBuilder(everyMs: number): BucketBuilder {
  const buckets: Bucket[] = [];
  const bucket = folding(everyMs, (tsMs, min, max, sum, count) => {
    buckets.push({ tsMs, min, mean: sum / count, max, count });
  });
  const unit = unitOf(everyMs);
  const day = unit === DAY_MS ? folding(DAY_MS, bucket.add) : bucket;
  const hour = unit === DAY_MS || unit === HOUR_MS ? folding(HOUR_MS, day.add) : day;
  const minute = unit === null ? hour : folding(MINUTE_MS, hour.add);
  const steps = [minute, hour, day, bucket];
  const endBelow = (step: ReadingsBuilder): void => {
    for (const lower of steps.slice(0, steps.indexOf(step))) lower.end();
  };

  return {
    readings: minute.readings,
    cells(cellUnit, cells, fromMs, toMs) {
      const target = cellUnit === DAY_MS ? bucket : cellUnit === HOUR_MS ? day : hour;
      endBelow(target);
      for (let i = 0; i < cells.tsMs.length; i++) {
        const tsMs = cells.tsMs[i] ?? 0;
        if (tsMs < fromMs || tsMs >= toMs) continue;
        target.add(tsMs, cells.min[i] ?? 0, cells.max[i] ?? 0, cells.sum[i] ?? 0, cells.count[i] ?? 0);
      }
    },
    end() {
      for (const step of steps) step.end();
      return buckets;
    },
  };
}

/** The cells that are stored of one day of one series. */
export interface DayCells {
  readonly minutes: Cells;
  readonly hours: Cells;
  readonly day: Cells;
}

/** `columns`: the readings of one series in one day, in time order. */
export function cellsOfDay(columns: Columns): DayCells {
  const cells = { minutes: emptyCells(), hours: emptyCells(), day: emptyCells() };
  const day = folding(DAY_MS, collecting(cells.day));
  const keepHour = collecting(cells.hours);
  const hour = folding(HOUR_MS, (tsMs, min, max, sum, count) => {
    keepHour(tsMs, min, max, sum, count);
    day.add(tsMs, min, max, sum, count);
  });
  const keepMinute = collecting(cells.minutes);
  const minute = folding(MINUTE_MS, (tsMs, min, max, sum, count) => {
    keepMinute(tsMs, min, max, sum, count);
    hour.add(tsMs, min, max, sum, count);
  });
  minute.readings(columns);
  for (const step of [minute, hour, day]) step.end();
  return cells;
}

/**
 * Cells of a day whose readings are gone, joined by cells of readings that came after that: a stretch that was already
 * summarised stays as it is, for nobody can tell a reading sent twice any more.
 */
export function addMissing(stored: Cells, later: Cells): Cells {
  const known = new Set(stored.tsMs);
  const fresh = later.tsMs.map((tsMs, at) => ({ tsMs, at, of: later })).filter((cell) => !known.has(cell.tsMs));
  const all = [...stored.tsMs.map((tsMs, at) => ({ tsMs, at, of: stored })), ...fresh].sort((a, b) => a.tsMs - b.tsMs);
  const joined = emptyCells();
  const keep = collecting(joined);
  for (const { tsMs, at, of } of all) keep(tsMs, of.min[at] ?? 0, of.max[at] ?? 0, of.sum[at] ?? 0, of.count[at] ?? 0);
  return joined;
}

const ALL_SINGLE = 1;
const GENERAL = 0;

const scratch = new ByteWriter(1 << 14);

/** Cells of several units of one day, one behind the other. */
export function encodeCells(units: readonly (readonly [Unit, Cells])[], dayStartMs: number): Uint8Array {
  scratch.length = 0;
  for (const [unit, cells] of units) writeCells(scratch, unit, cells, dayStartMs);
  return withCrc(pack(scratch.bytes.subarray(0, scratch.length)));
}

function writeCells(writer: ByteWriter, unit: Unit, cells: Cells, dayStartMs: number): void {
  writer.unsigned(cells.tsMs.length);
  let last = -1;
  for (const tsMs of cells.tsMs) {
    const slot = (tsMs - dayStartMs) / unit;
    writer.unsigned(slot - last - 1);
    last = slot;
  }
  // A series that reports less often than the stretch is long has one reading in each, and its value says it all.
  const single = cells.count.every((count, at) => count === 1 && cells.sum[at] === cells.min[at]);
  writer.u8(single ? ALL_SINGLE : GENERAL);
  writeNumbers(writer, Float64Array.from(cells.min));
  if (single) return;
  for (const count of cells.count) writer.unsigned(count);
  writeNumbers(writer, Float64Array.from(cells.max));
  writeNumbers(writer, Float64Array.from(cells.sum));
}

/** Throws RangeError when the bytes are damaged. */
export function decodeCells(units: readonly Unit[], bytes: Uint8Array, dayStartMs: number): Cells[] {
  const reader = new ByteReader(unpack(checkedBody(bytes)));
  return units.map((unit) => readCells(reader, unit, dayStartMs));
}

function readCells(reader: ByteReader, unit: Unit, dayStartMs: number): Cells {
  const length = reader.unsigned();
  const tsMs: number[] = [];
  let slot = -1;
  for (let i = 0; i < length; i++) {
    slot += 1 + reader.unsigned();
    tsMs.push(dayStartMs + slot * unit);
  }
  const single = reader.u8() === ALL_SINGLE;
  const min = Array.from(readNumbers(reader, length));
  if (single) return { tsMs, min, max: min, sum: min, count: min.map(() => 1) };
  const count: number[] = [];
  for (let i = 0; i < length; i++) count.push(reader.unsigned());
  return {
    tsMs,
    min,
    max: Array.from(readNumbers(reader, length)),
    sum: Array.from(readNumbers(reader, length)),
    count,
  };
}
