import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Clock } from '../../lib/clock.ts';
import type { Alert, AlertEvent, Verdict } from '../../model/alert.ts';
import { SHELVE_MAX_MS } from '../../model/bounds.ts';
import { wordsOf } from '../../model/cause.ts';
import { durationMs } from '../../model/duration.ts';
import { refusalOf, resetNeedsReason } from '../../model/refusal-of.ts';
import type { Taken } from '../../wire/calls.ts';
import { closedAlert, createActOnAlert } from '../act-on-alert.ts';
import { areasBelow } from '../areas-below.ts';
import { principalOf } from '../auth.ts';
import type { ApiDeps } from '../deps.ts';
import { errorAt, ProblemError } from '../problems.ts';
import { decodeCursor, encodeCursor } from '../query.ts';
import { route } from '../route.ts';

const SHELVE_DEFAULT_MS = 3_600_000;

const cursorSchema = z.object({ raisedAt: z.number(), id: z.string() });

/** Who took notice of an alert last, and what people wrote, of its log. */
function detailsOf(log: readonly AlertEvent[]) {
  const taken = log.findLast(({ event, by }) => by !== null && (event === 'acknowledged' || event === 'reset'));
  const notes = log.flatMap((entry) => {
    const note = wordsOf(entry);
    return entry.by === null || note === null ? [] : [{ at: entry.at, by: entry.by, note }];
  });
  return { acknowledgedBy: taken?.by ?? null, acknowledgedAt: taken?.at ?? null, notes };
}

function resetReasonMissing(): ProblemError {
  return new ProblemError('validation-failed', {
    errors: [errorAt('/note', { code: 'finding-needed', values: {} })],
  });
}

