/**
 * Nothing that Brink can be asked to keep is older: the clock of a device that was never set says 1970, 1980 or 2000.
 * One bound for all the ways in which a time comes in.
 */
export const EARLIEST_PLAUSIBLE_MS = Date.UTC(2001, 0, 1);

export const DAY_MS = 86_400_000;
export const HOUR_MS = 3_600_000;
export const MINUTE_MS = 60_000;
/** A clock that writes another unit than ms may run ahead by this much, such as one that is set to another time zone. */
const AHEAD_MAX_MS = DAY_MS;

interface TimeUnit {
  readonly name: 'seconds' | 'microseconds' | 'nanoseconds';
  readonly zh: string;
  /** How many ms one of it is. */
  readonly ms: number;
}

/** Units of numbers that stand for a time since 1970, other than ms. Where one of them makes sense, ms do not. */
const UNITS: readonly TimeUnit[] = [
  { name: 'seconds', zh: '秒', ms: 1_000 },
  { name: 'microseconds', zh: '微秒', ms: 1e-3 },
  { name: 'nanoseconds', zh: '纳秒', ms: 1e-6 },
];

/**
 * The unit, other than ms, in which numbers from `lowest` to `highest` are times since 2001, at most a day ahead of
 * `nowMs`; undefined when they are ms, or nothing that makes sense.
 */
export function otherTimeUnit(lowest: number, highest: number, nowMs: number): TimeUnit | undefined {
  return UNITS.find(({ ms }) => lowest * ms >= EARLIEST_PLAUSIBLE_MS && highest * ms <= nowMs + AHEAD_MAX_MS);
}

/** What is wrong with a time that is to be kept, in words; undefined when it may be. `latestMs`: the latest that may be. */
export function implausibleTime(
  ms: number,
  latestMs: number,
): { readonly zh: string; readonly en: string } | undefined {
  if (ms >= EARLIEST_PLAUSIBLE_MS && ms <= latestMs) return undefined;
  const unit = otherTimeUnit(ms, ms, latestMs);
  if (unit !== undefined) {
    const meant = isoText(ms * unit.ms);
    return {
      zh: `像是${unit.zh}（${meant}）；应为 1970 年以来的毫秒数，或带时区的 ISO 8601 时间`,
      en: `looks like ${unit.name} (${meant}); expected ms since 1970, or ISO 8601 with a time zone`,
    };
  }
  const asMs = isoText(ms);
  if (ms > latestMs) {
    return { zh: `按毫秒数是 ${asMs}，在将来`, en: `is ${asMs} as ms since 1970 and lies in the future` };
  }
  return {
    zh: `按毫秒数是 ${asMs}，应为 2001 年以后的时间`,
    en: `is ${asMs} as ms since 1970; expected a time since 2001`,
  };
}

/** The longest time that can be written, ms before or after 1970. */
const DATE_MS_MAX = 8.64e15;

function isoText(ms: number): string {
  return Math.abs(ms) <= DATE_MS_MAX ? new Date(ms).toISOString() : 'no date';
}

/** Milliseconds since 1970 of a time as people write it; undefined when it is neither ms nor ISO 8601 with a zone. */
export function parseTimeMs(text: string): number | undefined {
  if (/^-?\d{1,16}(\.\d{1,16})?$/.test(text)) return Number(text);
  // A plus sign that was not escaped in a query arrives as a blank.
  const time = parseIsoTime(text.replace(/ (\d\d(?::?\d\d)?)$/, '+$1')) ?? parseIsoTime(text);
  return time?.zone === 'none' ? undefined : time?.ms;
}

export interface IsoTime {
  /** Ms since 1970; without a zone as if it were UTC. */
  readonly ms: number;
  /** `date`: a date alone, which is the beginning of that day in UTC. */
  readonly zone: 'given' | 'none' | 'date';
}

/** What nearly every device writes, all but 29 February: JavaScript reads it, in a quarter of the time. */
const PLAIN =
  /^\d{4}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;
const DATE = /^(\d{4})(?:-(\d\d)-(\d\d)|(\d\d)(\d\d)|-W(\d\d)-([1-7])|W(\d\d)([1-7])|-?(\d{3}))/i;
const CLOCK = /^[T ](\d\d)(?::?(\d\d)(?::?(\d\d))?)?(?:[.,](\d{1,18}))?/i;
const EXTENDED_CLOCK = /^[T ]\d\d(?::\d\d(?::\d\d)?)?(?![\d:])/i;
const BASIC_CLOCK = /^[T ]\d\d(?:\d\d(?:\d\d)?)?(?![\d:])/i;
const ZONE = /^ ?(?:Z|([+\-\u2212])(\d\d)(?::?(\d\d))?)$/i;
const TEXT_LENGTH_MAX = 64;
/** What a decimal fraction may lack as a binary one. */
const ROUNDING_MS = 1e-6;

