import type { ScheduleEntry } from '../model/threshold.ts';
import { WEEKDAYS } from '../model/threshold.ts';
import type { CompiledLevels, Schedule, ScheduleVariant } from './compiled.ts';

/** The first deployment stands in this zone. */
const TIMEZONE_DEFAULT = 'Asia/Shanghai';
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** How far ahead a switch is looked for at once. Finding none is no error: one looks again then. */
const LOOK_AHEAD_DAYS = 32;

export function compileSchedule(
  entries: readonly ScheduleEntry[],
  compileLevels: (entry: ScheduleEntry, index: number) => CompiledLevels,
  report: (path: string, message: string) => void,
): Schedule {
  const variants = entries.map((entry, index) => {
    const timezone = entry.timezone ?? TIMEZONE_DEFAULT;
    if (!isTimezone(timezone)) report(`schedule.${index}.timezone`, `${timezone} is not a time zone of the IANA list`);
    if (entry.dates !== undefined && entry.dates[0] > entry.dates[1]) {
      report(`schedule.${index}.dates`, `${entry.dates[0]} is after ${entry.dates[1]}`);
    }
    return {
      levels: compileLevels(entry, index),
      timezone,
      season: pair(entry.season, digits),
      dates: pair(entry.dates, digits),
      weekdays: entry.weekdays?.map((day) => WEEKDAYS.indexOf(day)),
      hours: pair(entry.hours, (text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3))),
    };
  });
  return { variants };
}

function pair<T>(texts: readonly [T, T] | undefined, read: (text: T) => number): [number, number] | undefined {
  return texts === undefined ? undefined : [read(texts[0]), read(texts[1])];
}

const digits = (text: string): number => Number(text.replaceAll('-', ''));

function isTimezone(timezone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone });
    return true;
  } catch {
    return false;
  }
}

/** Index of the variant in force at a time; -1 when the rule's own levels are. */
export function variantAt(schedule: Schedule, atMs: number): number {
  return schedule.variants.findIndex((variant) => applies(variant, atMs));
}

/**
 * The first time after `atMs` at which another variant may be in force; at the latest 32 days on, where it may turn out
 * that none is.
 */
export function nextSwitchMs(schedule: Schedule, atMs: number): number {
  const now = variantAt(schedule, atMs);
  for (const candidateMs of boundaries(schedule, atMs)) {
    if (variantAt(schedule, candidateMs) !== now) return candidateMs;
  }
  return atMs + LOOK_AHEAD_DAYS * DAY_MS;
}

/** Times at which a variant could begin or end, in order: midnights, its hours, and changes of the clock. */
function* boundaries({ variants }: Schedule, fromMs: number): Generator<number> {
  for (let day = 0; day < LOOK_AHEAD_DAYS; day++) {
    const times = new Set<number>();
    for (const { timezone, hours } of variants) {
      const localMs = fromMs + day * DAY_MS + offsetMs(timezone, fromMs + day * DAY_MS);
      const midnightMs = Math.floor(localMs / DAY_MS) * DAY_MS;
      for (const localDayMs of [midnightMs, midnightMs + DAY_MS]) {
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

function applies(variant: ScheduleVariant, atMs: number): boolean {
  const localMs = atMs + offsetMs(variant.timezone, atMs);
  let day = Math.floor(localMs / DAY_MS);
  if (variant.hours !== undefined) {
    const [from, to] = variant.hours;
    const minute = Math.floor((localMs - day * DAY_MS) / MINUTE_MS);
    const overMidnight = from > to;
    if (from < to && (minute < from || minute >= to)) return false;
    if (overMidnight && minute < from && minute >= to) return false;
    // A night belongs to the day on which it began.
    if (overMidnight && minute < to) day--;
  }
  const date = new Date(day * DAY_MS);
  const monthDay = (date.getUTCMonth() + 1) * 100 + date.getUTCDate();
  if (variant.season !== undefined) {
    const [first, last] = variant.season;
    const inside = first <= last ? monthDay >= first && monthDay <= last : monthDay >= first || monthDay <= last;
    if (!inside) return false;
  }
  if (variant.dates !== undefined) {
    const number = date.getUTCFullYear() * 10_000 + monthDay;
    if (number < variant.dates[0] || number > variant.dates[1]) return false;
  }
  return variant.weekdays === undefined || variant.weekdays.includes((date.getUTCDay() + 6) % 7);
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
