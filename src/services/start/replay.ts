import type { AlertFollower } from '../../alerts/follower.ts';
import type { Journal } from '../../journal/journal.ts';
import { decodeEntries } from '../../model/entry.ts';
import type { QuarantineStore } from '../../quarantine/store.ts';

const READ_BYTES = 8 << 20;

/** Brings the followers that live on this thread up to the end of the journal. */
export function replay(
  journal: Journal,
  { alerts, quarantine }: { alerts: AlertFollower; quarantine: QuarantineStore },
): void {
  let position = Math.min(alerts.replayFrom(), quarantine.position() + 1);
  while (position < journal.nextPosition()) {
    const rows = journal.read(position, READ_BYTES);
    if (rows.length === 0) return;
    for (const { first, count, data, node } of rows) {
      const entries = decodeEntries(data);
      alerts.take(first, entries, node);
      quarantine.take(first, entries);
      position = first + count;
    }
  }
}
