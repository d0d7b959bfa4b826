import type { Duty, Rota, WorkCalendar } from '../../model/notify/rota.ts';
import type { NotifySetup } from '../../model/notify/setup.ts';

/** Who is on duty at a time; null: nobody is. */
export type DutyAt = (rota: Rota, calendar: WorkCalendar, atMs: number) => Duty | null;

/** A revision of the setup, ready to be asked. Made once for each revision. */
export interface DecideSetup {
  readonly revision: number;
  readonly setup: NotifySetup;
  /** The name of the alert log, for ids. */
  readonly log: string;
}
