import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Clock } from '../../lib/clock.ts';
import { REASON_MAX } from '../../model/bounds.ts';
import { compileCalendar } from '../../model/calendar.ts';
import { durationMs, durationSchema } from '../../model/duration.ts';
import { refusal } from '../../model/issue.ts';
import {
  type Maintenance,
  type MaintenancePlan,
  maintenanceSchema,
  recurrenceSchema,
  type Scope,
  scopeSchema,
} from '../../model/maintenance.ts';
import { mayAct } from '../../model/roles.ts';
import { listOf } from '../../wire/page.ts';
import { principalOf } from '../auth.ts';
import type { ApiDeps } from '../deps.ts';
import { knownPoint } from '../point-view.ts';
import { errorAt, type FieldError, ProblemError } from '../problems.ts';
import { decodeCursor, encodeCursor, pageQuery, timeBody } from '../query.ts';
import { recorded } from '../recorded.ts';

/** What an operator may suppress alone; it outlasts any shift, and whoever comes next morning sees it has ended. */
const OPERATOR_MAX_MS = 24 * 3_600_000;

const reasonSchema = z.string().trim().min(1).max(REASON_MAX).meta({ description: 'Why, for those who come after' });

const planBody = z
  .object({
    scope: scopeSchema,
    from: timeBody('Begins; default now').optional(),
    to: timeBody('Ends').optional(),
    for: durationSchema.optional().meta({ description: 'How long, instead of `to`' }),
    recurring: recurrenceSchema.optional(),
    reason: reasonSchema,
  })
  .strict()
  .refine((body) => body.for === undefined || body.to === undefined, {
    ...refusal('not-both', { first: 'for', second: 'to' }),
    path: ['to'],
  });

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
    return { kind: 'maintenance', scope, from, to, recurring, reason, by };
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
    app.get(
      '/maintenance',
      {
        config: { access: 'viewer' },
        schema: {
          tags: ['maintenance'],
          summary: 'Maintenance and points out of service, newest first',
          querystring: z
            .object({
              state: z
                .enum(['current', 'all'])
                .default('current')
                .meta({ description: 'current: what has not ended, planned or active' }),
              ...pageQuery(100, 1_000),
            })
            .strict(),
          response: { 200: listOf(maintenanceSchema) },
        },
      },
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

    app.get(
      '/maintenance/:id',
      {
        config: { access: 'viewer' },
        schema: {
          tags: ['maintenance'],
          summary: 'One plan; an alert names it in suppressedBy',
          params: z.object({ id: z.string() }),
          response: { 200: maintenanceSchema },
        },
      },
      async (request) => {
        const plan = maintenance.get(request.params.id);
        if (plan === undefined) throw new ProblemError('unknown-maintenance', { detail: request.params.id });
        return plan;
      },
    );

    app.post(
      '/maintenance',
      {
        config: { access: 'operator' },
        schema: {
          tags: ['maintenance'],
          summary: 'Suppress the alerts of a point, a device, or an area with the areas below it',
          description:
            'While it is active, alerts are raised and recorded with `suppressed: true` and not announced. What still ' +
            'stands when it ends is announced then, by an event `note` with the note `suppression-ended` and ' +
            '`suppressed: false`. An alert that had been announced before is suppressed as well, but for latched red ' +
            'ones. An operator may plan up to 24 hours; longer and recurring plans are an engineer’s.',
          body: planBody,
          response: { 201: maintenanceSchema },
        },
      },
      async (request, reply) => {
        const plan = planOf(request.body, principalOf(request).name);
        refuseBeyondRole(request, plan, deps.nowMs());
        return reply.code(201).send(await recordedPlan(request, maintenance.plan(plan)));
      },
    );

    app.delete(
      '/maintenance/:id',
      {
        config: { access: 'operator' },
        schema: {
          tags: ['maintenance'],
          summary: 'End maintenance before its time, or call it off; what it kept back is announced',
          params: z.object({ id: z.string() }),
          response: { 200: maintenanceSchema },
        },
      },
      async (request) => {
        const plan = live(request.params.id);
        refuseBeyondRole(request, plan, plan.createdAt);
        return recordedPlan(request, maintenance.end(plan.id, principalOf(request).name));
      },
    );

    app.put(
      '/points/:id/out-of-service',
      {
        config: { access: 'engineer' },
        schema: {
          tags: ['maintenance'],
          summary: 'Take a point out of service until it is put back',
          params: z.object({ id: z.string() }),
          body: z.object({ reason: reasonSchema }).strict(),
          response: { 200: maintenanceSchema },
        },
      },
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

    app.delete(
      '/points/:id/out-of-service',
      {
        config: { access: 'engineer' },
        schema: {
          tags: ['maintenance'],
          summary: 'Put a point back into service',
          params: z.object({ id: z.string() }),
          response: { 200: maintenanceSchema },
        },
      },
      async (request) => {
        const present = outOfService(request.params.id);
        if (present === undefined) throw new ProblemError('point-in-service');
        return recordedPlan(request, maintenance.end(present.id, principalOf(request).name));
      },
    );
  };
}