/**
 * A time as ISO 8601 and RFC 3339 allow it, in the extended and the basic format: a date of the calendar, of weeks or of
 * the year's days; hours alone, with minutes, with seconds; a fraction of the smallest of them after a point or a comma;
 * `Z`, `±hh`, `±hhmm`, `±hh:mm` or no zone; a blank in place of the `T`, and before the zone as programs write it. `24:00` is the end of a day, and a second 60 is
 * the first one of the next minute, as clocks take a leap second. Undefined for anything else, and for days and hours
 * that do not exist.
 */
export function parseIsoTime(text: string): IsoTime | undefined {
  if (text.length > TEXT_LENGTH_MAX) return undefined;
  if (PLAIN.test(text)) return { ms: Date.parse(text), zone: 'given' };
  const date = DATE.exec(text);
  const dayMs = date === null ? undefined : dateMs(date);
  if (date === null || dayMs === undefined) return undefined;
  const rest = text.slice(date[0].length);
  // Digits alone are a number.
  if (rest === '') return date[0].includes('-') ? { ms: dayMs, zone: 'date' } : undefined;
  const clock = CLOCK.exec(rest);
  if (clock === null || !(EXTENDED_CLOCK.test(rest) || BASIC_CLOCK.test(rest))) return undefined;
  const clockMs = timeOfDayMs(clock);
  const zoneText = rest.slice(clock[0].length);
  if (clockMs === undefined) return undefined;
  const ms = dayMs + clockMs;
  if (zoneText === '') return { ms, zone: 'none' };
  const zone = ZONE.exec(zoneText);
  if (zone === null) return undefined;
  const [, sign, hours = '0', minutes = '0'] = zone;
  if (Number(hours) > 23 || Number(minutes) > 59) return undefined;
  const offsetMs = Number(hours) * HOUR_MS + Number(minutes) * MINUTE_MS;
  return { ms: sign === '+' ? ms - offsetMs : ms + offsetMs, zone: 'given' };
}

function dateMs(found: RegExpExecArray): number | undefined {
  const year = Number(found[1]);
  const startMs = startOfYearMs(year);
  const month = found[2] ?? found[4];
  if (month !== undefined) {
    const day = Number(found[3] ?? found[5]);
    const monthStart = new Date(startMs);
    monthStart.setUTCMonth(Number(month) - 1, day);
    const isThere = monthStart.getUTCMonth() + 1 === Number(month) && monthStart.getUTCDate() === day;
    return isThere && monthStart.getUTCFullYear() === year ? monthStart.getTime() : undefined;
  }
  const week = found[6] ?? found[8];
  if (week !== undefined) {
    const first = firstMondayMs(year);
    const ms = first + (Number(week) - 1) * 7 * DAY_MS;
    if (week === '00' || ms >= firstMondayMs(year + 1)) return undefined;
    return ms + (Number(found[7] ?? found[9]) - 1) * DAY_MS;
  }
  const ms = startMs + (Number(found[10]) - 1) * DAY_MS;
  return ms >= startMs && ms < startOfYearMs(year + 1) ? ms : undefined;
}

function startOfYearMs(year: number): number {
  // Date.UTC takes the years up to 99 for those of the 20th century.
  return new Date(0).setUTCFullYear(year, 0, 1);
}

/** The Monday with which week 1 of a year begins: it is the week that holds 4 January. */
function firstMondayMs(year: number): number {
  const fourthMs = startOfYearMs(year) + 3 * DAY_MS;
  return fourthMs - ((new Date(fourthMs).getUTCDay() + 6) % 7) * DAY_MS;
}

function timeOfDayMs([, hourText = '', minuteText, secondText, fraction]: RegExpExecArray): number | undefined {
  const [hour, minute, second] = [Number(hourText), Number(minuteText ?? 0), Number(secondText ?? 0)];
  if (hour > 24 || minute > 59 || second > 60) return undefined;
  const smallestMs = secondText !== undefined ? 1_000 : minuteText !== undefined ? MINUTE_MS : HOUR_MS;
  const fractionMs = fraction === undefined ? 0 : Math.floor(Number(`0.${fraction}`) * smallestMs + ROUNDING_MS);
  const ms = hour * HOUR_MS + minute * MINUTE_MS + second * 1_000 + fractionMs;
  return hour === 24 && ms > DAY_MS ? undefined : ms;
}
