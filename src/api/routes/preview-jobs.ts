import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import type { PreviewJobView } from '../../model/analysis.ts';
import { totalsOf } from '../../model/preview-totals.ts';
import { mayAct } from '../../model/roles.ts';
import type { ThresholdDocument } from '../../model/threshold.ts';
import type { previewJobSchema } from '../../wire/analysis.ts';
import type { previewJobBody } from '../../wire/calls/analysis.ts';
import { principalOf } from '../auth.ts';
import type { ApiDeps } from '../deps.ts';
import { periodOf } from '../period.ts';
import { ProblemError } from '../problems.ts';
import { route } from '../route.ts';
import { knownTemplate, wishes } from '../template-wishes.ts';
import { refuseRepeated } from '../threshold-changes.ts';

/** Previews of many points: started, asked how far they are, called off. */
export function previewJobRoutes(deps: ApiDeps): FastifyPluginAsyncZod {
  function view(job: PreviewJobView, after = 0): z.infer<typeof previewJobSchema> {
    const { id, state, by, startedAtMs, endedAtMs, fromMs, toMs, total, share, items, failures } = job;
    return {
      id,
      state,
      by,
      startedAt: startedAtMs,
      endedAt: endedAtMs,
      from: fromMs,
      to: toMs,
      total,
      done: items.length + failures.length,
      share,
      items: items.slice(after),
      failures,
      totals: totalsOf(items),
    };
  }

  function known(id: string, find: (id: string) => PreviewJobView | undefined): PreviewJobView {
    const job = find(id);
    if (job === undefined) throw new ProblemError('unknown-preview', { detail: id });
    return job;
  }

  function itemsOf({
    items,
    template: use,
  }: z.infer<typeof previewJobBody>): readonly { readonly point: string; readonly document: ThresholdDocument }[] {
    if (use === undefined) return items ?? [];
    const template = knownTemplate(deps, use.id);
    const points = use.points ?? pointsMadeFrom(use.id);
    return wishes(deps, template, { ...use, points });
  }

  function pointsMadeFrom(template: string): string[] {
    return [...deps.registry.points()].flatMap(({ id }) =>
      deps.thresholds.get(id)?.document.source?.template === template ? [id] : [],
    );
  }

  return async (app) => {
    route(
      app,
      'POST /thresholds/preview',
      {
        access: 'operator',
        bodyLimit: BODY_BYTES_MAX,
        tags: ['thresholds'],
        summary: 'Begin a preview of many points, such as those of a template',
        description:
          'Answers at once with a job, which is then asked for. Points are judged one after another in threads, behind ' +
          'whoever waits for a single point. Nothing changes. A job that nobody asks about for five minutes is called ' +
          'off; its results are kept for half an hour.',
      },
      async (request, reply) => {
        const { days, from, to } = request.body;
        const period = periodOf({ days, from, to }, deps.nowMs());
        const items = itemsOf(request.body);
        refuseRepeated(items.map(({ point }, index) => ({ point, place: `/items/${index}` })));
        const job = deps.previewJobs.start({ items, ...period, by: principalOf(request).name });
        if (job === undefined) throw new ProblemError('busy', { retryAfterSeconds: 30 });
        reply.header('location', `/api/v1/thresholds/preview/${job.id}`);
        return reply.code(202).send(view(job));
      },
    );

    route(
      app,
      'GET /thresholds/preview/{job}',
      {
        access: 'operator',
        tags: ['thresholds'],
        summary: 'How far a preview of many points is, and what it has found',
      },
      async (request) => view(known(request.params.job, deps.previewJobs.get), request.query.after),
    );

    route(
      app,
      'DELETE /thresholds/preview/{job}',
      {
        access: 'operator',
        tags: ['thresholds'],
        summary: 'Call off a preview of many points; what it has found stays',
      },
      async (request) => {
        const { name, role } = principalOf(request);
        const job = known(request.params.job, deps.previewJobs.get);
        if (job.by !== name && !mayAct(role, 'admin')) throw new ProblemError('forbidden');
        return view(known(job.id, deps.previewJobs.cancel));
      },
    );
  };
}

/** As many documents of a few rules each. */
const BODY_BYTES_MAX = 16 << 20;
