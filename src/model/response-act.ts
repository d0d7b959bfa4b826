import type { Alert, Verdict } from './alert.ts';
import { DISPATCHES_MAX, REOPEN_MAX_MS } from './bounds.ts';
import { type Assignee, type Dispatch, NO_RESPONSE, type PlanProgress, underWay } from './response.ts';

type PlanRef = Pick<PlanProgress, 'id' | 'revision'>;
type Step = PlanProgress['steps'][number];

/** What somebody does in the response to an alert. `dispatch`: the number of one; null: the one that it can only be. */
export type ResponseAct =
  | { readonly act: 'dispatch'; readonly to: Assignee }
  | { readonly act: DispatchAct; readonly dispatch: number | null }
  | {
      readonly act: 'feedback';
      readonly verdict: Verdict;
      readonly cause: string | null;
      readonly measures: string | null;
      readonly moved: number | null;
    }
  /** A step of the plan that applies; `do`: its words. */
  | { readonly act: 'step'; readonly plan: PlanRef; readonly step: string; readonly do: Step['do'] }
  | { readonly act: 'close' }
  | { readonly act: 'reopen' };

/** What is done to one dispatch. */
export const DISPATCH_ACTS = ['accept', 'decline', 'arrive', 'handle'] as const;
export type DispatchAct = (typeof DISPATCH_ACTS)[number];

/** Why something cannot be done in a response: codes of api/problems.ts. */
export type ResponseRefusal =
  | 'response-closed'
  | 'response-not-closed'
  | 'reopen-too-late'
  | 'too-many-dispatches'
  | 'nobody-dispatched'
  | 'dispatch-unknown'
  | 'dispatch-unclear'
  | 'dispatch-answered'
  | 'dispatch-reported'
  | 'not-arrived'
  | 'still-under-way'
  | 'feedback-missing'
  | 'step-done'
  | 'alert-still-active';

/** Why this cannot be done; null when nothing stands against it. Lifecycle and console go by this. */
export function responseRefusal(alert: Alert, act: ResponseAct, nowMs: number): ResponseRefusal | null {
  const response = alert.response ?? NO_RESPONSE;
  if (act.act === 'reopen') {
    if (response.closedAt === null) return 'response-not-closed';
    return nowMs > response.closedAt + REOPEN_MAX_MS ? 'reopen-too-late' : null;
  }
  if (response.closedAt !== null) return 'response-closed';
  switch (act.act) {
    case 'dispatch':
      return response.dispatches.length >= DISPATCHES_MAX ? 'too-many-dispatches' : null;
    case 'step':
      return stepDone(alert, act.plan.id, act.step) === undefined ? null : 'step-done';
    case 'feedback':
      return underWay(response).length > 0 ? 'still-under-way' : null;
    case 'close':
      if (underWay(response).length > 0) return 'still-under-way';
      if (response.feedback === null) return 'feedback-missing';
      return alert.state === 'active' ? 'alert-still-active' : null;
    default: {
      const meant = dispatchMeant(alert, act.act, act.dispatch);
      return typeof meant === 'string' ? meant : null;
    }
  }
}

/** A step of a plan that was ticked off; undefined while it was not, or while another plan is followed. */
export function stepDone({ response }: Pick<Alert, 'response'>, plan: string, step: string): Step | undefined {
  const followed = response?.plan;
  return followed?.id === plan ? followed.steps.find((one) => one.step === step) : undefined;
}

/** The dispatch that an act is about, or why there is none. */
export function dispatchMeant(alert: Alert, act: DispatchAct, number: number | null): Dispatch | ResponseRefusal {
  const { dispatches } = alert.response ?? NO_RESPONSE;
  if (number !== null) {
    const dispatch = dispatches.find((one) => one.number === number);
    return dispatch === undefined ? 'dispatch-unknown' : (refusalOfDispatch(dispatch, act) ?? dispatch);
  }
  const [first] = dispatches;
  if (first === undefined) return 'nobody-dispatched';
  const fitting = dispatches.filter((one) => refusalOfDispatch(one, act) === null);
  const [only, other] = fitting;
  if (other !== undefined) return 'dispatch-unclear';
  return only ?? refusalOfDispatch(dispatches.at(-1) ?? first, act) ?? 'nobody-dispatched';
}

/** Why something cannot be done to a dispatch: it has its order. Who comes without having said so has accepted. */
export function refusalOfDispatch({ state }: Dispatch, act: DispatchAct): ResponseRefusal | null {
  const isOver = state === 'declined' || state === 'handled';
  switch (act) {
    case 'accept':
      return state === 'waiting' ? null : 'dispatch-answered';
    // Who has accepted may be held up; who is there can only be done.
    case 'decline':
      return state === 'waiting' || state === 'accepted' ? null : isOver ? 'dispatch-reported' : 'dispatch-answered';
    case 'arrive':
      return state === 'waiting' || state === 'accepted' ? null : 'dispatch-reported';
    case 'handle':
      return state === 'arrived' ? null : isOver ? 'dispatch-reported' : 'not-arrived';
  }
}