/** Alerts, what operators do about them, and the alert log. */
export function alertRoutes(deps: ApiDeps, clock: Clock): FastifyPluginAsyncZod {
  const act = createActOnAlert(deps, clock);

  function giveVerdict(
    request: FastifyRequest,
    alert: string,
    verdict: Verdict,
    note: string | undefined,
  ): Promise<Alert> {
    const closed = closedAlert(deps, alert);
    return act(request, { alert, by: principalOf(request).name, note: note || null, do: 'verdict', verdict, closed });
  }

  return async (app) => {
    route(
      app,
      'GET /alerts',
      { access: 'viewer', tags: ['alerts'], summary: 'Alerts, newest first' },
      async (request) => {
        const { state, from, to, area, level, peakLevel, point, verdict, details, limit, cursor } = request.query;
        const found = deps.alerts.list({
          state,
          fromMs: from,
          toMs: to,
          areas: area === undefined ? undefined : areasBelow(deps.registry.areas(), area),
          level,
          peakLevel,
          point,
          verdict,
          before: decodeCursor(cursorSchema, cursor),
          limit: limit + 1,
        });
        const items = found.slice(0, limit);
        const last = items.at(-1);
        const next =
          found.length > limit && last !== undefined ? encodeCursor({ raisedAt: last.raisedAt, id: last.id }) : null;
        return {
          items: details ? items.map((one) => ({ ...one, ...detailsOf(deps.alerts.log(one.id)) })) : items,
          next,
        };
      },
    );

    route(
      app,
      'GET /alerts/{id}',
      { access: 'viewer', tags: ['alerts'], summary: 'One alert with everything that happened to it' },
      async (request) => {
        const alert = deps.alerts.get(request.params.id);
        if (alert === undefined) throw new ProblemError('unknown-alert', { detail: request.params.id });
        const seenBy = deps.alerts.seenBy(alert.id).map(({ user, atMs }) => ({ user, at: atMs }));
        return { ...alert, log: deps.alerts.log(alert.id), seenBy };
      },
    );

    const actions = [
      { do: 'ack', summary: 'Acknowledge: somebody has seen it and is dealing with it' },
      {
        do: 'reset',
        summary: 'Reset a latched alert whose condition has passed, or whose detector is silent or bad',
        description:
          'Of an unverified alert no reading says that the condition has passed, so `note` must say what was found on site.',
      },
      { do: 'unshelve', summary: 'End shelving early' },
    ] as const;
    for (const action of actions) {
      route(
        app,
        `POST /alerts/{id}/${action.do}`,
        {
          access: 'operator',
          tags: ['alerts'],
          summary: action.summary,
          ...('description' in action ? { description: action.description } : {}),
        },
        async (request) => {
          const { id: alert } = request.params;
          const { note, verdict } = request.body as Taken<'POST /alerts/{id}/ack'>['body'];
          const known = action.do === 'reset' && !note ? deps.alerts.get(alert) : undefined;
          if (known !== undefined && resetNeedsReason(known)) throw resetReasonMissing();
          const done = await act(request, { alert, by: principalOf(request).name, note: note || null, do: action.do });
          return verdict === undefined ? done : giveVerdict(request, alert, verdict, undefined);
        },
      );
    }

    route(
      app,
      'POST /alerts/{id}/verdict',
      {
        access: 'operator',
        tags: ['alerts'],
        summary: 'Say of an alert, open or closed, whether the hazard was real',
        description:
          'Advice on thresholds learns from it. A later verdict replaces an earlier one; both stay in the alert’s log, ' +
          'as notes with the cause `verdict`.',
      },
      async (request) => giveVerdict(request, request.params.id, request.body.verdict, request.body.note),
    );

    route(
      app,
      'POST /alerts/{id}/note',
      { access: 'operator', tags: ['alerts'], summary: 'Write something down about an alert' },
      async (request) =>
        act(request, {
          alert: request.params.id,
          by: principalOf(request).name,
          note: request.body.note,
          do: 'note',
        }),
    );

    route(
      app,
      'POST /alerts/{id}/shelve',
      { access: 'operator', tags: ['alerts'], summary: 'Put an alert aside for a time' },
      async (request) => {
        const { note, until } = request.body;
        const forMs = request.body.for === undefined ? SHELVE_DEFAULT_MS : durationMs(request.body.for);
        const nowMs = deps.nowMs();
        const untilMs = until ?? nowMs + forMs;
        if (untilMs <= nowMs || untilMs > nowMs + SHELVE_MAX_MS) {
          const path = until === undefined ? '/for' : '/until';
          const values = { hours: SHELVE_MAX_MS / 3_600_000 };
          throw new ProblemError('validation-failed', {
            errors: [errorAt(path, { code: 'shelved-too-long', values })],
          });
        }
        const known = deps.alerts.get(request.params.id);
        if (known !== undefined && refusalOf(known, 'shelve') === 'retrospective') {
          throw new ProblemError('alert-not-active', {
            detail: 'it came late and is over; a shelf would keep the next one quiet',
          });
        }
        return act(request, {
          alert: request.params.id,
          by: principalOf(request).name,
          note: note || null,
          do: 'shelve',
          untilMs,
        });
      },
    );

    route(
      app,
      'GET /events',
      {
        access: 'viewer',
        tags: ['alerts'],
        summary: 'The alert log, oldest first, without a gap',
        description:
          'To follow the log ask again with the `seq` of the last item as `after`; `next` is null when the page ' +
          'reaches the end. `head` is the number of the newest entry, `log` the name of the log: give it with ' +
          '`after`, for a server that was restored from a backup writes another log, in which the same numbers ' +
          'stand for other entries. The answer is then 409 `other-log`, as it is for a number beyond `head`, and the ' +
          'follower must begin again.',
      },
      async (request) => {
        const { limit, cursor, log = deps.alerts.logName() } = request.query;
        const after = decodeCursor(z.number(), cursor) ?? request.query.after;
        const head = deps.alerts.headSeq();
        // Who knows an entry that is still to come knows it of another log, also without having learned its name.
        if (log !== deps.alerts.logName() || after > head) {
          throw new ProblemError('other-log', { members: { log: deps.alerts.logName(), head } });
        }
        const items = deps.alerts.events(after, limit);
        const [first] = items;
        if (first !== undefined && first.seq !== after + 1) {
          throw new ProblemError('events-gone', { members: { oldest: first.seq } });
        }
        const last = items.at(-1);
        return { items, next: last !== undefined && last.seq < head ? encodeCursor(last.seq) : null, head, log };
      },
    );
  };
}
