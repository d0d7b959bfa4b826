import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { KeptRuleTest } from '../../model/analysis.ts';
import { mayAct } from '../../model/roles.ts';
import { DAY_MS } from '../../model/time.ts';
import { analysisProblem } from '../analysis-problem.ts';
import { principalOf } from '../auth.ts';
import { whileWanted } from '../called-off.ts';
import type { ApiDeps } from '../deps.ts';
import { periodOf } from '../period.ts';
import { knownPoint } from '../point-view.ts';
import { fieldError, ProblemError } from '../problems.ts';
import { pageByKey } from '../query.ts';
import { route } from '../route.ts';

/** Rule tests made of real history, so that a lesson is kept. */
export function ruleTestRoutes(deps: ApiDeps): FastifyPluginAsyncZod {
  const { ruleTests } = deps;

  const view = ({ name, point, author, atMs, text }: KeptRuleTest) => ({ name, point, author, at: atMs, text });

  /** When operators let go of latched alerts of a point in a period. */
  function resetsOf(point: string, fromMs: number, toMs: number): { atMs: number; rule: string }[] {
    const alerts = deps.alerts.list({ state: 'all', point, fromMs: fromMs - BEFORE_MS, toMs, limit: ALERTS_MAX });
    return alerts.flatMap(({ id, latched, rule }) =>
      latched
        ? deps.alerts
            .log(id)
            .filter(({ event, at }) => event === 'reset' && at >= fromMs && at < toMs)
            .map(({ at }) => ({ atMs: at, rule }))
        : [],
    );
  }

  return async (app) => {
    route(
      app,
      'POST /points/{id}/thresholds/rule-test',
      {
        access: 'operator',
        tags: ['thresholds'],
        summary: 'A period of a point’s real history as a rule test',
        description:
          'Gives the text of a `*.test.yaml`: the readings in the compact notation, and what the document does with ' +
          'them, which later documents are held to by `brink check`. Readings that came too late are left out. With ' +
          '`keep` it stays at the server, and `brink export` writes it to `thresholds/kept/`.',
      },
      async (request, reply) => {
        const { id: point } = request.params;
        const { from, to, document, note, keep } = request.body;
        knownPoint(deps, point);
        const { name: author, role } = principalOf(request);
        if (keep !== undefined && !mayAct(role, 'engineer')) throw new ProblemError('forbidden', { detail: 'keep' });
        if (keep !== undefined && ruleTests.get(keep) !== undefined)
          throw new ProblemError('rule-test-exists', { detail: keep });
        const period = periodOf({ from, to }, deps.nowMs());
        const when = zoned(period.fromMs);
        const revision = deps.thresholds.get(point)?.revision ?? 0;
        const basis =
          document === undefined ? `thresholds revision ${revision}` : `values proposed on revision ${revision}`;
        const comment = [
          `${point}, real readings from ${when} to ${zoned(period.toMs)} (UTC+8), ${basis}, kept by ${author}.`,
          ...(note === undefined || note === '' ? [] : note.split(/\r?\n/)),
        ].join('\n');
        const title = request.body.title ?? `${point}, ${when}`;
        const resets = resetsOf(point, period.fromMs, period.toMs);
        const outcome = await whileWanted(reply, (signal) =>
          deps.analyses.ruleTest({ point, document, ...period, resets, name: title, comment }, { signal }),
        );
        if (!outcome.ok) {
          if (outcome.error === 'unknown-point') throw new ProblemError('unknown-point', { detail: point });
          if (outcome.error !== 'invalid') throw analysisProblem(outcome);
          const errors = outcome.problems.map(fieldError);
          throw new ProblemError('threshold-invalid', { errors });
        }
        const { text, log, samples, everyMs, isExact } = outcome.test;
        if (keep !== undefined && !ruleTests.keep({ name: keep, point, text, author })) {
          throw new ProblemError('rule-test-exists', { detail: keep });
        }
        const file = `${keep ?? fileName(point, when)}.test.yaml`;
        return { file, text, log, samples, everyMs, exact: isExact, kept: keep ?? null };
      },
    );

    route(
      app,
      'GET /rule-tests',
      { access: 'viewer', tags: ['thresholds'], summary: 'Rule tests that were kept from real history' },
      async (request) => {
        const { point } = request.query;
        const matching = ruleTests.list().filter((test) => point === undefined || test.point === point);
        const { items, next } = pageByKey(matching, ({ name }) => name, request.query);
        return { items: items.map(view), next };
      },
    );

    route(
      app,
      'GET /rule-tests/{name}',
      { access: 'viewer', tags: ['thresholds'], summary: 'One kept rule test' },
      async (request) => {
        const found = ruleTests.get(request.params.name);
        if (found === undefined) throw new ProblemError('unknown-rule-test', { detail: request.params.name });
        return view(found);
      },
    );

    route(
      app,
      'DELETE /rule-tests/{name}',
      { access: 'engineer', tags: ['thresholds'], summary: 'Remove a kept rule test' },
      async (request, reply) => {
        const { name } = request.params;
        if (!ruleTests.remove(name, principalOf(request).name)) {
          throw new ProblemError('unknown-rule-test', { detail: name });
        }
        return reply.code(204).send();
      },
    );
  };
}

/** An alert that is reset in the period may have been raised long before; the newest of a point are looked at. */
const BEFORE_MS = 7 * DAY_MS;
const ALERTS_MAX = 500;
const ZONE_MS = 8 * 3_600_000;

/** A time as people in China write it, to the minute. */
function zoned(atMs: number): string {
  return new Date(atMs + ZONE_MS).toISOString().slice(0, 16).replace('T', ' ');
}

function fileName(point: string, when: string): string {
  return `${point.replace(/[^\w.-]/g, '_')}-${when.replace(/\D/g, '').slice(0, 12)}`;
}
