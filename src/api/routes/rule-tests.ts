import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { refusal } from '../../model/issue.ts';
import { mayAct } from '../../model/roles.ts';
import { thresholdDocumentSchema } from '../../model/threshold.ts';
import { keptRuleTestSchema, recordedRuleTestSchema } from '../../wire/analysis.ts';
import { listOf } from '../../wire/page.ts';
import { analysisProblem } from '../analysis-problem.ts';
import { principalOf } from '../auth.ts';
import { whileWanted } from '../called-off.ts';
import type { ApiDeps, KeptRuleTest } from '../deps.ts';
import { periodOf } from '../period.ts';
import { knownPoint } from '../point-view.ts';
import { fieldError, ProblemError } from '../problems.ts';
import { pageByKey, pageQuery, timeBody } from '../query.ts';

const TEST_NAME = /^[A-Za-z0-9][\w.-]{0,99}$/;
/** Part of a file's name, so that it means the same on every system. */
const nameSchema = z
  .string()
  .refine((text) => TEST_NAME.test(text), refusal('bad-rule-test-name', {}))
  .meta({ pattern: TEST_NAME.source });

const bodySchema = z
  .object({
    from: timeBody('Start of the period: better while all is calm, because the test begins from nothing'),
    to: timeBody('End of the period'),
    title: z
      .string()
      .trim()
      .min(1)
      .max(200)
      .optional()
      .meta({ description: 'What the test is called; default the point and the time' }),
    note: z.string().trim().max(1_000).optional().meta({ description: 'The lesson, written above the test' }),
    document: thresholdDocumentSchema
      .optional()
      .meta({ description: 'The document whose outcome the test expects; default the one in force' }),
    keep: nameSchema
      .optional()
      .meta({ description: 'Keep it at the server under this name, for `brink export`; for engineers' }),
  })
  .strict()
  .meta({
    id: 'RuleTestRequest',
    examples: [
      {
        from: '2026-07-01T08:00:00+08:00',
        to: '2026-07-01T09:30:00+08:00',
        note: '水汽引起的误报，回差 2 之后只报一次',
        keep: 'canteen-gas-steam',
      },
    ],
  });

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
    app.post(
      '/points/:id/thresholds/rule-test',
      {
        config: { access: 'operator' },
        schema: {
          tags: ['thresholds'],
          summary: 'A period of a point’s real history as a rule test',
          description:
            'Gives the text of a `*.test.yaml`: the readings in the compact notation, and what the document does with ' +
            'them, which later documents are held to by `brink check`. Readings that came too late are left out. With ' +
            '`keep` it stays at the server, and `brink export` writes it to `thresholds/kept/`.',
          params: z.object({ id: z.string() }),
          body: bodySchema,
          response: { 200: recordedRuleTestSchema },
        },
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

    app.get(
      '/rule-tests',
      {
        config: { access: 'viewer' },
        schema: {
          tags: ['thresholds'],
          summary: 'Rule tests that were kept from real history',
          querystring: z.object({ point: z.string().optional(), ...pageQuery(100, 500) }).strict(),
          response: { 200: listOf(keptRuleTestSchema) },
        },
      },
      async (request) => {
        const { point } = request.query;
        const matching = ruleTests.list().filter((test) => point === undefined || test.point === point);
        const { items, next } = pageByKey(matching, ({ name }) => name, request.query);
        return { items: items.map(view), next };
      },
    );

    app.get(
      '/rule-tests/:name',
      {
        config: { access: 'viewer' },
        schema: {
          tags: ['thresholds'],
          summary: 'One kept rule test',
          params: z.object({ name: z.string() }),
          response: { 200: keptRuleTestSchema },
        },
      },
      async (request) => {
        const found = ruleTests.get(request.params.name);
        if (found === undefined) throw new ProblemError('unknown-rule-test', { detail: request.params.name });
        return view(found);
      },
    );

    app.delete(
      '/rule-tests/:name',
      {
        config: { access: 'engineer' },
        schema: {
          tags: ['thresholds'],
          summary: 'Remove a kept rule test',
          params: z.object({ name: z.string() }),
          response: { 204: z.undefined().meta({ description: 'It is gone' }) },
        },
      },
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
const BEFORE_MS = 7 * 86_400_000;
const ALERTS_MAX = 500;
const ZONE_MS = 8 * 3_600_000;

/** A time as people in China write it, to the minute. */
function zoned(atMs: number): string {
  return new Date(atMs + ZONE_MS).toISOString().slice(0, 16).replace('T', ' ');
}

function fileName(point: string, when: string): string {
  return `${point.replace(/[^\w.-]/g, '_')}-${when.replace(/\D/g, '').slice(0, 12)}`;
}
