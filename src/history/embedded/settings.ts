import type { JournalRange } from '../shared/protocol.ts';

/** How long what is kept; by a reading's own time. */
export interface Retention {
  readonly rawMs: number;
  /** Summaries by the minute. */
  readonly minuteMs: number;
  /** Summaries by the hour and day. */
  readonly hourMs: number;
}

/** What the thread that owns the history is started with. */
export interface WorkerSettings {
  readonly dir: string;
  readonly retention: Retention;
  readonly nowMs: number;
  readonly journal: JournalRange;
  readonly queryTimeoutMs: number;
}
