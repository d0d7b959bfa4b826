import type { Alert, Cause } from '../model/alert.ts';
import { type Dispatch, NO_RESPONSE, type Response, type ResponseEvent, staged } from '../model/response.ts';
import { type DispatchAct, dispatchMeant, type ResponseAct } from '../model/response-act.ts';

/** What a response act makes of an alert that allows it (`responseRefusal` of the model). */
export interface Responded {
  readonly event: ResponseEvent;
  readonly alert: Alert;
  /** The dispatch or the step that it is about. */
  readonly cause: Cause | null;
}

/** `atMs`: when it happened, which may be before it came. */
export function respond(alert: Alert, act: ResponseAct, by: string, atMs: number): Responded {
  const response = alert.response ?? NO_RESPONSE;
  const to = (event: ResponseEvent, next: Response, cause: Cause | null = null): Responded => ({
    event,
    alert: { ...alert, response: next },
    cause,
  });
  switch (act.act) {
    case 'dispatch': {
      const number = response.dispatches.length + 1;
      const times = { answeredAt: null, arrivedAt: null, handledAt: null };
      const dispatch: Dispatch = { number, to: act.to, state: 'waiting', by, at: atMs, ...times };
      // What was reported is of what was done until then; whoever is sent now reports anew.
      const dispatches = [...response.dispatches, dispatch];
      return to('dispatched', staged({ ...response, dispatches, feedback: null }), ofDispatch(number));
    }
    case 'feedback': {
      const { verdict, cause, measures, moved } = act;
      const next = staged({ ...response, feedback: { cause, measures, moved, by, at: atMs } });
      const { event, alert: reported } = to('feedback', next);
      return { event, alert: { ...reported, verdict }, cause: null };
    }
    case 'step': {
      const { plan, step } = act;
      const before = response.plan?.id === plan.id ? response.plan.steps : [];
      const steps = [...before, { step, do: act.do, by, at: atMs }];
      return to('step-done', staged({ ...response, plan: { ...plan, steps } }), { code: 'step', ref: step });
    }
    case 'close':
      return to('closed', staged({ ...response, closedAt: atMs, closedBy: by }));
    case 'reopen':
      return to('reopened', staged({ ...response, closedAt: null, closedBy: null, feedback: null }));
    default: {
      const meant = dispatchMeant(alert, act.act, act.dispatch);
      if (typeof meant === 'string') throw new Error(`${act.act} was let through although ${meant}`);
      const dispatches = response.dispatches.map((one) =>
        one.number === meant.number ? dispatchAfter(one, act.act, atMs) : one,
      );
      return to(EVENT_OF[act.act], staged({ ...response, dispatches }), ofDispatch(meant.number));
    }
  }
}

const ofDispatch = (number: number): Cause => ({ code: 'dispatch', ref: String(number) });

const EVENT_OF = {
  accept: 'accepted',
  decline: 'declined',
  arrive: 'arrived',
  handle: 'handled',
} as const satisfies Readonly<Record<DispatchAct, ResponseEvent>>;

function dispatchAfter(dispatch: Dispatch, act: DispatchAct, atMs: number): Dispatch {
  switch (act) {
    case 'accept':
      return { ...dispatch, state: 'accepted', answeredAt: atMs };
    case 'decline':
      return { ...dispatch, state: 'declined', answeredAt: atMs };
    case 'arrive':
      return { ...dispatch, state: 'arrived', answeredAt: dispatch.answeredAt ?? atMs, arrivedAt: atMs };
    case 'handle':
      return { ...dispatch, state: 'handled', handledAt: atMs };
  }
}
