/**
 * Several readings of one series may bear one and the same millisecond. Which of them is meant is told by the fraction of
 * `tsMs`: the first has none, the next one step, and so on in the order of arrival. So a series' readings have times that
 * rise strictly, and a series with a time names one reading. People and devices are shown, and rules go by, the
 * millisecond alone.
 *
 * A step is a power of two, so that times with a fraction are exact (until the year 2109), and a millisecond has no more
 * of them than microseconds, for stores that know no finer time. A reading beyond them is put into the next millisecond.
 */
const STEPS_PER_MS = 1_000;
const STEP_MS = 1 / 1_024;

/** The millisecond that a reading of this time belongs to. */
export function msOf(tsMs: number): number {
  return Math.floor(tsMs);
}

/** Which of the readings of its millisecond this is, from 0. */
export function ordinalOf(tsMs: number): number {
  return Math.round((tsMs - Math.floor(tsMs)) / STEP_MS);
}

/** The time of the reading with this number in a millisecond. */
export function timeOf(ms: number, ordinal: number): number {
  return ms + ordinal * STEP_MS;
}

/** The time that is so many readings after one, or before it. */
export function stepped(tsMs: number, steps: number): number {
  const place = ordinalOf(tsMs) + steps;
  if (place >= 0 && place < STEPS_PER_MS) return tsMs + steps * STEP_MS;
  const overMs = Math.floor(place / STEPS_PER_MS);
  return timeOf(msOf(tsMs) + overMs, place - overMs * STEPS_PER_MS);
}
