import type { Alert } from '../../model/alert.ts';
import { type ActionRefusal, type AlertAction, refusalOf, resetNeedsReason } from '../../model/refusal-of.ts';
import type { Given } from '../../wire/calls.ts';
import { call } from '../api/client.ts';
import type { Live } from '../live/live.ts';
import { createStore, type Store } from '../live/store.ts';

export type Action = AlertAction;

/** What goes with an action; what each of them takes is in the table of calls. */
export type ActionBody = NonNullable<
  Given<'POST /alerts/{id}/ack'>['body'] & Given<'POST /alerts/{id}/shelve'>['body']
>;

export interface Failure {
  readonly alert: Alert;
  readonly error: unknown;
}

export interface Actions {
  /** What was asked for and is not yet in the log, by alert: shown at once, and taken back when it fails. */
  readonly pending: Store<ReadonlyMap<string, Alert>>;
  /** Does the same to several alerts; gives those that the server refused. */
  run(action: Action, alerts: readonly Alert[], body?: ActionBody): Promise<readonly Failure[]>;
}

/** At the same time, so that acknowledging fifty alerts is quick and yet no burst. */
const PARALLEL = 6;
/** After the server's yes, the event normally follows within milliseconds; a screen without live events waits so long. */
const SETTLE_MS = 5_000;

/** What the alert will look like when the server agrees. */
function expected(action: Action, alert: Alert, body: ActionBody): Alert {
  switch (action) {
    case 'ack':
      return { ...alert, acknowledged: true };
    case 'shelve':
      return { ...alert, shelvedUntil: typeof body.until === 'number' ? body.until : alert.shelvedUntil };
    case 'unshelve':
      return { ...alert, shelvedUntil: null };
    default:
      return alert;
  }
}

export function createActions(live: Live): Actions {
  const pending = createStore<ReadonlyMap<string, Alert>>(new Map());

  function put(id: string, alert: Alert | null): void {
    const next = new Map(pending.get());
    if (alert === null) next.delete(id);
    else next.set(id, alert);
    pending.set(next);
  }

  // An entry of the log that is as new as the server's answer takes the place of what was only expected.
  live.onEvents((events) => {
    for (const { alert } of events) {
      const waiting = pending.get().get(alert.id);
      if (waiting !== undefined && alert.seq > waiting.seq) put(alert.id, null);
    }
  });

  async function runOne(action: Action, alert: Alert, body: ActionBody): Promise<Failure | null> {
    put(alert.id, expected(action, alert, body));
    try {
      await call(`POST /alerts/{id}/${action}`, { path: { id: alert.id }, body });
      setTimeout(() => put(alert.id, null), SETTLE_MS);
      return null;
    } catch (error) {
      put(alert.id, null);
      return { alert, error };
    }
  }

  return {
    pending,
    async run(action, alerts, body = {}) {
      const failures: Failure[] = [];
      const queue = [...alerts];
      const worker = async () => {
        for (let alert = queue.shift(); alert !== undefined; alert = queue.shift()) {
          const failure = await runOne(action, alert, body);
          if (failure !== null) failures.push(failure);
        }
      };
      await Promise.all(Array.from({ length: PARALLEL }, worker));
      return failures;
    },
  };
}

/** Whether the action needs something to be written down for one of these alerts. */
export function needsNote(action: Action, alerts: readonly Alert[]): boolean {
  return action === 'note' || (action === 'reset' && alerts.some(resetNeedsReason));
}

/** Why an action is not to be had for an alert, as a key of `why` in the dictionaries; null when it is. */
export function refusal(action: Action, alert: Alert) {
  return REFUSALS[refusalOf(alert, action) ?? 'none'];
}

const REFUSALS = {
  none: null,
  closed: 'closed',
  'not-active': 'closed',
  'not-latched': 'notLatched',
  'still-breaching': 'notRecovered',
  acknowledged: 'acknowledged',
  retrospective: 'retrospective',
  'latched-red': 'latchedRed',
  // Nobody is offered to take back what is not there.
  'not-shelved': null,
} as const satisfies Readonly<Record<ActionRefusal | 'none', string | null>>;
