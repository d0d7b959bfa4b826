import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { refusal } from '../../model/issue.ts';
import { idSchema } from '../../model/names.ts';
import { totalsOf } from '../../model/preview-totals.ts';
import { mayAct } from '../../model/roles.ts';
import { type ThresholdDocument, thresholdDocumentSchema } from '../../model/threshold.ts';
import { previewJobSchema } from '../../wire/analysis.ts';
import { principalOf } from '../auth.ts';
import type { ApiDeps, PreviewJobView } from '../deps.ts';
import { periodOf, previewDays } from '../period.ts';
import { ProblemError } from '../problems.ts';
import { timeBody } from '../query.ts';
import { applyFields, knownTemplate, wishes } from '../template-wishes.ts';
import { CHANGED_POINTS_MAX, refuseRepeated } from '../threshold-changes.ts';

const bodySchema = z
  .object({
    items: z
      .array(z.object({ point: idSchema, document: thresholdDocumentSchema }).strict())
      .min(1)
      .max(CHANGED_POINTS_MAX)
      .optional()
      .meta({ description: 'Documents, as `PATCH /thresholds` takes them' }),
    template: z
      .object({
        ...applyFields,
        id: z.string(),
        points: applyFields.points
          .optional()
          .meta({ description: 'Left out: every point whose document was made from the template' }),
      })
      .strict()
      .optional()
      .meta({ description: 'A template, as `POST /templates/{id}/apply` takes it, instead of items' }),
    days: previewDays(z.number()),
    from: timeBody('Start of the period, instead of days').optional(),
    to: timeBody('End of the period, default now').optional(),
  })
  .strict()
  .refine(
    ({ items, template }) => (items === undefined) !== (template === undefined),
    refusal('none-given', { names: ['items', 'template'] }),
  )
  .meta({
    id: 'PreviewJobRequest',
    examples: [
      {
        days: 30,
        items: [
          {
            point: 'underpass-01',
            document: { rules: { depth: { metric: 'depth', levels: { red: { above: 30 } } } } },
          },
          {
            point: 'underpass-02',
            document: { rules: { depth: { metric: 'depth', levels: { red: { above: 25 } } } } },
          },
        ],
      },
      { days: 90, template: { id: 'gb50493-combustible' } },
    ],
  });

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
  }: z.infer<typeof bodySchema>): readonly { readonly point: string; readonly document: ThresholdDocument }[] {
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

  const params = z.object({ job: z.string() });

  return async (app) => {
    app.post(
      '/thresholds/preview',
      {
        config: { access: 'operator' },
        bodyLimit: BODY_BYTES_MAX,
        schema: {
          tags: ['thresholds'],
          summary: 'Begin a preview of many points, such as those of a template',
          description:
            'Answers at once with a job, which is then asked for. Points are judged one after another in threads, behind ' +
            'whoever waits for a single point. Nothing changes. A job that nobody asks about for five minutes is called ' +
            'off; its results are kept for half an hour.',
          body: bodySchema,
          response: { 202: previewJobSchema },
        },
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

    app.get(
      '/thresholds/preview/:job',
      {
        config: { access: 'operator' },
        schema: {
          tags: ['thresholds'],
          summary: 'How far a preview of many points is, and what it has found',
          params,
          querystring: z
            .object({
              after: z.coerce
                .number()
                .int()
                .min(0)
                .default(0)
                .meta({ description: 'Items already seen, which are left out of `items`' }),
            })
            .strict(),
          response: { 200: previewJobSchema },
        },
      },
      async (request) => view(known(request.params.job, deps.previewJobs.get), request.query.after),
    );

    app.delete(
      '/thresholds/preview/:job',
      {
        config: { access: 'operator' },
        schema: {
          tags: ['thresholds'],
          summary: 'Call off a preview of many points; what it has found stays',
          params,
          response: { 200: previewJobSchema },
        },
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
