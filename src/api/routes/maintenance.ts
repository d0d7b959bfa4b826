import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Clock } from '../../lib/clock.ts';
import { compileCalendar } from '../../model/calendar.ts';
import { durationMs } from '../../model/duration.ts';
import type { Maintenance, MaintenancePlan, Scope } from '../../model/maintenance.ts';
import { mayAct } from '../../model/roles.ts';
import { DAY_MS } from '../../model/time.ts';
import type { planBody } from '../../wire/calls/maintenance.ts';
import { principalOf } from '../auth.ts';
import type { ApiDeps } from '../deps.ts';
import { knownPoint } from '../point-view.ts';
import { errorAt, type FieldError, ProblemError } from '../problems.ts';
import { decodeCursor, encodeCursor } from '../query.ts';
import { recorded } from '../recorded.ts';
import { route } from '../route.ts';

/** What an operator may suppress alone; it outlasts any shift, and whoever comes next morning sees it has ended. */
const OPERATOR_MAX_MS = DAY_MS;

const cursorSchema = z.object({ createdAt: z.number(), id: z.string() });

/** Maintenance of points, devices and areas, and points that are out of service. */
export function maintenanceRoutes(deps: ApiDeps, clock: Clock): FastifyPluginAsyncZod {
  const { maintenance, registry } = deps;

  function recordedPlan(request: FastifyRequest, outcome: Promise<Maintenance>): Promise<Maintenance> {
    return recorded(clock, outcome, (error) => request.log.error({ err: error }, 'maintenance not confirmed'));
  }

  function isKnown(scope: Scope): boolean {
    if ('point' in scope) return registry.point(scope.point) !== undefined;
    if ('device' in scope) return registry.device(scope.device) !== undefined;
    return registry.areas().some(({ id }) => id === scope.area);
  }

  /** The plan a body asks for. Throws the problem `validation-failed` with everything that can't be. */
  function planOf(body: z.infer<typeof planBody>, by: string): Omit<MaintenancePlan, 'id'> {
    const errors: FieldError[] = [];
    const { scope, recurring = null, reason } = body;
    const nowMs = deps.nowMs();
    const from = body.from ?? nowMs;
    const to = body.for === undefined ? (body.to ?? null) : from + durationMs(body.for);
    if (!isKnown(scope)) errors.push(errorAt('/scope', { code: 'unknown-scope', values: {} }));
    if (to === null && recurring === null) errors.push(errorAt('/to', { code: 'maintenance-without-end', values: {} }));
    if (to !== null && to <= Math.max(from, nowMs)) {
      const path = body.for === undefined ? '/to' : '/for';
      errors.push(errorAt(path, { code: 'ends-before-it-begins', values: {} }));
    }
    if (recurring !== null) {
      if ((recurring.weekdays ?? recurring.hours ?? recurring.season) === undefined) {
        errors.push(errorAt('/recurring', { code: 'recurring-without-times', values: {} }));
      }
      compileCalendar(recurring, (field, problem) => errors.push(errorAt(`/recurring/${field}`, problem)));
    }
    if (errors.length > 0) throw new ProblemError('validation-failed', { errors });
    // It stands in the journal, where a setting that is changed later must not change what it means.
    const zoned = recurring === null ? null : { ...recurring, timezone: recurring.timezone ?? deps.timezone };
    return { kind: 'maintenance', scope, from, to, recurring: zoned, reason, by };
  }

  /** Whoever may make such a plan may end it. */
  function refuseBeyondRole(request: FastifyRequest, plan: Omit<MaintenancePlan, 'id'>, nowMs: number): void {
    const { kind, from, to, recurring } = plan;
    const isLong = to === null || to - Math.max(from, nowMs) > OPERATOR_MAX_MS;
    if (!isLong && recurring === null && kind === 'maintenance') return;
    const { role } = principalOf(request);
    if (mayAct(role, 'engineer')) return;
    const detail = 'an operator suppresses for 24 hours at most, once; an engineer longer and repeatedly';
    throw new ProblemError('forbidden', { detail, members: { role, needs: 'engineer' } });
  }

  function live(id: string): Maintenance {
    const plan = maintenance.get(id);
    if (plan === undefined) throw new ProblemError('unknown-maintenance', { detail: id });
    if (plan.state === 'ended') throw new ProblemError('maintenance-ended', { detail: id });
    return plan;
  }

  function outOfService(point: string): Maintenance | undefined {
    knownPoint(deps, point);
    return maintenance
      .list({ withEnded: false, limit: Number.MAX_SAFE_INTEGER })
      .find(({ kind, scope }) => kind === 'out-of-service' && 'point' in scope && scope.point === point);
  }

  return async (app) => {
    route(
      app,
      'GET /maintenance',
      { access: 'viewer', tags: ['maintenance'], summary: 'Maintenance and points out of service, newest first' },
      async (request) => {
        const { state, limit, cursor } = request.query;
        const before = decodeCursor(cursorSchema, cursor);
        const found = maintenance.list({ withEnded: state === 'all', before, limit: limit + 1 });
        const items = found.slice(0, limit);
        const last = items.at(-1);
        const isMore = found.length > limit && last !== undefined;
        return { items, next: isMore ? encodeCursor({ createdAt: last.createdAt, id: last.id }) : null };
      },
    );

    route(
      app,
      'GET /maintenance/{id}',
      { access: 'viewer', tags: ['maintenance'], summary: 'One plan; an alert names it in suppressedBy' },
      async (request) => {
        const plan = maintenance.get(request.params.id);
        if (plan === undefined) throw new ProblemError('unknown-maintenance', { detail: request.params.id });
        return plan;
      },
    );

    route(
      app,
      'POST /maintenance',
      {
        access: 'operator',
        tags: ['maintenance'],
        summary: 'Suppress the alerts of a point, a device, or an area with the areas below it',
        description:
          'While it is active, alerts are raised and recorded with `suppressed: true` and not announced. What still ' +
          'stands when it ends is announced then, by an event `note` with the note `suppression-ended` and ' +
          '`suppressed: false`. An alert that had been announced before is suppressed as well, but for latched red ' +
          'ones. An operator may plan up to 24 hours; longer and recurring plans are an engineer’s.',
      },
      async (request, reply) => {
        const plan = planOf(request.body, principalOf(request).name);
        refuseBeyondRole(request, plan, deps.nowMs());
        return reply.code(201).send(await recordedPlan(request, maintenance.plan(plan)));
      },
    );

    route(
      app,
      'DELETE /maintenance/{id}',
      {
        access: 'operator',
        tags: ['maintenance'],
        summary: 'End maintenance before its time, or call it off; what it kept back is announced',
      },
      async (request) => {
        const plan = live(request.params.id);
        refuseBeyondRole(request, plan, plan.createdAt);
        return recordedPlan(request, maintenance.end(plan.id, principalOf(request).name));
      },
    );

    route(
      app,
      'PUT /points/{id}/out-of-service',
      { access: 'engineer', tags: ['maintenance'], summary: 'Take a point out of service until it is put back' },
      async (request) => {
        const point = request.params.id;
        const present = outOfService(point);
        if (present !== undefined) throw new ProblemError('point-out-of-service', { members: { id: present.id } });
        const plan = {
          kind: 'out-of-service',
          scope: { point },
          from: deps.nowMs(),
          to: null,
          recurring: null,
          reason: request.body.reason,
          by: principalOf(request).name,
        } as const;
        return recordedPlan(request, maintenance.plan(plan));
      },
    );

    route(
      app,
      'DELETE /points/{id}/out-of-service',
      { access: 'engineer', tags: ['maintenance'], summary: 'Put a point back into service' },
      async (request) => {
        const present = outOfService(request.params.id);
        if (present === undefined) throw new ProblemError('point-in-service');
        return recordedPlan(request, maintenance.end(present.id, principalOf(request).name));
      },
    );
  };
}
