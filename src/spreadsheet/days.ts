import { textOf } from '../model/cell-text.ts';
import type { NotifySetup } from '../model/notify/setup.ts';
import type { SetupSheetPlan, SheetRowFate } from '../model/notify/setup-sheet.ts';
import type { SheetChange } from '../model/spreadsheet.ts';
import { DAY_MS } from '../model/time.ts';
import { type Column, type FoundSheet, findSheet, titleOf } from './columns.ts';
import { collectNotes, type Notes, tellFaults, tellHeadings, valueIn } from './faults.ts';
import { faultInDate, SETUP_PROBLEMS } from './setup-words.ts';
import { type Cell, isFault, type Language, placeName, type Table } from './table.ts';

/**
 * Days off and worked (放假、调休), which rotas go by: a row for each date, or for first and last date, as the State Council
 * announces them. Days that the sheet does not name stay as they are; `usual` takes back what was said of a day.
 */

type DayKey = 'date' | 'to' | 'kind' | 'weekday';
export type DayKind = 'off' | 'working' | 'usual';

export const DAY_COLUMNS: readonly Column<DayKey>[] = [
  { key: 'date', zh: '日期', en: 'date', also: ['开始日期', '起始日期', '开始', 'from', 'start', 'day'], width: 14 },
  { key: 'to', zh: '结束日期', en: 'to', also: ['截止日期', '结束', '至', 'end', 'until'], width: 14 },
  { key: 'kind', zh: '安排', en: 'kind', also: ['类型', '休假安排', '放假安排', 'type'], width: 10 },
  {
    key: 'weekday',
    zh: '星期（只读）',
    en: 'weekday (read only)',
    also: ['星期', 'weekday'],
    readOnly: true,
    width: 12,
  },
];

export const DAYS_SHEET_NAME = { zh: '日历', en: 'calendar' } as const;

const KIND_WORDS: Readonly<Record<Language, Readonly<Record<DayKind, string>>>> = {
  zh: { off: '放假', working: '上班', usual: '平常' },
  en: { off: 'off', working: 'working', usual: 'usual' },
};

const KINDS: readonly (readonly [DayKind, RegExp])[] = [
  ['off', /^(放假|休|休息|休假|假|假期|节假日|法定假日|off|holiday)$/i],
  ['working', /^(上班|班|补班|调休上班|工作|工作日|working|work|workday)$/i],
  ['usual', /^(平常|正常|取消|usual|normal)$/i],
];

const WEEKDAYS: Readonly<Record<Language, readonly string[]>> = {
  zh: ['星期日', '星期一', '星期二', '星期三', '星期四', '星期五', '星期六'],
  en: ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'],
};

/** No holiday is longer; more is a mistyped year. */
const DAYS_MAX = 62;

/** What was read of some days, before it is compared with the calendar. Dates are `YYYY-MM-DD`, both included. */
export interface GivenDays {
  readonly place: string;
  readonly from: string;
  readonly to: string;
  readonly kind: DayKind;
  readonly name: string;
}

/** The heading, and a row for each day off or worked, in the order of the dates. */
export function* dayRows({ calendar }: NotifySetup, language: Language): Generator<readonly Cell[]> {
  yield DAY_COLUMNS.map((column) => titleOf(column, language));
  for (const [date, kind] of [...kindsOf(calendar)].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const weekday = WEEKDAYS[language][new Date(`${date}T00:00:00Z`).getUTCDay()] ?? null;
    const cells: Readonly<Record<DayKey, Cell>> = { date, to: null, kind: KIND_WORDS[language][kind], weekday };
    yield DAY_COLUMNS.map(({ key }) => cells[key]);
  }
}

/** A day that stands in both lists is off: that is how a rota takes it. */
function kindsOf({ off, working }: NotifySetup['calendar']): Map<string, Exclude<DayKind, 'usual'>> {
  return new Map([...working.map((date) => [date, 'working'] as const), ...off.map((date) => [date, 'off'] as const)]);
}

/** The sheet of days in a table; undefined when it is none. */
export function findDays(table: Table): FoundSheet<DayKey> | undefined {
  return findSheet(table, DAY_COLUMNS, (found) => found.has('date') && found.has('kind'));
}

