import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { LINES_TYPE } from '../../model/progress.ts';
import { analysisProblem } from '../analysis-problem.ts';
import { whileWanted } from '../called-off.ts';
import type { ApiDeps } from '../deps.ts';
import { periodOf } from '../period.ts';
import { knownPoint } from '../point-view.ts';
import { fieldError, ProblemError } from '../problems.ts';
import { withProgress } from '../progress.ts';
import { route } from '../route.ts';

/** What the past would have been under other values. */
export function previewRoutes(deps: ApiDeps): FastifyPluginAsyncZod {
  return async (app) => {
    route(
      app,
      'POST /points/{id}/thresholds/preview',
      {
        access: 'operator',
        tags: ['thresholds'],
        summary: 'What the last days would have done under the body’s values, beside what the present ones did',
        description:
          'Runs the evaluator that judges live over the point’s history, once with each set of values; nothing ' +
          'changes. A reading counts as having arrived at its own time; late readings are left out, because they ' +
          'change nothing live; a latched alert counts as reset the moment it could be. Rules that vote over ' +
          'several points are not judged. Ending the call calls the work off.',
      },
      async (request, reply) => {
        const { id: point } = request.params;
        knownPoint(deps, point);
        const { days: bodyDays, from, to, ...document } = request.body;
        const asked = { days: bodyDays, from, to };
        const period = periodOf({ ...request.query, ...definedOf(asked) }, deps.nowMs());
        const outcome = await whileWanted(reply, (signal) =>
          deps.analyses.preview({ point, document, ...period }, { signal }),
        );
        if (outcome.ok) {
          // Made by our own thread by its schema; checking a thousand incidents again would hold up acknowledgements.
          reply.serializer((value) => JSON.stringify(value));
          return outcome.preview;
        }
        if (outcome.error === 'unknown-point') throw new ProblemError('unknown-point', { detail: point });
        if (outcome.error === 'invalid') {
          const errors = outcome.problems.map(fieldError);
          throw new ProblemError('threshold-invalid', { errors });
        }
        throw analysisProblem(outcome);
      },
    );

    route(
      app,
      'GET /points/{id}/thresholds/advice',
      {
        access: 'operator',
        tags: ['thresholds'],
        summary: 'What the point’s own history says about the deadband and delays of a rule',
        description:
          'Noise and excursions of the period, what operators said of the alerts, and for each deadband and delay what ' +
          'it would have done, as the evaluator has it: alerts removed against delay added. Nothing is applied; ' +
          '`suggested.document` can be given to a preview. Some thirty variants are tried: a month at a reading every ' +
          '10 s takes some seconds, at one a second half a minute or more; to a caller who accepts ' +
          `\`${LINES_TYPE}\` how far it is comes as it goes, an object a line, and the advice in the last one. ` +
          'Ending the call calls the work off.',
      },
      async (request, reply) => {
        const { id: point } = request.params;
        knownPoint(deps, point);
        const { rule, ...asked } = request.query;
        const period = periodOf(asked, deps.nowMs());
        return withProgress(request, reply, async (onProgress) => {
          const outcome = await whileWanted(reply, (signal) =>
            deps.analyses.advice({ point, rule, ...period }, { signal, onProgress }),
          );
          if (outcome.ok) return outcome.advice;
          switch (outcome.error) {
            case 'unknown-point':
              throw new ProblemError('unknown-point', { detail: point });
            case 'rule-required':
            case 'unknown-rule':
              throw new ProblemError(outcome.error, {
                detail: `rules with levels: ${outcome.rules.join(', ') || 'none'}`,
                members: { rules: outcome.rules },
              });
            default:
              throw analysisProblem(outcome);
          }
        });
      },
    );
  };
}

function definedOf<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as Partial<T>;
}
