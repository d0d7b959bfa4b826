import { BAD, type Reading } from '../model/reading.ts';

/** For so many report intervals may a sensor that had values say that it has none: as long as it may be silent. */
const REPORTS_WITHOUT_VALUE = 3;
/** Sensors that warm up, calibrate or test themselves have no value meanwhile. */
const WITHOUT_VALUE_LEAST_MS = 60_000;

/**
 * Marks a `null` bad when its series has had no value for too long. A sensor says itself that it has none, so it is not
 * silent; but one that had values and has none any more is faulty, and its point may not go on looking normal. Where the
 * series never had a value, nothing has stopped.
 *
 * `readings` are those of one message, by time, and are changed in place. `newestMs` gives the time of the newest reading
 * of a series that was evaluated, a bad one too: so after a mark the next one is as far away again, which changes nothing.
 */
export function markValueless(
  readings: readonly Reading[],
  reportEveryMs: number,
  newestMs: (series: number) => number | undefined,
): void {
  const longMs = Math.max(WITHOUT_VALUE_LEAST_MS, REPORTS_WITHOUT_VALUE * reportEveryMs);
  const valueAtMs = new Map<number, number | undefined>();
  for (const reading of readings) {
    const { series, tsMs, value, marks } = reading;
    if (value !== null || (marks & BAD) !== 0) {
      valueAtMs.set(series, tsMs);
      continue;
    }
    const sinceMs = valueAtMs.has(series) ? valueAtMs.get(series) : newestMs(series);
    if (sinceMs === undefined || tsMs - sinceMs <= longMs) continue;
    (reading as { marks: number }).marks = marks | BAD;
    valueAtMs.set(series, tsMs);
  }
}
