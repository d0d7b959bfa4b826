import { openAlertFollower } from '../alerts/follower.ts';
import { openAlertStore } from '../alerts/store.ts';
import { createEvaluator } from '../evaluate/evaluator.ts';
import type { Journal } from '../journal/journal.ts';
import type { AlertEvent } from '../model/alert.ts';
import { decodeEntries } from '../model/entry.ts';
import type { Registry } from '../points/registry.ts';

const READ_BYTES = 8 << 20;

/**
 * Runs a whole journal through evaluation as if for the first time, and gives the alert log that comes out. It is what
 * live evaluation wrote, entry by entry, if the promise "replay equals live" holds.
 */
export function evaluateJournal(
  journal: Pick<Journal, 'read' | 'nextPosition' | 'firstPosition'>,
  registry: Registry,
): AlertEvent[] {
  const log: AlertEvent[] = [];
  const store = openAlertStore(':memory:');
  const follower = openAlertFollower({
    evaluation: createEvaluator(),
    store,
    definitions: (ids) => registry.definitions(ids),
    onEvents: (events) => log.push(...events),
    onBug(error) {
      throw error;
    },
  });
  for (let position = journal.firstPosition(); position < journal.nextPosition(); ) {
    const rows = journal.read(position, READ_BYTES);
    if (rows.length === 0) break;
    for (const { first, count, data } of rows) {
      follower.take(first, decodeEntries(data));
      position = first + count;
    }
  }
  store.close();
  return log;
}
