import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { principalOf } from '../auth.ts';
import { answerChanges, lookedAt } from '../changes-answer.ts';
import type { ApiDeps } from '../deps.ts';
import { pageByKey } from '../query.ts';
import { reasonMissing } from '../reason.ts';
import { route } from '../route.ts';
import { knownTemplate, wishes } from '../template-wishes.ts';
import { applyChanges, refuseRepeated } from '../threshold-changes.ts';

/** Templates by standard, and applying one to points. */
export function templateRoutes(deps: ApiDeps): FastifyPluginAsyncZod {
  return async (app) => {
    route(
      app,
      'GET /templates',
      { access: 'viewer', tags: ['thresholds'], summary: 'Threshold templates, with the standards they come from' },
      async (request) => {
        const { family, metric } = request.query;
        const matching = deps.templates.filter(
          ({ applies }) =>
            (family === undefined || applies.family === family) && (metric === undefined || applies.metric === metric),
        );
        return pageByKey(matching, (template) => template.id, request.query);
      },
    );

    route(
      app,
      'GET /templates/{id}',
      { access: 'viewer', tags: ['thresholds'], summary: 'One template' },
      async (request) => knownTemplate(deps, request.params.id),
    );

    route(
      app,
      'POST /templates/{id}/apply',
      {
        access: 'engineer',
        tags: ['thresholds'],
        summary: 'Make the documents of points from a template, all of them or none',
        description:
          'With `dryRun=true` nothing changes, and each point’s difference and problems are told. Otherwise a reason ' +
          'is required, and one point that cannot have the template keeps all from changing. A point that already is ' +
          'as the template says gets no new revision.',
      },
      async (request, reply) => {
        const { dryRun } = request.query;
        const { reason } = request.body;
        const wanted = wishes(deps, knownTemplate(deps, request.params.id), request.body);
        refuseRepeated(wanted);
        if (dryRun) return lookedAt(deps, request, wanted);
        if (reason === undefined) throw reasonMissing();
        return answerChanges(deps, reply, await applyChanges(deps, wanted, principalOf(request).name, reason));
      },
    );
  };
}
