import type { Alert } from '../model/alert.ts';
import { SHELVE_MAX_MS } from '../model/bounds.ts';
import type { OperatorAction } from '../model/entry.ts';
import { type ActionRefusal, refusalOf } from '../model/refusal-of.ts';
import type { Book, Occasion } from './book.ts';
import type { Raising } from './raising.ts';
import type { Shelves } from './shelves.ts';

export type ActionOutcome =
  | { readonly ok: true; readonly alert: Alert }
  | {
      readonly ok: false;
      readonly error: 'unknown-alert' | 'conflict';
      readonly code: string;
      readonly detail: string;
    };

/**
 * What is answered to what an alert does not allow. A late alert may be shelved here, though the API refuses it: journals of
 * earlier versions have such actions, and give the alert log that they gave.
 */
const CONFLICTS: Readonly<Record<Exclude<ActionRefusal, 'retrospective'>, readonly [code: string, detail: string]>> = {
  closed: ['alert-not-active', 'it has cleared'],
  acknowledged: ['alert-already-acknowledged', 'somebody has acknowledged it already'],
  'not-latched': ['alert-not-latched', 'only a latched alert is reset; this one clears by itself'],
  'not-active': ['alert-not-active', 'it has cleared'],
  'still-breaching': ['alert-still-breaching', 'the condition still holds; it can be reset once it has passed'],
  'latched-red': ['alert-not-shelvable', 'a latched red alert may not be shelved'],
  'not-shelved': ['alert-not-shelved', 'it is not shelved'],
};

/** Asks evaluation to let go of a latched rule. */
export type ResetRule = (point: string, rule: string) => 'reset' | 'still-breaching' | 'not-latched';

/** What operators do to alerts, and what they may not. */
export interface Actions {
  act(action: OperatorAction, nowMs: number, reset: ResetRule): ActionOutcome;
  /** What was put aside comes back. */
  shelfEnds(point: string, rule: string, atMs: number): void;
}

export function createActions({
  book,
  shelves,
  clear,
}: {
  readonly book: Book;
  readonly shelves: Shelves;
  readonly clear: Raising['clear'];
}): Actions {
  /** A verdict changes nothing of what is live; it is told as a note. */
  function judge(action: Extract<OperatorAction, { do: 'verdict' }>, nowMs: number): ActionOutcome {
    const { alert: id, verdict, closed, by } = action;
    const open = book.find(id);
    const alert = open ?? closed;
    if (alert === null) return unknownAlert('the alert was never there');
    const cause = { code: 'verdict', ref: verdict };
    const log = open === undefined ? book.logPast : book.log;
    return {
      ok: true,
      alert: log('note', { ...alert, verdict }, { atMs: nowMs, nowMs, by, cause, words: action.note }),
    };
  }

  function act(action: OperatorAction, nowMs: number, reset: ResetRule): ActionOutcome {
    if (action.do === 'verdict') return judge(action, nowMs);
    const alert = book.find(action.alert);
    if (alert === undefined) return unknownAlert('the alert is closed or was never there');
    const refused = refusalOf(alert, action.do);
    if (refused !== null && refused !== 'retrospective') return conflict(...CONFLICTS[refused]);
    const { by, note } = action;
    const occasion: Occasion = { atMs: nowMs, nowMs, by, cause: null, words: note };
    switch (action.do) {
      case 'ack': {
        const isOver = alert.state === 'cleared';
        const state = isOver ? 'closed' : alert.state;
        const shelvedUntil = isOver ? null : alert.shelvedUntil;
        const acknowledged: Alert = { ...alert, acknowledged: true, state, shelvedUntil };
        const cause = action.via === undefined ? null : { code: 'answered', ref: action.via };
        return { ok: true, alert: book.log('acknowledged', acknowledged, { ...occasion, cause }) };
      }
      case 'reset': {
        if (reset(alert.point, alert.rule) !== 'reset') return conflict(...CONFLICTS['still-breaching']);
        // Whoever resets has seen it.
        return { ok: true, alert: clear({ ...alert, acknowledged: true }, 'reset', occasion) };
      }
      case 'note':
        return { ok: true, alert: book.log('note', alert, occasion) };
      case 'shelve':
        if (action.untilMs <= nowMs || action.untilMs > nowMs + SHELVE_MAX_MS) {
          return conflict('shelve-time-out-of-range', 'the end must lie ahead, at most 24 h');
        }
        shelves.put(alert, { untilMs: action.untilMs, level: alert.level });
        return { ok: true, alert: book.log('shelved', { ...alert, shelvedUntil: action.untilMs }, occasion) };
      case 'unshelve':
        shelves.remove(alert);
        return { ok: true, alert: book.log('unshelved', { ...alert, shelvedUntil: null }, occasion) };
    }
  }

  return {
    act,
    shelfEnds(point, rule, atMs) {
      shelves.remove({ point, rule });
      const alert = book.ofRule(point, rule);
      if (alert === undefined || alert.shelvedUntil === null) return;
      const occasion = { atMs, nowMs: atMs, by: null, cause: null, words: null };
      book.log('unshelved', { ...alert, shelvedUntil: null }, occasion);
    },
  };
}

function unknownAlert(detail: string): ActionOutcome {
  return { ok: false, error: 'unknown-alert', code: 'alert-not-open', detail };
}

export function conflict(code: string, detail: string): ActionOutcome {
  return { ok: false, error: 'conflict', code, detail };
}
