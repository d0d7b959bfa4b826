import { setImmediate } from 'node:timers/promises';
import type { NotifySetup } from '../model/notify/setup.ts';
import type { SetupSheetOutcome, SetupSheetPlan } from '../model/notify/setup-sheet.ts';
import type { AreaRecord } from '../model/registry.ts';
import type { FoundSheet } from './columns.ts';
import { DAY_COLUMNS, DAYS_SHEET_NAME, dayRows, findDays, isCalendarText, planDaySheet, planEvents } from './days.ts';
import { findPeople, PEOPLE_SHEET_NAME, PERSON_COLUMNS, peopleRows, planPeople } from './people.ts';
import { SETUP_PROBLEMS } from './setup-words.ts';
import { type FileFormat, type Language, placeName, type Table, UnreadableFileError } from './table.ts';
import { type FileWork, IN_THREADS, tableOf } from './threads.ts';
import { PROBLEMS } from './words.ts';

/** Parts of the setup of who is told as spreadsheets, out and back in. Nothing is changed here. */
export interface SetupSheets {
  /** Stops with the signal; rejects with NoTurnError when too many files are being read and written. */
  write(
    sheet: 'people' | 'days',
    setup: NotifySetup,
    how: { readonly format: FileFormat; readonly language: Language },
    signal?: AbortSignal,
  ): Promise<Uint8Array>;
  /** What a file would change of a setup. `ics`: a list of events, for days alone. */
  plan(
    sheet: 'people' | 'days',
    setup: NotifySetup,
    file: { readonly bytes: Uint8Array<ArrayBuffer>; readonly format: FileFormat | 'ics'; readonly language: Language },
    signal?: AbortSignal,
  ): Promise<SetupSheetOutcome>;
}

const pause = () => setImmediate();

export function createSetupSheets(areas: () => readonly AreaRecord[], files: FileWork = IN_THREADS): SetupSheets {
  async function tablesOf(
    bytes: Uint8Array<ArrayBuffer>,
    format: FileFormat,
    language: Language,
    signal: AbortSignal | undefined,
  ): Promise<Table[] | string> {
    try {
      return await files.read(bytes, format, signal);
    } catch (error) {
      if (error instanceof UnreadableFileError) return error.words[language];
      throw error;
    }
  }

  return {
    write(sheet, setup, { format, language }, signal) {
      const table =
        sheet === 'people'
          ? tableOf(PEOPLE_SHEET_NAME[language], PERSON_COLUMNS, 2, peopleRows(setup, areas(), language))
          : tableOf(DAYS_SHEET_NAME[language], DAY_COLUMNS, 1, dayRows(setup, language));
      return files.write([table], format, pause, signal);
    },

    async plan(sheet, setup, { bytes, format, language }, signal) {
      const problems = SETUP_PROBLEMS[language];
      if (format === 'ics') {
        const text = new TextDecoder().decode(bytes);
        if (!isCalendarText(text)) return { ok: false, message: problems.noCalendar };
        return { ok: true, plan: planEvents(setup, text, language) };
      }
      const tables = await tablesOf(bytes, format, language, signal);
      if (typeof tables === 'string') return { ok: false, message: tables };
      const [plan, none] =
        sheet === 'people'
          ? [
              planFirst(tables, language, findPeople, (one) => planPeople(setup, areas(), one, language)),
              'noPeople' as const,
            ]
          : [planFirst(tables, language, findDays, (one) => planDaySheet(setup, one, language)), 'noDays' as const];
      return plan === undefined ? { ok: false, message: problems[none] } : { ok: true, plan };
    },
  };
}

/** Plans the first sheet that is one of those looked for, and says which others were not read. */
function planFirst<K extends string>(
  tables: readonly Table[],
  language: Language,
  find: (table: Table) => FoundSheet<K> | undefined,
  planOf: (sheet: FoundSheet<K>) => SetupSheetPlan,
): SetupSheetPlan | undefined {
  const problems = PROBLEMS[language];
  let first: { readonly name: string; readonly plan: SetupSheetPlan } | undefined;
  const left: { readonly place: string; readonly message: string }[] = [];
  for (const table of tables) {
    const place = placeName(table, 0, 0);
    const found = table.isHidden === true ? undefined : find(table);
    if (table.isHidden === true) left.push({ place, message: problems.hiddenSheet });
    else if (found !== undefined && first === undefined) first = { name: table.name, plan: planOf(found) };
    else if (found !== undefined) left.push({ place, message: problems.sheetTwice(first?.name ?? '') });
    else if (table.rows.length > 0) left.push({ place, message: problems.unknownSheet });
  }
  return first === undefined ? undefined : { ...first.plan, warnings: [...first.plan.warnings, ...left] };
}