/** What a sheet says of days, and what is wrong with its cells. */
function readDays(
  sheet: FoundSheet<DayKey>,
  language: Language,
  notes: Notes,
): { readonly given: GivenDays[]; readonly wrong: SheetRowFate[] } {
  const problems = SETUP_PROBLEMS[language];
  const { table, columns } = sheet;
  const given: GivenDays[] = [];
  const wrong: SheetRowFate[] = [];
  // Dates are read here, whatever format their cells have.
  const others = DAY_COLUMNS.filter(({ key }) => key !== 'date' && key !== 'to');
  for (let index = sheet.headingRow + 1; index < table.rows.length; index++) {
    const row = table.rows[index] ?? [];
    const place = (key: DayKey) => placeName(table, columns.get(key) ?? columns.get('date') ?? 0, index);
    const cell = (key: DayKey) => row[columns.get(key) ?? -1];
    const dateIn = (key: 'date' | 'to'): string | null | undefined => {
      const found = cell(key);
      if (isFault(found) && found.fault !== 'date') {
        notes.error(place(key), faultInDate(found, language));
        return undefined;
      }
      const text = isFault(found) ? found.found : textOf(found);
      if (text === '') return null;
      const date = dateOf(text);
      if (date === undefined) notes.error(place(key), problems.date(text));
      return date;
    };
    if (row.every((one) => one === null)) continue;
    const isFaulty = tellFaults(sheet, index, others, language, notes);
    const [from, to] = [dateIn('date'), dateIn('to')];
    const kindText = textOf(valueIn(cell('kind')));
    const kind = KINDS.find(([, words]) => words.test(kindText))?.[0];
    if (from === null) notes.error(place('date'), problems.dateNeeded);
    if (!isFaulty && kind === undefined) {
      notes.error(place('kind'), kindText === '' ? problems.kindNeeded : problems.kind(kindText));
    }
    const isWhole = !isFaulty && typeof from === 'string' && to !== undefined && kind !== undefined;
    if (isWhole && isSpan(from, to ?? from, place('to'), language, notes)) {
      given.push({ place: place('date'), from, to: to ?? from, kind, name: '' });
    } else wrong.push({ place: place('date'), id: from ?? '', name: '', fate: 'wrong', changes: [] });
  }
  return { given, wrong };
}

/** Whether first and last date are in order and no further apart than holidays are. */
function isSpan(from: string, to: string, place: string, language: Language, notes: Notes): boolean {
  const problems = SETUP_PROBLEMS[language];
  const days = (dayOf(to) - dayOf(from)) / DAY_MS + 1;
  if (days < 1) notes.error(place, problems.reversed(from, to));
  if (days > DAYS_MAX) notes.error(place, problems.tooLong(days, DAYS_MAX));
  return days >= 1 && days <= DAYS_MAX;
}

/** What a sheet of days would do to the calendar of a setup. */
export function planDaySheet(setup: NotifySetup, sheet: FoundSheet<DayKey>, language: Language): SetupSheetPlan {
  const found = collectNotes();
  tellHeadings(sheet, language, found.notes);
  const { given, wrong } = readDays(sheet, language, found.notes);
  return planDays(setup, given, wrong, language, found);
}

/** What a list of events (iCalendar) would do to the calendar of a setup. */
export function planEvents(setup: NotifySetup, text: string, language: Language): SetupSheetPlan {
  const found = collectNotes();
  const { given, wrong } = readEvents(text, language, found.notes);
  return planDays(setup, given, wrong, language, found);
}

function planDays(
  setup: NotifySetup,
  given: readonly GivenDays[],
  wrong: readonly SheetRowFate[],
  language: Language,
  { notes, errors, warnings }: ReturnType<typeof collectNotes>,
): SetupSheetPlan {
  const problems = SETUP_PROBLEMS[language];
  const words = KIND_WORDS[language];
  const before = kindsOf(setup.calendar);
  const said = new Map<string, GivenDays>();
  const what = titleOf(DAY_COLUMNS[2] ?? { zh: '', en: '' }, language);
  const rows = given.map((one): SheetRowFate => {
    const changes: Omit<SheetChange, 'rule'>[] = [];
    let isWrong = false;
    let isNew = false;
    for (const date of datesBetween(one.from, one.to)) {
      const other = said.get(date);
      if (other !== undefined && other.kind !== one.kind) {
        notes.error(one.place, problems.dayTwice(date, other.place));
        isWrong = true;
        continue;
      }
      said.set(date, one);
      const was = before.get(date) ?? 'usual';
      if (was === one.kind) continue;
      isNew ||= was === 'usual';
      changes.push({ place: one.place, what: `${date} ${what}`, before: words[was], after: words[one.kind] });
    }
    const fate = isWrong ? 'wrong' : changes.length === 0 ? 'same' : isNew ? 'new' : 'changed';
    const id = one.from === one.to ? one.from : `${one.from} – ${one.to}`;
    return { place: one.place, id, name: one.name, fate, changes };
  });
  const after = new Map<string, DayKind>([...before, ...[...said].map(([date, { kind }]) => [date, kind] as const)]);
  const datesOf = (kind: DayKind) => [...after].flatMap(([date, of]) => (of === kind ? [date] : [])).sort();
  return {
    setup: { ...setup, calendar: { off: datesOf('off'), working: datesOf('working') } },
    rows: [...rows, ...wrong],
    untouched: [...before.keys()].filter((date) => !said.has(date)).length,
    errors,
    warnings,
    placeOf: () => '',
  };
}

