import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { Clock } from '../../lib/clock.ts';
import type { Alert } from '../../model/alert.ts';
import { knownOf } from '../../model/problem.ts';
import type { Assignee } from '../../model/response.ts';
import type { ResponseAct } from '../../model/response-act.ts';
import type { Taken } from '../../wire/calls.ts';
import { closedAlert, createActOnAlert } from '../act-on-alert.ts';
import { principalOf } from '../auth.ts';
import { cardOf } from '../card-of.ts';
import type { ApiDeps } from '../deps.ts';
import { errorAt, ProblemError } from '../problems.ts';
import { route } from '../route.ts';

type Wanted = Taken<'POST /alerts/{id}/dispatch'>['body']['to'];

const BOTH_TIMES =
  'An entry has both times: `at`, when it happened (`occurredAtMs` where that is given), and `receivedAt`, when it came.';

const DISPATCH_ACTS = [
  { act: 'accept', summary: 'Who was sent says that he goes' },
  {
    act: 'decline',
    summary: 'Who was sent cannot go, or is called back before he has arrived',
  },
  { act: 'arrive', summary: 'Who was sent is there' },
  { act: 'handle', summary: 'Who was sent has done what he was sent for' },
] as const;

/** The response to an alert beyond its acknowledgement: who is sent, who has arrived, what was done, what it was. */
export function alertResponseRoutes(deps: ApiDeps, clock: Clock): FastifyPluginAsyncZod {
  const actOnAlert = createActOnAlert(deps, clock);

  function respond(
    request: FastifyRequest & { readonly params: Taken<'POST /alerts/{id}/accept'>['params'] },
    act: ResponseAct,
    { note, occurredAtMs }: { readonly note?: string | undefined; readonly occurredAtMs?: number | undefined },
  ): Promise<Alert> {
    const { id } = request.params;
    return actOnAlert(request, {
      alert: id,
      by: principalOf(request).name,
      note: note || null,
      do: 'respond',
      act,
      occurredAtMs: occurredAtMs ?? null,
      closed: closedAlert(deps, id),
    });
  }

  /** With the name as it is now, which a console can show when the setup has another one. */
  function assignee(to: Wanted): Assignee {
    if ('name' in to) return to;
    const setup = deps.telling.setup()?.setup;
    const [kind, id] = 'person' in to ? (['person', to.person] as const) : (['team', to.team] as const);
    const all = (kind === 'person' ? setup?.people : setup?.teams) ?? [];
    const found = all.find((one) => one.id === id);
    if (found !== undefined) return { ...to, name: found.name };
    const values = { kind, id, ...knownOf(all.map((one) => one.id)) };
    throw new ProblemError('validation-failed', { errors: [errorAt(`/to/${kind}`, { code: 'not-in-setup', values })] });
  }

  return async (app) => {
    route(
      app,
      'POST /alerts/{id}/dispatch',
      {
        access: 'operator',
        tags: ['alerts'],
        summary: 'Send a person or a team to an alert',
        description:
          'Of an alert that nobody has acknowledged this is an acknowledgement too. Several may be sent; each dispatch has ' +
          `its number. ${BOTH_TIMES}`,
      },
      async (request) => respond(request, { act: 'dispatch', to: assignee(request.body.to) }, request.body),
    );

    for (const { act, summary } of DISPATCH_ACTS) {
      route(
        app,
        `POST /alerts/{id}/${act}`,
        { access: 'operator', tags: ['alerts'], summary, description: BOTH_TIMES },
        async (request) => {
          const body = request.body as Taken<'POST /alerts/{id}/accept'>['body'];
          return respond(request, { act, dispatch: body.dispatch ?? null }, body);
        },
      );
    }

    route(
      app,
      'POST /alerts/{id}/steps/{step}',
      {
        access: 'operator',
        tags: ['alerts'],
        summary: 'Tick off a step of the card of an alert',
        description:
          'Of the plan that applies at the level the alert is at; when another one applies by then, its steps begin anew. Of an ' +
          `alert that nobody has acknowledged this is an acknowledgement too. ${BOTH_TIMES}`,
      },
      async (request) => {
        const { id, step } = request.params;
        const alert = deps.alerts.get(id);
        if (alert === undefined) throw new ProblemError('unknown-alert', { detail: id });
        const { plan, revision } = cardOf(deps, alert);
        if (plan === null) throw new ProblemError('no-plan');
        const meant = plan.steps.find((one) => one.id === step);
        if (meant === undefined) throw new ProblemError('unknown-step', { detail: step });
        const act = { act: 'step', plan: { id: plan.id, revision }, step, do: meant.do } as const;
        return respond(request, act, request.body);
      },
    );

    route(
      app,
      'POST /alerts/{id}/feedback',
      {
        access: 'operator',
        tags: ['alerts'],
        summary: 'Report what an alert was, what it came from and what was done',
        description:
          'Once nobody is under way or on the spot; also of an alert to which nobody was sent. Its `verdict` is that of the ' +
          `alert. A later report replaces an earlier one; both stay in the log. ${BOTH_TIMES}`,
      },
      async (request) => {
        const { verdict, cause, measures, moved = null } = request.body;
        const act = { act: 'feedback', verdict, cause: cause || null, measures: measures || null, moved } as const;
        return respond(request, act, request.body);
      },
    );

    route(
      app,
      'POST /alerts/{id}/close',
      {
        access: 'operator',
        tags: ['alerts'],
        summary: 'Close the response to an alert',
        description: `When what it was has been reported, and the alert has cleared. ${BOTH_TIMES}`,
      },
      async (request) => respond(request, { act: 'close' }, request.body),
    );

    route(
      app,
      'POST /alerts/{id}/reopen',
      {
        access: 'operator',
        tags: ['alerts'],
        summary: 'Open a response again that was closed within the last three days',
        description: BOTH_TIMES,
      },
      async (request) => respond(request, { act: 'reopen' }, request.body),
    );
  };
}
