import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import { metricsOfRule } from '../../model/consistency.ts';
import type { PointRecord } from '../../model/registry.ts';
import { deviationsFrom } from '../../model/template.ts';
import type { Rule } from '../../model/threshold.ts';
import type { thresholdRowSchema } from '../../wire/thresholds.ts';
import { areasBelow } from '../areas-below.ts';
import { principalOf } from '../auth.ts';
import { answerChanges, lookedAt } from '../changes-answer.ts';
import type { ApiDeps } from '../deps.ts';
import { pageByKey } from '../query.ts';
import { reasonMissing } from '../reason.ts';
import { route } from '../route.ts';
import { applyChanges, refuseRepeated } from '../threshold-changes.ts';

/** The thresholds of many points side by side, and changing them together. */
export function thresholdTableRoutes(deps: ApiDeps): FastifyPluginAsyncZod {
  const templates = new Map(deps.templates.map((template) => [template.id, template]));

  function rowOf(point: PointRecord, metric: string | undefined, isWhole: boolean): z.infer<typeof thresholdRowSchema> {
    const { id, name, area, family } = point;
    const { revision = 0, document = { rules: {} } } = deps.thresholds.get(id) ?? {};
    const rules: Record<string, Rule> = {};
    for (const [ruleId, rule] of Object.entries(document.rules)) {
      if (metric === undefined || metricsOfRule(rule).some((use) => use.metric === metric)) rules[ruleId] = rule;
    }
    const template = document.source?.template ?? null;
    const known = templates.get(template ?? '');
    const deviations = known === undefined ? [] : deviationsFrom(known, document);
    const unit = metric === undefined ? null : (point.metrics[metric]?.unit ?? null);
    const row = { point: id, name, area, family, revision, unit, rules, template, deviations };
    return isWhole ? { ...row, document } : row;
  }

  return async (app) => {
    route(
      app,
      'GET /thresholds',
      {
        access: 'viewer',
        tags: ['thresholds'],
        summary: 'The limits of a metric at every point that has it, side by side',
        description: 'What differs from the template a document was made from is listed with each point.',
      },
      async (request) => {
        const { metric, template, area, family, documents } = request.query;
        const areas = area === undefined ? undefined : new Set(areasBelow(deps.registry.areas(), area));
        const matching: PointRecord[] = [];
        for (const point of deps.registry.points()) {
          if (metric !== undefined && !Object.hasOwn(point.metrics, metric)) continue;
          if (template !== undefined && deps.thresholds.get(point.id)?.document.source?.template !== template) continue;
          if (areas !== undefined && !areas.has(point.area)) continue;
          if (family !== undefined && point.family !== family) continue;
          matching.push(point);
        }
        const { items, next } = pageByKey(matching, (point) => point.id, request.query);
        return { items: items.map((point) => rowOf(point, metric, documents)), next };
      },
    );

    route(
      app,
      'PATCH /thresholds',
      {
        access: 'engineer',
        bodyLimit: CHANGES_BYTES_MAX,
        tags: ['thresholds'],
        summary: 'Put the documents of several points in force, all of them or none',
        description:
          'Each with the revision it was made from: 412 when one of them has been changed since. With `dryRun=true` ' +
          'nothing changes, and each point’s difference and problems are told; otherwise a reason is required.',
      },
      async (request, reply) => {
        const { items, reason } = request.body;
        const wanted = items.map((item, index) => ({ ...item, place: `/items/${index}` }));
        refuseRepeated(wanted);
        if (request.query.dryRun) return lookedAt(deps, request, wanted);
        if (reason === undefined) throw reasonMissing();
        return answerChanges(deps, reply, await applyChanges(deps, wanted, principalOf(request).name, reason));
      },
    );
  };
}

/** As many documents of a few rules each. */
const CHANGES_BYTES_MAX = 16 << 20;
