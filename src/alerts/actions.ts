import type { Alert } from '../model/alert.ts';
import { SHELVE_MAX_MS } from '../model/bounds.ts';
import type { OperatorAction } from '../model/entry.ts';
import { type ActionRefusal, refusalOf } from '../model/refusal-of.ts';
import { type ResponseRefusal, responseRefusal } from '../model/response-act.ts';
import type { Book, Occasion } from './book.ts';
import type { Raising } from './raising.ts';
import { respond } from './responding.ts';
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

const RESPONSE_CONFLICTS: Readonly<Record<ResponseRefusal, string>> = {
  'response-closed': 'the response was closed; reopen it first',
  'response-not-closed': 'the response was not closed',
  'reopen-too-late': 'it was closed too long ago',
  'too-many-dispatches': 'so many have been sent already',
  'nobody-dispatched': 'nobody was sent',
  'dispatch-unknown': 'there is no dispatch of this number',
  'dispatch-unclear': 'it can be several dispatches; give the number of one',
  'dispatch-answered': 'it was accepted or declined already',
  'dispatch-reported': 'it was declined, or reported already',
  'not-arrived': 'nobody has arrived yet',
  'still-under-way': 'somebody is on his way or still there',
  'feedback-missing': 'nobody has said what it was',
  'step-done': 'the step was ticked off already',
  'alert-still-active': 'the condition still holds',
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
    const alert = known(id, closed);
    if (alert === null) return unknownAlert('the alert was never there');
    const cause = { code: 'verdict', ref: verdict };
    const occasion = { atMs: nowMs, nowMs, by, cause, words: action.note };
    return { ok: true, alert: book.logAny('note', { ...alert, verdict }, occasion) };
  }

  /** An alert as it is at present; `closed` is as it was when the action was asked for, of one that is forgotten here. */
  function known(id: string, closed: Alert | null): Alert | null {
    return book.find(id) ?? book.findResponding(id) ?? closed;
  }

  /** Whoever sends somebody or does something about an alert has seen it: that acknowledges it. */
  function carryOn(action: Extract<OperatorAction, { do: 'respond' }>, nowMs: number): ActionOutcome {
    const { act: asked, by, note } = action;
    const alert = known(action.alert, action.closed);
    if (alert === null) return unknownAlert('the alert was never there');
    const refused = responseRefusal(alert, asked, nowMs);
    if (refused !== null) return conflict(refused, RESPONSE_CONFLICTS[refused]);
    // Nobody reports what is still to come: the clock he goes by is ahead.
    const atMs = Math.min(action.occurredAtMs ?? nowMs, nowMs);
    const isNotice = (asked.act === 'dispatch' || asked.act === 'step') && refusalOf(alert, 'ack') === null;
    const notice: Occasion = { atMs: nowMs, nowMs, by, cause: { code: asked.act }, words: null };
    const seen = isNotice ? book.logAny('acknowledged', acknowledged(alert), notice) : alert;
    const { event, alert: next, cause } = respond(seen, asked, by, atMs);
    return { ok: true, alert: book.logAny(event, next, { atMs, nowMs, by, cause, words: note }) };
  }

  function act(action: OperatorAction, nowMs: number, reset: ResetRule): ActionOutcome {
    if (action.do === 'verdict') return judge(action, nowMs);
    if (action.do === 'respond') return carryOn(action, nowMs);
    const alert = book.find(action.alert);
    if (alert === undefined) return unknownAlert('the alert is closed or was never there');
    const refused = refusalOf(alert, action.do);
    if (refused !== null && refused !== 'retrospective') return conflict(...CONFLICTS[refused]);
    const { by, note } = action;
    const occasion: Occasion = { atMs: nowMs, nowMs, by, cause: null, words: note };
    switch (action.do) {
      case 'ack': {
        const cause = action.via === undefined ? null : { code: 'answered', ref: action.via };
        return { ok: true, alert: book.log('acknowledged', acknowledged(alert), { ...occasion, cause }) };
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

/** Somebody has seen it; one that has cleared needs no more. */
function acknowledged(alert: Alert): Alert {
  const isOver = alert.state === 'cleared';
  return {
    ...alert,
    acknowledged: true,
    state: isOver ? 'closed' : alert.state,
    shelvedUntil: isOver ? null : alert.shelvedUntil,
  };
}

function unknownAlert(detail: string): ActionOutcome {
  return { ok: false, error: 'unknown-alert', code: 'alert-not-open', detail };
}

export function conflict(code: string, detail: string): ActionOutcome {
  return { ok: false, error: 'conflict', code, detail };
}
