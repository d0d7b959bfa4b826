import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { PlanSet } from '../../model/plan.ts';
import type { ShownPlanSet } from '../../wire/calls/plans.ts';
import { principalOf } from '../auth.ts';
import { cardOf } from '../card-of.ts';
import type { ApiDeps } from '../deps.ts';
import { fieldError, ProblemError } from '../problems.ts';
import { decodeCursor, encodeCursor } from '../query.ts';
import { route } from '../route.ts';

/** As large as the plans of thousands of points are. */
const PLANS_BYTES_MAX = 4 << 20;

const revisionView = ({ revision, author, atMs, reason }: PlanSet) => ({ revision, author, at: atMs, reason });
const setView = (set: PlanSet): ShownPlanSet => ({ ...revisionView(set), plans: set.plans });

/** Response plans with their revisions, and the card that an alert or a point opens. */
export function planRoutes(deps: ApiDeps): FastifyPluginAsyncZod {
  const { plans, registry } = deps;

  return async (app) => {
    route(app, 'GET /plans', { access: 'viewer', tags: ['plans'], summary: 'The response plans in force' }, async () =>
      setView(plans.plans()),
    );

    route(
      app,
      'PUT /plans',
      {
        access: 'engineer',
        tags: ['plans'],
        summary: 'Change the response plans',
        description:
          'All of them are given, with the revision they were made from; 412 when there is another one by now. What does not ' +
          'fit together is refused with 422 and every error.',
        bodyLimit: PLANS_BYTES_MAX,
      },
      async (request) => {
        const { revision, plans: wanted, reason = null } = request.body;
        const author = principalOf(request).name;
        const isTrial = request.query.dryRun;
        const outcome = plans.put({ expectedRevision: revision, plans: wanted, author, reason, isTrial });
        if (outcome.ok) return setView(outcome.set);
        if (outcome.error === 'lost-race') {
          throw new ProblemError('plans-lost-race', { members: { revision: outcome.revision } });
        }
        const errors = outcome.problems.map(({ path, ...problem }) =>
          fieldError({ ...problem, path: ['plans', ...path] }),
        );
        throw new ProblemError('plans-invalid', { errors });
      },
    );

    route(
      app,
      'GET /plans/revisions',
      { access: 'viewer', tags: ['plans'], summary: 'The revisions of the response plans, newest first' },
      async (request) => {
        const { limit, cursor } = request.query;
        const found = plans.revisions(limit + 1, decodeCursor(z.number(), cursor));
        const items = found.slice(0, limit).map(revisionView);
        const last = items.at(-1);
        return { items, next: found.length > limit && last !== undefined ? encodeCursor(last.revision) : null };
      },
    );

    route(
      app,
      'GET /plans/revisions/{revision}',
      { access: 'viewer', tags: ['plans'], summary: 'The response plans as they were in one revision' },
      async (request) => {
        const found = plans.revision(request.params.revision);
        if (found === undefined) throw new ProblemError('unknown-plans-revision');
        return setView(found);
      },
    );

    route(
      app,
      'GET /alerts/{id}/card',
      {
        access: 'viewer',
        tags: ['plans'],
        summary: 'The card of an alert: the plan that applies to it at the level it is at',
        description: 'The most specific one: by point, then by area, the nearest first, then by family, then by level.',
      },
      async (request) => {
        const alert = deps.alerts.get(request.params.id);
        if (alert === undefined) throw new ProblemError('unknown-alert', { detail: request.params.id });
        return cardOf(deps, alert);
      },
    );

    route(
      app,
      'GET /points/{id}/card',
      { access: 'viewer', tags: ['plans'], summary: 'The card that an alert of a point would open' },
      async (request) => {
        const point = registry.point(request.params.id);
        if (point === undefined) throw new ProblemError('unknown-point', { detail: request.params.id });
        const { id, area, family } = point;
        return cardOf(deps, { point: id, area, family, level: request.query.level });
      },
    );
  };
}
