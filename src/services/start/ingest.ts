import type { Intake } from '../../decode/intake.ts';
import type { Journal } from '../../journal/journal.ts';
import type { JournalEntry } from '../../model/entry.ts';
import type { Ingest, ReadSummary } from '../../model/source.ts';

export interface IngestOptions {
  readonly intake: Pick<Intake, 'entries'>;
  readonly journal: Pick<Journal, 'append'>;
  /** A device has sent more in one message than is read. */
  readonly onTooLarge: (device: string, bytes: number) => void;
}

const NOBODY_WAITS = () => {};

/**
 * What all sources hand their messages to: what can be read of one and what can't goes into the journal together, and its
 * sender is answered when the last of it is on disk, which all before it then are too.
 */
export function createIngest({ intake, journal, onTooLarge }: IngestOptions): Ingest {
  return (message, done) => {
    const entries = intake.entries(message);
    message.onRead?.(summaryOf(entries));
    if (message.oversizedBytes !== undefined) onTooLarge(message.device, message.oversizedBytes);
    const last = entries.length - 1;
    entries.forEach((entry, index) => {
      if (index === last) journal.append(entry, done, message.unreleased);
      else journal.append(entry, NOBODY_WAITS);
    });
  };
}

function summaryOf(entries: readonly JournalEntry[]): ReadSummary {
  let readings = 0;
  let quarantined: ReadSummary['quarantined'] = null;
  for (const entry of entries) {
    if (entry.kind === 'message') readings += entry.readings.length;
    else if (entry.kind === 'quarantine') quarantined = { reason: entry.reason, why: entry.why };
  }
  return { readings, quarantined };
}
