import type { Alert, AlertEvent } from '../alert.ts';
import type { PreviewAssumptions } from './people-preview.ts';
import type { NotifySetup } from './setup.ts';
import type { Silence } from './silence.ts';

/** A setup with the number of its revision; 0 for one that is only proposed. */
export interface SetupRevision {
  readonly revision: number;
  readonly setup: NotifySetup;
}

/** A revision as it was made. */
export interface SetupRecord extends SetupRevision {
  readonly author: string;
  readonly atMs: number;
  readonly reason: string | null;
}

/** Who would get this alert, were it raised then? */
export interface ExplainRequest extends SetupRevision {
  readonly silences: readonly Silence[];
  readonly alert: Alert;
  /** The area of its point and those above it, nearest first. */
  readonly areas: readonly string[];
  readonly atMs: number;
}

/** Who would have been told what over these entries? */
export interface PreviewPeopleRequest extends SetupRevision {
  readonly entries: readonly RecordedEntry[];
  /** Deadlines after it are not met. */
  readonly toMs: number;
  readonly assumptions: PreviewAssumptions;
}

/** An entry of the alert log as it was written, with when that was and where its point lay. */
export interface RecordedEntry {
  readonly event: AlertEvent;
  readonly areas: readonly string[];
  /** By the server's clock; entries are in the order of their numbers and times do not fall. */
  readonly atMs: number;
}

/**
 * When an entry was written, by the server's clock, as well as the log knows: the arrival of what raised or announced it, else
 * the time it names.
 */
export function entryAtMs({ event, at, alert }: AlertEvent): number {
  return event === 'raised' ? alert.receivedAt : at;
}
