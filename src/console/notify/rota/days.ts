import { DAY_MS } from '../../../model/time.ts';

/** Days of a calendar as dates `YYYY-MM-DD`; weeks begin on Monday. */

export type CalendarView = 'month' | 'week';

export const dayAfter = (date: string, days: number): string =>
  new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);

/** Monday is 0. */
export const weekdayOf = (date: string): number => (new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7;

const mondayOf = (date: string): string => dayAfter(date, -weekdayOf(date));

/** The days that are shown around a date: its week, or the weeks of its month. */
export function shownDays(view: CalendarView, date: string): string[] {
  const first = mondayOf(view === 'week' ? date : `${date.slice(0, 8)}01`);
  const isShown = (day: string) => day.slice(0, 7) <= date.slice(0, 7);
  const days: string[] = [];
  for (let day = first; days.length < 7 || (view === 'month' && (days.length % 7 > 0 || isShown(day))); ) {
    days.push(day);
    day = dayAfter(day, 1);
  }
  return days;
}

/** A date of the month or week before (-1) or after (1). */
export function turnedTo(view: CalendarView, date: string, by: -1 | 1): string {
  if (view === 'week') return dayAfter(date, by * 7);
  const [year = 0, month = 1] = date.split('-').map(Number);
  return new Date(Date.UTC(year, month - 1 + by, 1)).toISOString().slice(0, 10);
}

const RANGE = /^(\d{4}-\d{2}-\d{2})(?:\s*(?:~|～|–|—|至|到|to|-)\s*(\d{4}-\d{2}-\d{2}))?$/;
/** No holiday is longer; a slip of the year would be. */
const RANGE_DAYS_MAX = 62;

/** Dates and ranges of them as people write them, one in a line; null when a line is neither. */
export function datesOfText(text: string): string[] | null {
  const found = new Set<string>();
  for (const line of text.split(/[\n,，、;；]/).map((one) => one.trim())) {
    if (line === '') continue;
    const [, first, last = first] = RANGE.exec(line) ?? [];
    if (first === undefined || last === undefined || !isDate(first) || !isDate(last) || last < first) return null;
    for (let day = first, count = 0; day <= last; day = dayAfter(day, 1), count++) {
      if (count > RANGE_DAYS_MAX) return null;
      found.add(day);
    }
  }
  return [...found].sort();
}

const isDate = (text: string): boolean => {
  const ms = Date.parse(`${text}T00:00:00Z`);
  return Number.isFinite(ms) && new Date(ms).toISOString().startsWith(text);
};

/** The same as text, days that follow one another as a range. */
export function textOfDates(dates: readonly string[]): string {
  const ranges: { first: string; last: string }[] = [];
  for (const date of [...dates].sort()) {
    const range = ranges.at(-1);
    if (range !== undefined && dayAfter(range.last, 1) >= date) range.last = date;
    else ranges.push({ first: date, last: date });
  }
  return ranges.map(({ first, last }) => (first === last ? first : `${first} ~ ${last}`)).join('\n');
}
