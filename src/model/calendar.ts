import { z } from 'zod';
import { refusal } from './issue.ts';
import type { Coded } from './problem.ts';
import { DAY_MS, MINUTE_MS } from './time.ts';

/**
 * Times that recur: a yearly season, dates, weekdays, hours of the day, in a time zone. Threshold schedules and
 * recurring maintenance are written in it.
 */

const MONTH_DAY = /^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;
const CLOCK_TIME = /^([01]\d|2[0-3]):[0-5]\d$/;
const END_OF_DAY = '24:00';
const written = (pattern: RegExp, code: 'no-month-day' | 'no-clock-time') =>
  z
    .string()
    .refine((text) => pattern.test(text), refusal(code, {}))
    .meta({ pattern: pattern.source });
const monthDay = written(MONTH_DAY, 'no-month-day');
const date = z.iso.date();
const clockTime = written(CLOCK_TIME, 'no-clock-time');
/** People write the end of the day as 24:00, and 00:00 would look like its beginning. */
const clockTimeOrEnd = z
  .string()
  .refine((text) => text === END_OF_DAY || CLOCK_TIME.test(text), refusal('no-clock-time-or-end', {}));
/** From and to, `HH:MM`, the end not included and at most 24:00; may run over midnight. */
export const hoursSchema = z.tuple([clockTime, clockTimeOrEnd]);
export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/** As written by people. All given conditions must hold. */
export const calendarFields = {
  /** First and last day of a yearly season, `MM-DD`, ends included; may run over the new year. */
  season: z.tuple([monthDay, monthDay]).optional(),
  /** First and last date, `YYYY-MM-DD`, ends included. */
  dates: z.tuple([date, date]).optional(),
  weekdays: z.array(z.enum(WEEKDAYS)).min(1).optional(),
  /** From and to, `HH:MM`, the end not included and at most 24:00; may run over midnight. */
  hours: hoursSchema.optional(),
  /** IANA time zone; default Asia/Shanghai, where the first deployment stands. */
  timezone: z.string().max(64).optional(),
};
const calendarShape = z.object(calendarFields);
export type CalendarText = z.infer<typeof calendarShape>;

/** A calendar ready to be asked. */
export interface Calendar {
  readonly timezone: string;
  /** Month and day as MMDD, ends included; may run over the new year. */
  readonly season: readonly [number, number] | undefined;
  /** Days as YYYYMMDD, ends included. */
  readonly dates: readonly [number, number] | undefined;
  /** Monday is 0. */
  readonly weekdays: readonly number[] | undefined;
  /** Minutes of the day, the end not included; may run over midnight. */
  readonly hours: readonly [number, number] | undefined;
}

/** The first deployment stands in this zone. */
export const TIMEZONE_DEFAULT = 'Asia/Shanghai';
/** How far ahead a switch is looked for at once. Finding none is no error: one looks again then. */
export const LOOK_AHEAD_DAYS = 32;

/** Reads a calendar; `report` hears of what is impossible, by field. */
export function compileCalendar(text: CalendarText, report: (field: string, problem: Coded) => void): Calendar {
  const timezone = text.timezone ?? TIMEZONE_DEFAULT;
  if (!isTimezone(timezone)) report('timezone', { code: 'unknown-timezone', values: { timezone } });
  if (text.dates !== undefined && text.dates[0] > text.dates[1]) {
    const [from, to] = text.dates;
    report('dates', { code: 'dates-reversed', values: { from, to } });
  }
  return {
    timezone,
    season: pair(text.season, digits),
    dates: pair(text.dates, digits),
    weekdays: text.weekdays?.map((day) => WEEKDAYS.indexOf(day)),
    hours: pair(text.hours, (time) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3))),
  };
}

function pair<T>(texts: readonly [T, T] | undefined, read: (text: T) => number): [number, number] | undefined {
  return texts === undefined ? undefined : [read(texts[0]), read(texts[1])];
}

const digits = (text: string): number => Number(text.replaceAll('-', ''));

/** Whether it is a time zone of the IANA list. */
export function isTimezone(timezone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone });
    return true;
  } catch {
    return false;
  }
}

/** Times at which one of the calendars could begin or end, in order: midnights, hours, and changes of the clock. */
export function* boundariesOf(calendars: readonly Calendar[], fromMs: number): Generator<number> {
  for (let day = 0; day < LOOK_AHEAD_DAYS; day++) {
    const times = new Set<number>();
    for (const { timezone, hours } of calendars) {
      const localMs = fromMs + day * DAY_MS + offsetMs(timezone, fromMs + day * DAY_MS);
      const midnightMs = Math.floor(localMs / DAY_MS) * DAY_MS;
      // Clocks put forward or back around midnight show a part of one more day on either side.
      for (let localDayMs = midnightMs - DAY_MS; localDayMs <= midnightMs + 2 * DAY_MS; localDayMs += DAY_MS) {
        for (const minutes of [0, ...(hours ?? [])]) {
          for (const time of utcTimes(timezone, localDayMs + minutes * MINUTE_MS)) times.add(time);
        }
      }
    }
    const endMs = fromMs + (day + 1) * DAY_MS;
    yield* [...times].filter((t) => t > fromMs + day * DAY_MS && t <= endMs).sort((a, b) => a - b);
  }
}

