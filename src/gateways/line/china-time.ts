/** The protocols of the country write Beijing time, without a zone, whatever the zone of the device or of the server. */
const OFFSET_MS = 8 * 3_600_000;

/**
 * A time of a calendar in Beijing, month 1 to 12, ms since 1970; undefined when there is no such time, as where a clock was
 * never set.
 */
export function chinaTimeMs(
  year: number,
  month: number,
  day: number,
  [hour, minute, second, ms]: readonly [hour: number, minute: number, second: number, ms?: number],
): number | undefined {
  if (!(month >= 1 && month <= 12 && day >= 1 && hour <= 23 && minute <= 59 && second <= 59)) return undefined;
  const time = new Date(Date.UTC(year, month - 1, day, hour, minute, second, ms ?? 0));
  // A 31st of April would be taken for the 1st of May.
  return time.getUTCDate() === day ? time.getTime() - OFFSET_MS : undefined;
}

/** The parts of a time as a clock in Beijing shows them: year, month 1 to 12, day, hour, minute, second, ms. */
export function chinaClock(ms: number): [number, number, number, number, number, number, number] {
  const at = new Date(ms + OFFSET_MS);
  return [
    at.getUTCFullYear(),
    at.getUTCMonth() + 1,
    at.getUTCDate(),
    at.getUTCHours(),
    at.getUTCMinutes(),
    at.getUTCSeconds(),
    at.getUTCMilliseconds(),
  ];
}
