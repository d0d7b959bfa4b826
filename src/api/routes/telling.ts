import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { Alert } from '../../model/alert.ts';
import { checkSetup } from '../../model/notify/check-setup.ts';
import { chainOf } from '../../model/notify/checked.ts';
import type { NotifySetup } from '../../model/notify/setup.ts';
import { withSiteZone } from '../../model/notify/site-zone.ts';
import { entryAtMs, type RecordedEntry, type SetupRevision } from '../../model/notify/telling-request.ts';
import type { Taken } from '../../wire/calls.ts';
import { analysisProblem } from '../analysis-problem.ts';
import { whileWanted } from '../called-off.ts';
import type { ApiDeps } from '../deps.ts';
import { periodOf } from '../period.ts';
import { fieldError, ProblemError } from '../problems.ts';
import { route } from '../route.ts';

/** As large as a setup of thousands of people is. */
const SETUP_BYTES_MAX = 4 << 20;
/** Of one preview: a year of a site, or the worst night. */
const ENTRIES_MAX = 20_000;
const ENTRIES_AT_ONCE = 500;

/** Who would be told of what, and who would have been. */
export function tellingRoutes(deps: ApiDeps): FastifyPluginAsyncZod {
  const areasAbove = () => new Map(deps.registry.areas().map(({ id, parent }) => [id, parent]));

  /** The setup that is meant; throws the problem when there is none, or when the one that was sent does not hold together. */
  function setupOf(proposed: NotifySetup | undefined): SetupRevision {
    if (proposed === undefined) {
      const inForce = deps.telling.setup();
      if (inForce === null) throw new ProblemError('no-notify-setup');
      return { ...inForce, setup: withSiteZone(inForce.setup, deps.timezone) };
    }
    const { problems } = checkSetup(proposed, areasAbove());
    if (problems.length > 0) {
      const errors = problems.map((problem) => fieldError({ ...problem, path: ['setup', ...problem.path] }));
      throw new ProblemError('notify-setup-invalid', { errors });
    }
    return { revision: 0, setup: withSiteZone(proposed, deps.timezone) };
  }

  function alertOf(body: Taken<'POST /notify/explain'>['body'], atMs: number): Alert {
    if (body.alert !== undefined) {
      const alert = deps.alerts.get(body.alert);
      if (alert === undefined) throw new ProblemError('unknown-alert', { detail: body.alert });
      return alert;
    }
    const { level, kind } = body;
    if (body.point !== undefined) {
      const point = deps.registry.point(body.point);
      if (point === undefined) throw new ProblemError('unknown-point', { detail: body.point });
      return imagined(
        { level, kind, point: point.id, area: point.area, family: point.family, device: point.device },
        atMs,
      );
    }
    const { area = '', family } = body;
    if (!areasAbove().has(area)) throw new ProblemError('unknown-area', { detail: area });
    return imagined({ level, kind, point: '', area, family, device: null }, atMs);
  }

  /** The entries of the log in a period. The log is in the order of numbers, and its times hardly fall. */
  async function entriesOf(fromMs: number, toMs: number): Promise<RecordedEntry[]> {
    const above = areasAbove();
    const found: RecordedEntry[][] = [];
    let count = 0;
    for (let after = deps.alerts.headSeq(); after > 0; ) {
      const first = Math.max(0, after - ENTRIES_AT_ONCE);
      const events = deps.alerts.events(first, after - first);
      const inPeriod = events.filter((event) => entryAtMs(event) >= fromMs && entryAtMs(event) < toMs);
      count += inPeriod.length;
      if (count > ENTRIES_MAX) throw new ProblemError('too-many-entries', { detail: `more than ${ENTRIES_MAX}` });
      found.unshift(
        inPeriod.map((event) => ({ event, areas: chainOf(event.alert.area, above), atMs: entryAtMs(event) })),
      );
      if (events.every((event) => entryAtMs(event) < fromMs)) break;
      after = first;
      // Others are served between two pages.
      await new Promise(setImmediate);
    }
    return found.flat();
  }

  return async (app) => {
    route(
      app,
      'POST /notify/explain',
      {
        access: 'operator',
        tags: ['notify'],
        summary: 'Who would get this alert now, stage by stage',
        description:
          'Runs the function that decides live for an alert that was raised or is imagined, and goes on with each message ' +
          'accepted by its gateway at once and nobody answering: routes, waits, silences, quiet hours, persons, channels, ' +
          'and the whole ladder with its times. Nothing is sent.',
        bodyLimit: SETUP_BYTES_MAX,
      },
      async (request, reply) => {
        const { body } = request;
        const setup = setupOf(body.setup);
        const atMs = body.at ?? deps.nowMs();
        const alert = alertOf(body, atMs);
        const areas = chainOf(alert.area, areasAbove());
        const silences = deps.telling.silences();
        const outcome = await whileWanted(reply, (signal) =>
          deps.analyses.explain({ ...setup, silences, alert, areas, atMs }, { signal }),
        );
        if (outcome.ok) return outcome.explanation;
        throw analysisProblem(outcome);
      },
    );

    route(
      app,
      'POST /notify/preview',
      {
        access: 'operator',
        tags: ['notify'],
        summary: 'Whom a setup would have told of what over recorded alerts, and whom it would have woken when',
        description:
          'Runs the function that decides live over the alert log of the period, entry by entry, with deadlines in their ' +
          'turn. What was open before the period is told of when something happens to it. Nothing is sent.',
        bodyLimit: SETUP_BYTES_MAX,
      },
      async (request, reply) => {
        const { days, from, to, answers, proof, night, timezone, setup: proposed } = request.body;
        const setup = setupOf(proposed);
        const { fromMs, toMs } = periodOf({ days, from, to }, deps.nowMs());
        const entries = await entriesOf(fromMs, toMs);
        const assumptions = { answers, proof, night, timezone: timezone ?? deps.timezone };
        const outcome = await whileWanted(reply, (signal) =>
          deps.analyses.previewPeople({ ...setup, entries, toMs, assumptions }, { signal }),
        );
        if (!outcome.ok) throw analysisProblem(outcome);
        // Made by our own thread by its schema; checking thousands of messages again would hold up acknowledgements.
        reply.serializer((value) => JSON.stringify(value));
        return outcome.preview;
      },
    );
  };
}

/** An alert that nobody has raised. */
function imagined(given: Pick<Alert, 'level' | 'kind' | 'point' | 'area' | 'family' | 'device'>, atMs: number): Alert {
  const { level } = given;
  return {
    ...given,
    id: 'imagined',
    rule: 'imagined',
    metric: null,
    state: 'active',
    acknowledged: false,
    unverified: false,
    latched: false,
    shelvedUntil: null,
    value: null,
    limit: null,
    unit: null,
    raisedAt: atMs,
    receivedAt: atMs,
    clearedAt: null,
    peak: { value: null, at: atMs, level },
    thresholdRevision: 0,
    seq: 0,
    recoveredAt: null,
    retrospective: false,
    suppressed: false,
    suppressedBy: null,
    announcedAt: atMs,
    chattering: false,
    repeats: 0,
    label: null,
  };
}