/**
 * The UTC times that show a local time: one as a rule, two when clocks are put back, and where they are put forward over
 * it the moment of the change.
 */
function utcTimes(timezone: string, localMs: number): number[] {
  const before = offsetMs(timezone, localMs - DAY_MS);
  const after = offsetMs(timezone, localMs + DAY_MS);
  if (before === after) return [localMs - before];
  return [localMs - before, localMs - after, changeOfOffsetMs(timezone, localMs - DAY_MS, localMs + DAY_MS)];
}

/** What clocks of a time zone show at a time, as if it were UTC: whole days of it are days there. */
export function localMsAt(timezone: string, atMs: number): number {
  return atMs + offsetMs(timezone, atMs);
}

/**
 * When clocks of a time zone show a local time: the first of two times when they are put back over it, and the moment of the
 * change when they are put forward over it. So what ends at a local time ends where that begins which begins at it.
 */
export function utcMsOf(timezone: string, localMs: number): number {
  const before = offsetMs(timezone, localMs - DAY_MS);
  const after = offsetMs(timezone, localMs + DAY_MS);
  for (const atMs of [localMs - before, localMs - after]) if (localMsAt(timezone, atMs) === localMs) return atMs;
  return changeOfOffsetMs(timezone, localMs - DAY_MS, localMs + DAY_MS);
}

/** Bisects the one change of offset between two times, to the minute. */
function changeOfOffsetMs(timezone: string, fromMs: number, toMs: number): number {
  let low = Math.floor(fromMs / OFFSET_STEP_MS);
  let high = Math.ceil(toMs / OFFSET_STEP_MS);
  const before = offsetMs(timezone, low * OFFSET_STEP_MS);
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (offsetMs(timezone, middle * OFFSET_STEP_MS) === before) low = middle;
    else high = middle;
  }
  return high * OFFSET_STEP_MS;
}

/** Whether a time falls within. */
export function appliesAt(calendar: Calendar, atMs: number): boolean {
  const localMs = atMs + offsetMs(calendar.timezone, atMs);
  let day = Math.floor(localMs / DAY_MS);
  if (calendar.hours !== undefined) {
    const [from, to] = calendar.hours;
    const minute = Math.floor((localMs - day * DAY_MS) / MINUTE_MS);
    const overMidnight = from > to;
    if (from < to && (minute < from || minute >= to)) return false;
    if (overMidnight && minute < from && minute >= to) return false;
    // A night belongs to the day on which it began.
    if (overMidnight && minute < to) day--;
  }
  const date = new Date(day * DAY_MS);
  const monthDay = (date.getUTCMonth() + 1) * 100 + date.getUTCDate();
  if (calendar.season !== undefined) {
    const [first, last] = calendar.season;
    const inside = first <= last ? monthDay >= first && monthDay <= last : monthDay >= first || monthDay <= last;
    if (!inside) return false;
  }
  if (calendar.dates !== undefined) {
    const number = date.getUTCFullYear() * 10_000 + monthDay;
    if (number < calendar.dates[0] || number > calendar.dates[1]) return false;
  }
  return calendar.weekdays === undefined || calendar.weekdays.includes((date.getUTCDay() + 6) % 7);
}

/** All offsets of the IANA list since 1972 change at quarters of an hour. */
const OFFSET_STEP_MS = 15 * MINUTE_MS;
const OFFSETS_MAX = 4_096;
const formats = new Map<string, Intl.DateTimeFormat>();
const offsets = new Map<string, Map<number, number>>();

/** Local time minus UTC. Asking Intl costs microseconds, so answers are kept for each quarter of an hour. */
function offsetMs(timezone: string, atMs: number): number {
  const step = Math.floor(atMs / OFFSET_STEP_MS);
  let known = offsets.get(timezone);
  if (known === undefined) {
    known = new Map();
    offsets.set(timezone, known);
  }
  const cached = known.get(step);
  if (cached !== undefined) return cached;
  const offset = askOffsetMs(timezone, step * OFFSET_STEP_MS);
  if (known.size >= OFFSETS_MAX) known.clear();
  known.set(step, offset);
  return offset;
}

function askOffsetMs(timezone: string, atMs: number): number {
  let format = formats.get(timezone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: timezone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(timezone, format);
  }
  const parts: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(atMs)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(atMs / 1_000) * 1_000;
}