function* datesBetween(from: string, to: string): Generator<string> {
  for (let ms = dayOf(from); ms <= dayOf(to); ms += DAY_MS) yield dateText(ms);
}

const dayOf = (date: string): number => Date.parse(`${date}T00:00:00Z`);
const dateText = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** `2026-10-01`, `2026/10/1`, `2026.10.1`, `2026年10月1日` and `20261001` as `YYYY-MM-DD`; undefined for what is no date. */
function dateOf(text: string): string | undefined {
  const plain = text
    .normalize('NFKC')
    .replace(/\s+/g, '')
    .replace(/[（(].*$/, '');
  const parts =
    /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$/.exec(plain) ?? /^(\d{4})(\d\d)(\d\d)$/.exec(plain) ?? undefined;
  if (parts === undefined) return undefined;
  const [, year = '', month = '', day = ''] = parts;
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  const ms = dayOf(date);
  // The 31st of a month of 30 days would be the first of the next one.
  return Number.isNaN(ms) || dateText(ms) !== date ? undefined : date;
}

// Events.

/** A calendar of holidays has some dozens of events a year. */
const EVENTS_MAX = 2_000;

/**
 * The days of an iCalendar list (RFC 5545), as calendars of Chinese holidays are handed round: events of whole days whose
 * summary, or X-APPLE-SPECIAL-DAY, says whether the day is off or worked. What says neither, such as a festival, is left alone
 * and told.
 */
function readEvents(
  text: string,
  language: Language,
  notes: Notes,
): { readonly given: GivenDays[]; readonly wrong: SheetRowFate[] } {
  const problems = SETUP_PROBLEMS[language];
  const given: GivenDays[] = [];
  const wrong: SheetRowFate[] = [];
  for (const [at, event] of eventsIn(text).entries()) {
    const place = `VEVENT ${at + 1}`;
    const name = event.get('SUMMARY') ?? '';
    const from = dateOf(event.get('DTSTART') ?? '');
    const endText = event.get('DTEND');
    const end = endText === undefined ? undefined : dateOf(endText);
    const kind = kindOfEvent(event);
    if (from === undefined || (endText !== undefined && end === undefined)) notes.error(place, problems.eventDate);
    else if (event.has('RRULE')) notes.error(place, problems.eventRepeats);
    else if (kind === undefined) {
      notes.warning(place, problems.eventKind(name));
      continue;
    } else {
      // The end of an event of whole days is the day after its last; one without an end, or with its own day for one, is a day.
      const to = end === undefined || end === from ? from : dateText(dayOf(end) - DAY_MS);
      if (isSpan(from, to, place, language, notes)) {
        given.push({ place, from, to, kind, name });
        continue;
      }
    }
    wrong.push({ place, id: from ?? '', name, fate: 'wrong', changes: [] });
  }
  return { given, wrong };
}

/** Properties of each event by name, without their parameters. Lines that are folded are one (RFC 5545, 3.1). */
function eventsIn(text: string): ReadonlyMap<string, string>[] {
  const events: Map<string, string>[] = [];
  let open: Map<string, string> | undefined;
  for (const line of text.replace(/\r?\n[ \t]/g, '').split(/\r?\n/)) {
    const [, property = '', value = ''] = /^([A-Za-z-]+)(?:;[^:]*)?:(.*)$/.exec(line) ?? [];
    const name = property.toUpperCase();
    if (name === 'BEGIN' && value.trim().toUpperCase() === 'VEVENT') {
      open = new Map();
      if (events.push(open) >= EVENTS_MAX) return events;
    } else if (name === 'END' && value.trim().toUpperCase() === 'VEVENT') open = undefined;
    else if (name !== '' && open !== undefined && !open.has(name)) open.set(name, value.trim());
  }
  return events;
}

/** Whether a text is an iCalendar list at all. */
export function isCalendarText(text: string): boolean {
  return /^\s*\uFEFF?BEGIN:VCALENDAR\b/i.test(text);
}

function kindOfEvent(event: ReadonlyMap<string, string>): 'off' | 'working' | undefined {
  const special = event.get('X-APPLE-SPECIAL-DAY') ?? '';
  if (/^WORK-HOLIDAY$/i.test(special)) return 'off';
  if (/^ALTERNATE-WORKDAY$/i.test(special)) return 'working';
  // 调休 alone may mean either: the day that is given, and the one that is worked for it.
  const summary = (event.get('SUMMARY') ?? '').replaceAll('调休', ' ');
  const isWorked = /补班|上班|调班|[（(\s]班[）)]?$|workday|working day/i.test(summary);
  const isOff = /休|假|holiday|day off/i.test(summary);
  if (isWorked === isOff) return undefined;
  return isWorked ? 'working' : 'off';
}
