import type { ProblemPath } from '../problem.ts';
import type { SheetChange, SheetNote } from '../spreadsheet.ts';
import type { NotifySetup } from './setup.ts';

/** What a sheet of people, or of days off and worked, would change of a setup: what spreadsheet/ finds out and the API tells. */

/** What becomes of a row: `same`: it says what is in force; `wrong`: a cell of it cannot be; `stale`: exported before another change. */
export const ROW_FATES = ['new', 'changed', 'same', 'wrong', 'stale'] as const;
export type RowFate = (typeof ROW_FATES)[number];

export interface SheetRowFate {
  /** Its first cell, `people!A2`; of a list of events the event, `VEVENT 3`. */
  readonly place: string;
  /** Of the person; a date, or first and last date, of days. Empty when the row does not say it. */
  readonly id: string;
  readonly name: string;
  readonly fate: RowFate;
  readonly changes: readonly Omit<SheetChange, 'rule'>[];
}

/** With an error or a stale row nothing of it may be done. */
export interface SetupSheetPlan {
  /** As it would be; what the file does not mention is as it was. */
  readonly setup: NotifySetup;
  readonly rows: readonly SheetRowFate[];
  /** Entries of the setup that the file does not mention; they stay. */
  readonly untouched: number;
  readonly errors: readonly SheetNote[];
  readonly warnings: readonly SheetNote[];
  /** The cell that says what the check of the setup found wrong; empty when none does. */
  placeOf(path: ProblemPath): string;
}

export type SetupSheetOutcome =
  | { readonly ok: true; readonly plan: SetupSheetPlan }
  /** The file cannot be read; the words are for who sent it. */
  | { readonly ok: false; readonly message: string };
