import type { Intent } from '../../model/notify/delivery.ts';
import type { Rehearsed } from '../../model/notify/rehearsal.ts';
import type { Input } from '../decide/input.ts';
import type { Desk } from './desk.ts';
import type { Fates } from './fates.ts';
import type { StoredIntent } from './store.ts';

/**
 * Rehearsals (查岗): intents without alerts, one for each person and each of his channels. They go through the same outbox as
 * alerts do, behind them, and within the same budgets; their ids alone say that they belong together.
 */

/** Of no channel: kept, so that the record says that nothing reaches him. */
const NO_CHANNEL = '';

export function createRehearsing(desk: Desk, fates: Fates) {
  function rehearse(rehearsal: string, of: readonly Rehearsed[], atMs: number): Input[] {
    return of.flatMap(({ person, channels }) => {
      if (channels.length > 0) {
        return channels.flatMap((channel) => fates.admit(intentOf(rehearsal, person, channel, atMs), atMs));
      }
      const intent = intentOf(rehearsal, person, NO_CHANNEL, atMs);
      desk.store.addIntent(intent);
      const stored = desk.store.intent(intent.id);
      return stored === undefined ? [] : fates.fail(stored, 'no channel reaches this person', atMs);
    });
  }

  const messagesOf = (rehearsal: string): readonly StoredIntent[] => desk.store.intentsWithPrefix(prefixOf(rehearsal));

  return { rehearse, messagesOf };
}

const prefixOf = (rehearsal: string): string => `rehearsal/${rehearsal}/`;

function intentOf(rehearsal: string, person: string, channel: string, atMs: number): Intent {
  return {
    id: `${prefixOf(rehearsal)}${person}/${channel}`,
    reason: 'rehearsal',
    alerts: [],
    level: null,
    channel,
    to: { person },
    atMs,
    route: null,
    step: null,
    follows: null,
  };
}
