import type { Reading, Value } from '../model/reading.ts';

/**
 * The last readings that a device sent of the future, oldest first, so that one of them is known when it comes again. A
 * clock that is a little ahead has every message noted, so this makes no garbage: numbers in a ring, not the readings.
 */
export interface AheadReadings {
  note(reading: Reading): void;
  has(reading: Reading): boolean;
  /** Forgets the oldest as long as they are of before `tsMs`. */
  forgetBefore(tsMs: number): void;
}

/** So many are kept, a power of two; a device that sends more in its minute of the future is remembered in part. */
const READINGS_MAX = 512;
const READINGS_FIRST = 16;

export function createAheadReadings(): AheadReadings {
  let size = READINGS_FIRST;
  let series = new Int32Array(size);
  let times = new Float64Array(size);
  let values = new Float64Array(size);
  let first = 0;
  let count = 0;

  function grow(): void {
    const old = { series, times, values, mask: size - 1 };
    size *= 2;
    series = new Int32Array(size);
    times = new Float64Array(size);
    values = new Float64Array(size);
    for (let i = 0; i < count; i++) {
      const from = (first + i) & old.mask;
      series[i] = old.series[from] ?? 0;
      times[i] = old.times[from] ?? 0;
      values[i] = old.values[from] ?? 0;
    }
    first = 0;
  }

  function forgetFirst(): void {
    first = (first + 1) & (size - 1);
    count--;
  }

  return {
    note(reading) {
      if (count === size) {
        if (size < READINGS_MAX) grow();
        else forgetFirst();
      }
      const at = (first + count) & (size - 1);
      series[at] = reading.series;
      times[at] = reading.tsMs;
      values[at] = numberFor(reading.value);
      count++;
    },

    has(reading) {
      const value = numberFor(reading.value);
      for (let i = 0; i < count; i++) {
        const at = (first + i) & (size - 1);
        if (series[at] === reading.series && times[at] === reading.tsMs && values[at] === value) return true;
      }
      return false;
    },

    forgetBefore(tsMs) {
      while (count > 0 && (times[first] ?? tsMs) < tsMs) forgetFirst();
    },
  };
}

/** A number that stands for a value: a series has values of one type only, and few different texts. */
export function numberFor(value: Value): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (value === null) return Number.NEGATIVE_INFINITY;
  let hash = 0;
  for (let i = 0; i < value.length; i++) hash = (hash * 31 + value.charCodeAt(i)) | 0;
  return hash;
}
